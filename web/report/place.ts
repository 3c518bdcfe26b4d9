/** A place in a report as the address bar has it: `17` a node, `17.3` a hunk of it, `17.3.40` a line, `17.3.40-45` several. */
export interface ReportPlace {
  readonly ordinal: number
  readonly hunk: number | null
  /** First and last line, by their places in the hunk. */
  readonly lines: readonly [number, number] | null
}

export function readPlace(text: string | null): ReportPlace | null {
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

export function writePlace({ ordinal, hunk, lines }: ReportPlace): string {
  if (hunk === null) return String(ordinal)
  if (lines === null) return `${ordinal}.${hunk}`
  const [from, to] = lines
  return `${ordinal}.${hunk}.${from}${to > from ? `-${to}` : ''}`
}
