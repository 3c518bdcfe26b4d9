/** Keeps the beginning and the end of a text of any length: the first complaint and the last are those that explain. */
export class CappedText {
  readonly #half: number
  #head = Buffer.alloc(0)
  #tail = Buffer.alloc(0)
  #total = 0

  /** @param capBytes at most so much is kept (twice as much held now and then). */
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

  /** The text as UTF-8, with each of `hidden` (directory names) taken out and a line that tells what was left out in the middle. */
  show(hidden: readonly string[]): string {
    const left = this.#total - this.#head.length - this.#tail.length
    const gap = left > 0 ? `\n[${left} bytes left out]\n` : ''
    let text = this.#head.toString() + gap + this.#tail.toString()
    if (gap === '') text = Buffer.concat([this.#head, this.#tail]).toString()
    for (const dir of hidden) text = text.replaceAll(`${dir}/`, '').replaceAll(dir, '')
    return text
  }
}
