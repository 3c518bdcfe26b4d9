/** What the thread of renderings answers. */

/** Chunks, how it failed, or null at the end. */
export type Answer = readonly Uint8Array[] | Failure | null

/** An error on its way between threads, where it would lose its class. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  /** What else it says. */
  readonly facts: Readonly<Record<string, unknown>>
}
