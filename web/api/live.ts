/** Subscriptions over one WebSocket, which connects when somebody watches, and again by itself when it breaks. */
import { createClient } from 'graphql-ws'
import type { TypedDocumentString } from '../generated/graphql.ts'

const url = new URL('graphql', document.baseURI)
url.protocol = url.protocol.replace('http', 'ws')

/** Between two attempts to connect, in milliseconds: sooner at first, and not all pages at once. */
const pauseBefore = (attempt: number) => Math.min(500 * 2 ** attempt, 5000) * (0.75 + Math.random() / 2)

const listeners = new Set<(connected: boolean) => void>()
const tell = (connected: boolean) => {
  for (const listener of listeners) listener(connected)
}

const client = createClient({
  url: url.href,
  lazy: true,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  // Told that the network is back, it does not wait for its turn.
  retryWait: (attempt) =>
    new Promise((go) => {
      const timer = setTimeout(done, pauseBefore(attempt))
      function done() {
        clearTimeout(timer)
        removeEventListener('online', done)
        go()
      }
      addEventListener('online', done)
    }),
  on: { connected: () => tell(true), closed: (event) => tell((event as CloseEvent).code === 1000) },
})

/** Whether what is watched is heard of; called when that changes. @returns what ends it */
export function onConnection(listener: (connected: boolean) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Watches. After a broken connection the state of that moment comes first, so nothing is missed but what was between.
 * @param ended called when the service says that no more will come, with what it refused, if it did
 * @returns what ends it
 */
export function watch<T, V extends Record<string, unknown>>(
  operation: TypedDocumentString<T, V>,
  variables: V,
  next: (data: T) => void,
  ended: (error?: Error) => void = () => {},
): () => void {
  return client.subscribe<T>(
    { query: String(operation), variables, ...named(operation) },
    {
      next: ({ data }) => {
        if (data) next(data)
      },
      complete: () => ended(),
      error: (error) => ended(errorOf(error)),
    },
  )
}

function named(operation: { readonly __meta__?: Record<string, unknown> | undefined }) {
  const hash = String(operation.__meta__?.['hash']).replace('sha256:', '')
  return { extensions: { persistedQuery: { version: 1, sha256Hash: hash } } }
}

function errorOf(error: unknown): Error {
  if (error instanceof Error) return error
  const [first] = Array.isArray(error) ? (error as { message: string }[]) : []
  return new Error(first?.message ?? 'The connection was refused')
}
