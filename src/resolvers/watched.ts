/** What all subscriptions have in common. */
import { DifferError } from '../errors.ts'
import type { Context } from './context.ts'

/** An event of a subscription: a state, or as the last one the error that ended the stream. */
export type Watched<T> = T | DifferError

/** The state of an event. @throws the error of an event, which becomes a member of the field's union */
export function stateOf<T extends object>(event: Watched<T>): T {
  if (event instanceof DifferError) throw event
  return event as T
}

/**
 * Passes states on. An expected error becomes the last event, so that clients get it typed. Not a generator,
 * because a generator that waits cannot be ended from outside.
 */
export function withErrorAsEvent<T>(states: AsyncIterableIterator<T>): AsyncIterableIterator<Watched<T>> {
  return {
    next: () =>
      states.next().catch((error: unknown) => {
        // After it the stream has ended.
        if (error instanceof DifferError) return { done: false, value: error }
        throw error
      }),
    return: async () => (await states.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** @throws OverloadedError */
export function countSubscription({ services, client, signal }: Context): void {
  services.subscriptions.open(client, signal)
}
