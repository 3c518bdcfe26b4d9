/** Which nodes are folded. A folded node shows only its heading; everything below it is hidden. */
export class Folds {
  /** By ordinal of a folded node: the ordinal after the last node that it hides. */
  readonly #ends = new Map<number, number>()

  has(ordinal: number): boolean {
    return this.#ends.has(ordinal)
  }

  /** @param nodes the node itself and all nodes below it */
  fold(ordinal: number, nodes: number): void {
    this.#ends.set(ordinal, ordinal + nodes)
  }

  unfold(ordinal: number): void {
    this.#ends.delete(ordinal)
  }

  /** Unfolds a node and every node that hides it. */
  reveal(ordinal: number): void {
    for (const [folded, end] of this.#ends) if (folded <= ordinal && ordinal < end) this.#ends.delete(folded)
  }

  /** The ordinal after a node and everything that it hides. */
  endOf(ordinal: number): number {
    return this.#ends.get(ordinal) ?? ordinal + 1
  }

  /** The outermost folded node that hides this one; null if it is visible. */
  hiddenBy(ordinal: number): number | null {
    let by: number | null = null
    for (const [folded, end] of this.#ends)
      if (folded < ordinal && ordinal < end && (by === null || folded < by)) by = folded
    return by
  }
}
