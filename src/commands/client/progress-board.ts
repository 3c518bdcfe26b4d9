/** What goes on, on standard error: lines that are written over on a terminal, one line for each news elsewhere. */

export interface BoardOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** Elsewhere than on a terminal: between two lines about totals. */
const LINE_MS = 5_000
const REDRAW_MS = 100
const BAR = 20

export class Board {
  readonly #output: BoardOutput
  readonly #bars = new Map<string, string>()
  #total = ''
  #drawn = 0
  #redraw: NodeJS.Timeout | null = null
  #toldMs = Number.NEGATIVE_INFINITY

  constructor(output: BoardOutput = process.stderr) {
    this.#output = output
  }

  /** @param fraction 0..1 */
  running(id: string, fraction: number, text: string): void {
    this.#bars.set(id, `${bar(fraction)} ${text}`)
    this.#changed()
  }

  /** `line` is kept; none: it ended without anything to say. */
  ended(id: string, line?: string): void {
    this.#bars.delete(id)
    if (line !== undefined) this.#say(line)
    else this.#changed()
  }

  total(fraction: number, text: string): void {
    this.#total = `${bar(fraction)} ${text}`
    if (!this.#output.isTTY && performance.now() - this.#toldMs >= LINE_MS) {
      this.#toldMs = performance.now()
      this.#say(text)
    }
    this.#changed()
  }

  /** Takes away what was written over. */
  close(): void {
    if (this.#redraw) clearTimeout(this.#redraw)
    this.#redraw = null
    this.#clear()
  }

  #say(line: string): void {
    this.#clear()
    this.#output.write(`${line}\n`)
    this.#changed()
  }

  #changed(): void {
    if (!this.#output.isTTY || this.#redraw) return
    this.#redraw = setTimeout(() => {
      this.#redraw = null
      this.#draw()
    }, REDRAW_MS)
  }

  #draw(): void {
    this.#clear()
    const { columns = 80, rows = 24 } = this.#output
    const room = Math.max(1, rows - 3)
    const bars = [...this.#bars.values()]
    const lines = bars.slice(0, room)
    if (bars.length > room) lines.push(`and ${bars.length - room} more`)
    if (this.#total) lines.push(this.#total)
    this.#output.write(lines.map((line) => `${line.slice(0, columns - 1)}\n`).join(''))
    this.#drawn = lines.length
  }

  #clear(): void {
    if (this.#drawn > 0) this.#output.write(`\x1b[${this.#drawn}A\x1b[J`)
    this.#drawn = 0
  }
}

function bar(fraction: number): string {
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * BAR)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${String(Math.floor(fraction * 100)).padStart(3)} %`
}
