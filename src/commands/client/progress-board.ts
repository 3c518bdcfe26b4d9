/**
 * Progress of many jobs on standard error: on a terminal, bars that are redrawn in place; elsewhere, a line
 * for each failed job and now and then the totals.
 *
 * The package log-update would only replace `#draw` and `#clear`; it has a dozen dependencies and neither
 * limits the rate nor knows output that is not a terminal.
 */

export interface BoardOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** Between two lines with totals when the output is not a terminal. */
const TOTALS_INTERVAL_MS = 5_000
const REDRAW_MS = 100
const BAR_WIDTH = 20

export class ProgressBoard {
  readonly #output: BoardOutput
  readonly #bars = new Map<string, string>()
  #total = ''
  #drawnLines = 0
  #redraw: NodeJS.Timeout | null = null
  #lastTotalsMs = Number.NEGATIVE_INFINITY

  constructor(output: BoardOutput = process.stderr) {
    this.#output = output
  }

  /** @param fraction from 0 to 1 */
  showJob(id: string, fraction: number, text: string): void {
    this.#bars.set(id, `${bar(fraction)} ${text}`)
    this.#scheduleRedraw()
  }

  /** @param lastLine stays on the screen */
  removeJob(id: string, lastLine?: string): void {
    this.#bars.delete(id)
    if (lastLine !== undefined) this.#print(lastLine)
    else this.#scheduleRedraw()
  }

  /** @param fraction from 0 to 1 */
  showTotal(fraction: number, text: string): void {
    this.#total = `${bar(fraction)} ${text}`
    if (!this.#output.isTTY && performance.now() - this.#lastTotalsMs >= TOTALS_INTERVAL_MS) {
      this.#lastTotalsMs = performance.now()
      this.#print(text)
    }
    this.#scheduleRedraw()
  }

  /** Erases the bars. */
  close(): void {
    if (this.#redraw) clearTimeout(this.#redraw)
    this.#redraw = null
    this.#clear()
  }

  #print(line: string): void {
    this.#clear()
    this.#output.write(`${line}\n`)
    this.#scheduleRedraw()
  }

  #scheduleRedraw(): void {
    if (!this.#output.isTTY || this.#redraw) return
    this.#redraw = setTimeout(() => {
      this.#redraw = null
      this.#draw()
    }, REDRAW_MS)
  }

  #draw(): void {
    this.#clear()
    const { columns = 80, rows = 24 } = this.#output
    const maxBars = Math.max(1, rows - 3)
    const bars = [...this.#bars.values()]
    const lines = bars.slice(0, maxBars)
    if (bars.length > maxBars) lines.push(`and ${bars.length - maxBars} more`)
    if (this.#total) lines.push(this.#total)
    this.#output.write(lines.map((line) => `${line.slice(0, columns - 1)}\n`).join(''))
    this.#drawnLines = lines.length
  }

  /** Moves the cursor up to the first drawn line and erases from there. */
  #clear(): void {
    if (this.#drawnLines > 0) this.#output.write(`\x1b[${this.#drawnLines}A\x1b[J`)
    this.#drawnLines = 0
  }
}

function bar(fraction: number): string {
  const full = Math.round(Math.max(0, Math.min(1, fraction)) * BAR_WIDTH)
  const percent = String(Math.floor(fraction * 100)).padStart(3)
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${percent} %`
}
