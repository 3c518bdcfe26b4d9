/** Subscriptions over one WebSocket. It connects with the first subscription, and reconnects by itself. */
import { createClient } from 'graphql-ws'
import type { TypedDocumentString } from '../generated/graphql.ts'

const url = new URL('graphql', document.baseURI)
url.protocol = url.protocol.replace('http', 'ws')

/** The WebSocket was closed on purpose. */
const NORMAL_CLOSURE = 1000

/**
 * The pause before an attempt to reconnect, in milliseconds: growing, and random so that pages do not
 * reconnect at once.
 */
const pauseBefore = (attempt: number) => Math.min(500 * 2 ** attempt, 5000) * (0.75 + Math.random() / 2)

const listeners = new Set<(connected: boolean) => void>()
const notify = (connected: boolean) => {
  for (const listener of listeners) listener(connected)
}

const client = createClient({
  url: url.href,
  lazy: true,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  // Reconnects at once when the network is back.
  retryWait: (attempt) =>
    new Promise((resolve) => {
      const timer = setTimeout(done, pauseBefore(attempt))
      function done() {
        clearTimeout(timer)
        removeEventListener('online', done)
        resolve()
      }
      addEventListener('online', done)
    }),
  on: {
    connected: () => notify(true),
    closed: (event) => notify((event as CloseEvent).code === NORMAL_CLOSURE),
  },
})

/** Calls the listener when the connection is lost or restored. @returns removes the listener */
export function onConnection(listener: (connected: boolean) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Subscribes. After a lost connection the current state comes first, so only intermediate states are missed.
 * @param ended called when the service ends the subscription, with its error if there was one
 * @returns unsubscribes
 */
export function watch<T, V extends Record<string, unknown>>(
  operation: TypedDocumentString<T, V>,
  variables: V,
  next: (data: T) => void,
  ended: (error?: Error) => void = () => {},
): () => void {
  return client.subscribe<T>(
    { query: String(operation), variables, extensions: extensionsOf(operation) },
    {
      next: ({ data }) => {
        if (data) next(data)
      },
      complete: () => ended(),
      error: (error) => ended(errorOf(error)),
    },
  )
}

/** Names the operation by its hash, for services that execute only persisted operations. */
function extensionsOf(operation: { readonly __meta__?: Record<string, unknown> | undefined }) {
  const hash = String(operation.__meta__?.hash).replace('sha256:', '')
  return { persistedQuery: { version: 1, sha256Hash: hash } }
}

function errorOf(error: unknown): Error {
  if (error instanceof Error) return error
  const [first] = Array.isArray(error) ? (error as { message: string }[]) : []
  return new Error(first?.message ?? 'The connection was refused')
}
