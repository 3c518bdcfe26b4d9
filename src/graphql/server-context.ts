import type { YogaServerInstance } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { ByteAccount } from '../requests/byte-budget.ts'
import type { Context } from '../resolvers/context.ts'

/** What Differ knows about an operation before Yoga handles it. */
export interface ServerContext {
  readonly requestId: string
  readonly log: Logger
  /** Address of the client. */
  readonly client: string
  readonly authorized: boolean
  /** See `RequestContext`. */
  readonly foreignOrigin: string | null
  /** The caller closes it when the response has been sent. */
  readonly bytes: ByteAccount
  /** For an operation over WebSocket: aborts when the socket is closed. */
  readonly socketSignal?: AbortSignal
  /** For an operation over HTTP. */
  readonly exchange?: Exchange
}

/** What an operation over HTTP tells about its response. */
export interface Exchange {
  isSubscription: boolean
}

export type Yoga = YogaServerInstance<ServerContext, Context>
