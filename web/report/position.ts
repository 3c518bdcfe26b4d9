/**
 * A position in a report, as the URL has it in `at`: `17` is a node, `17.3` a hunk of it, `17.3.40` a line of
 * the hunk, `17.3.40-45` a range of lines.
 */
export interface ReportPosition {
  readonly ordinal: number
  readonly hunk: number | null
  /** The first and last line, by their position in the hunk. */
  readonly lines: readonly [number, number] | null
}

/** Null if the text is not a position. */
export function parsePosition(text: string | null): ReportPosition | null {
  const [, ordinal, hunk, from, to] =
    /^(\d{1,9})(?:\.(\d{1,9})(?:\.(\d{1,9})(?:-(\d{1,9}))?)?)?$/.exec(text ?? '') ?? []
  if (ordinal === undefined) return null
  const first = from === undefined ? null : Number(from)
  const last = to === undefined ? first : Number(to)
  return {
    ordinal: Number(ordinal),
    hunk: hunk === undefined ? null : Number(hunk),
    lines: first === null || last === null ? null : [Math.min(first, last), Math.max(first, last)],
  }
}

export function formatPosition({ ordinal, hunk, lines }: ReportPosition): string {
  if (hunk === null) return String(ordinal)
  if (lines === null) return `${ordinal}.${hunk}`
  const [from, to] = lines
  return `${ordinal}.${hunk}.${from}${to > from ? `-${to}` : ''}`
}

export function nodePosition(ordinal: number): ReportPosition {
  return { ordinal, hunk: null, lines: null }
}
