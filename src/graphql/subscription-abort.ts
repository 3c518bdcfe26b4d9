/** Ends subscriptions when their client disconnects, and breaks them off when the service stops. */
import { setMaxListeners } from 'node:events'
import type { Plugin } from 'graphql-yoga'
import type { Context } from '../resolvers/context.ts'
import { OperationScope } from './operation-scope.ts'
import type { ServerContext } from './server-context.ts'

/**
 * Gives each subscription its own signal, which aborts when the subscription ends for any reason. Calling
 * `return()` on the result is not enough: there are async generators between it and the source, and a
 * generator that waits for the source's next value does not react to `return()` until that value arrives.
 */
export class SubscriptionAborts {
  readonly #open = new Set<OperationScope>()
  readonly #stopping = new AbortController()

  constructor() {
    // Each open response listens.
    setMaxListeners(0, this.#stopping.signal)
  }

  readonly plugin: Plugin<Context & Pick<ServerContext, 'exchange'>> = {
    onSubscribe: ({ args, extendContext }) => {
      const { contextValue } = args
      if (contextValue.exchange) contextValue.exchange.isSubscription = true
      const scope = new OperationScope(contextValue)
      const end = () => {
        this.#open.delete(scope)
        scope.abort()
        scope.end()
      }
      this.#open.add(scope)
      scope.onDisconnect(end)
      if (this.stopping.aborted) end()
      extendContext(scope.context)
      return {
        onSubscribeError: end,
        onSubscribeResult: ({ result, setResult }) => {
          if (!(Symbol.asyncIterator in result)) {
            end()
            return
          }
          // Between two events a subscription may wait for days. It must not keep reports open meanwhile.
          const onValue = (event: object) => {
            if (!hasMoreParts(event)) scope.closeReports()
          }
          setResult(observeValues(result as AsyncIterable<object>, { onValue, onEnd: end }) as typeof result)
        },
      }
    },
  }

  /**
   * Aborts when the service stops. Their responses break off then: `complete` would tell clients that what
   * they watch has ended.
   */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Ends all subscriptions, and later ones at once. */
  close(): void {
    this.#stopping.abort(new Error('The service is stopping'))
    for (const scope of [...this.#open]) scope.abort()
  }
}

/** Whether further parts of the same event follow (`@defer`, `@stream`). */
function hasMoreParts(event: object): boolean {
  return 'hasNext' in event && event.hasNext === true
}

/**
 * Passes values on. Calls `onValue` for each, and `onEnd` after the last one, on an error, and when the
 * consumer stops reading; `onEnd` may be called several times.
 */
export function observeValues<T>(
  values: AsyncIterable<T>,
  { onValue, onEnd }: { readonly onValue?: (value: T) => void; readonly onEnd: () => void },
): AsyncGenerator<T, void> {
  const source = values[Symbol.asyncIterator]()
  const leave = () => {
    onEnd()
    // Not awaited, since it may not settle until the signal has reached the source. Its error is of no use to a caller.
    source.return?.().then(undefined, () => {})
  }
  return {
    async next() {
      try {
        const result = await source.next()
        if (result.done) {
          onEnd()
          return { done: true, value: undefined }
        }
        onValue?.(result.value)
        return result
      } catch (error) {
        onEnd()
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
