/** One line of progress on a terminal, which each text overwrites. Without a terminal nothing is written. */

export interface ProgressLine {
  show(text: string): void
  clear(): void
}

export function progressLine(output: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!output.isTTY) return { show: () => {}, clear: () => {} }
  let shown = ''
  const show = (text: string) => {
    const fitting = text.slice(0, (output.columns || 80) - 1)
    // Carriage return, then "erase to the end of the line".
    if (fitting !== shown) output.write(`\r\x1b[K${fitting}`)
    shown = fitting
  }
  return { show, clear: () => show('') }
}
