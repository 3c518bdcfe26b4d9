/** The ends of subscriptions: every one is told to stop as soon as its client or the service is gone. */
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../resolvers/context.ts'

/**
 * Gives each subscription a signal of its own (`Context.signal`), which aborts when it is over for whatever reason. It is needed because `return()` alone does not reach a source:
 * there are async generators in between, and one that waits for its source's next value is deaf until that comes.
 */
export class SubscriptionAborts {
  readonly #open = new Set<AbortController>()
  #closed = false

  readonly plugin: Plugin<Context> = {
    onSubscribe: ({ args, extendContext }) => {
      const { signal: outer, reports } = args.contextValue
      const ending = new AbortController()
      const end = () => {
        this.#open.delete(ending)
        outer.removeEventListener('abort', end)
        ending.abort()
        void reports.close()
      }
      this.#open.add(ending)
      outer.addEventListener('abort', end, { once: true })
      if (outer.aborted || this.#closed) end()
      extendContext({ signal: ending.signal })
      return {
        onSubscribeError: end,
        onSubscribeResult: ({ result, setResult }) => {
          if (Symbol.asyncIterator in result)
            setResult(withFinally(result as AsyncIterable<never>, end) as typeof result)
          else end()
        },
      }
    },
  }

  /** Ends every subscription, behind what it has told; later ones end at once. */
  close(): void {
    this.#closed = true
    for (const ending of [...this.#open]) ending.abort()
  }
}

/** The same values; `end` is called behind the last one, on an error, and when the reader wants no more. */
export function withFinally<T>(values: AsyncIterable<T>, end: () => void): AsyncGenerator<T, void> {
  const source = values[Symbol.asyncIterator]()
  const leave = () => {
    end()
    // Not waited for: it may be deaf until the signal has reached its source.
    source.return?.().then(undefined, () => {})
  }
  return {
    async next() {
      try {
        const result = await source.next()
        if (!result.done) return result
        end()
        return { done: true, value: undefined }
      } catch (error) {
        end()
        throw error
      }
    },
    async return() {
      leave()
      return { done: true, value: undefined }
    },
    async throw(error) {
      leave()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
