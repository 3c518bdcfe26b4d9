/**
 * Keeps the beginning and the end of a text of any length: the first and the last message of a tool explain
 * most.
 */
export class HeadTailBuffer {
  readonly #half: number
  #head = Buffer.alloc(0)
  #tail = Buffer.alloc(0)
  #total = 0

  /** @param capBytes how much is kept; up to twice as much is held for a moment */
  constructor(capBytes: number) {
    this.#half = Math.floor(capBytes / 2)
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length
    const room = this.#half - this.#head.length
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)])
    if (chunk.length > room) {
      const rest = chunk.subarray(Math.max(room, 0))
      this.#tail = Buffer.concat([this.#tail, rest.subarray(-this.#half)]).subarray(-this.#half)
    }
  }

  /**
   * The text as UTF-8, without the directory names in `hidden`. A line in the middle says how much was left
   * out.
   */
  show(hidden: readonly string[]): string {
    const omitted = this.#total - this.#head.length - this.#tail.length
    const gap = omitted > 0 ? `\n[${omitted} bytes left out]\n` : ''
    let text = this.#head.toString() + gap + this.#tail.toString()
    if (gap === '') text = Buffer.concat([this.#head, this.#tail]).toString()
    for (const dir of hidden) text = text.replaceAll(`${dir}/`, '').replaceAll(dir, '')
    return text
  }
}
