/** Lines of the lists of files in a diffoscope report. */

/** A line of the list of an archive's members. */
const MEMBER = /^([-bcdhlps?][-rwxsStT]{9}) .*? \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ (?:\.\/)?(.*)$/s
/** A line of the list of a package's own members: the columns without size and time, then both, then the name. */
const OUTER =
  /^([-rwxsStT]{10} +\d+ +\d+ +\d+) +(\d+) (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) (debian-binary|(?:control|data)\.tar(?:\.\w+)?)$/

/** The path of the member on a line, without `./` and trailing slash; null if the line is not one of the list. */
export function memberOnLine(line: string): string | null {
  const [, mode = '', rest] = MEMBER.exec(line) ?? []
  if (rest === undefined) return null
  const arrow = mode.startsWith('l') ? ' -> ' : mode.startsWith('h') ? ' link to ' : null
  const at = arrow === null ? -1 : rest.indexOf(arrow)
  return (at === -1 ? rest : rest.slice(0, at)).replace(/\/$/, '')
}

export interface OuterLine {
  /** Mode and owner. */
  readonly columns: string
  readonly size: string
  readonly time: string
  readonly name: string
}

/** Null if the line does not show a member that every package has. */
export function outerOnLine(line: string): OuterLine | null {
  const [, columns, size, time, name] = OUTER.exec(line) ?? []
  return columns && size && time && name ? { columns, size, time, name } : null
}

/**
 * Whether a path can make one line of a list look like another member's, or like several lines. With such a path
 * among the files that differ, a line of the list proves nothing.
 */
export function canImitateLines(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  return / -> | link to |[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(path) || /^(control\/)?file list$/.test(path)
}
