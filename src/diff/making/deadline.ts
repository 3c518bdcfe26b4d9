import { DiffCommandTimeoutError } from '../../errors.ts'
import type { DiffKind } from '../../model.ts'

/**
 * The time limit of a diff that needs several runs of a tool. It starts with the first run: time that a diff
 * waits for a slot does not count.
 */
export class Deadline {
  readonly #kind: DiffKind
  readonly #limitMs: number
  #endMs: number | null = null

  constructor(kind: DiffKind, limitMs: number) {
    this.#kind = kind
    this.#limitMs = limitMs
  }

  /**
   * The first call starts the time.
   * @returns at least 1
   * @throws DiffCommandTimeoutError if no time is left
   */
  remainingMs(): number {
    const now = performance.now()
    this.#endMs ??= now + this.#limitMs
    const remaining = this.#endMs - now
    if (remaining <= 0) throw new DiffCommandTimeoutError(this.#kind, this.#limitMs)
    return Math.ceil(remaining)
  }
}
