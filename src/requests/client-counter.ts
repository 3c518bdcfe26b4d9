/** Counts what each client has open at this moment, such as operations or sockets. */
export class ClientCounter {
  readonly #counts = new Map<string, number>()

  /** @param client address of the client */
  count(client: string): number {
    return this.#counts.get(client) ?? 0
  }

  /** Adds one. Call the returned function once to subtract it again; further calls do nothing. */
  add(client: string): () => void {
    this.#counts.set(client, this.count(client) + 1)
    let isCounted = true
    return () => {
      if (!isCounted) return
      isCounted = false
      const left = this.count(client) - 1
      // A client without anything open takes no memory.
      if (left > 0) this.#counts.set(client, left)
      else this.#counts.delete(client)
    }
  }
}
