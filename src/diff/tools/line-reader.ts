/** A line longer than this is no message of a tool's; it is left out. */
const LONGEST_LINE = 4096

/** Cuts chunks of UTF-8 into lines, holding no more than one short line at a time. The returned function takes the next chunk. */
export function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new TextDecoder()
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()?.slice(0, LONGEST_LINE) ?? ''
    for (const line of lines) if (line.length < LONGEST_LINE) onLine(line)
  }
}
