/** Longer lines are dropped: they cannot be status messages. In UTF-16 code units. */
const MAX_LINE_LENGTH = 4096

/**
 * Splits chunks of UTF-8 into lines; buffers at most one short line.
 * @returns a function that takes the next chunk
 */
export function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new TextDecoder()
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()?.slice(0, MAX_LINE_LENGTH) ?? ''
    for (const line of lines) if (line.length < MAX_LINE_LENGTH) onLine(line)
  }
}
