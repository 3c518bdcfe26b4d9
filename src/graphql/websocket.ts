/** GraphQL over WebSocket (`graphql-transport-ws`), on the port and path of GraphQL over HTTP. */
import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { FormattedExecutionResult, GraphQLError } from 'graphql'
import {
  type Context as Connection,
  handleProtocols,
  makeServer,
  type OperationResult,
  type Server,
} from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { QueryLimitError } from '../errors.ts'
import { type AllowedHosts, hostRefusal } from '../requests/allowed-hosts.ts'
import { withoutBasePath } from '../requests/base-path.ts'
import type { ByteAccount } from '../requests/byte-budget.ts'
import { ClientCounter } from '../requests/client-counter.ts'
import type { PageOrigins } from '../requests/page-origin.ts'
import { originForm } from '../requests/request-url.ts'
import { refusal, withoutStatus } from './present-error.ts'

export interface WebsocketLimits {
  /** Open sockets from one address. Each socket may run as many operations at once. */
  readonly perClient: number
  /** Open sockets of all clients. */
  readonly inAll: number
  /** Size of one message from a client, in bytes. */
  readonly messageBytes: number
  /** Time for a client to send its first message, in milliseconds. */
  readonly initTimeoutMs: number
  /**
   * Time between two pings, in milliseconds. A client that does not answer before the next ping is
   * disconnected.
   */
  readonly pingMs: number
}

export interface WebsocketOptions {
  readonly limits: WebsocketLimits
  readonly basePath: string
  /** The address whose limits a request counts for. */
  readonly clientAddress: (request: IncomingMessage) => string
  readonly hosts: AllowedHosts
  /** Whose pages may connect. Browsers do not restrict this; they leave it to the server. */
  readonly origins: PageOrigins
  /** Returns the arguments of an operation, or errors if it must not be executed. */
  readonly prepare: NonNullable<Parameters<typeof makeServer<Params, Extra>>[0]['onSubscribe']>
  /** Called with unexpected errors. */
  readonly onFault: (error: unknown) => void
}

/** The payload of a client's first message. */
export type Params = Record<string, unknown>
export interface Extra {
  readonly request: IncomingMessage
  /** Aborts when the socket is closed. */
  readonly signal: AbortSignal
  /**
   * What the operations on the socket have in memory, by the payloads of their messages. A client may use an id
   * again.
   */
  readonly responses: Map<unknown, ByteAccount>
}
export type WebsocketConnection = Connection<Params, Extra>

/** The functions that run an operation. `prepare` returns them as its root value. */
export interface Executors {
  execute(args: unknown): OperationResult
  subscribe(args: unknown): OperationResult
}

/** Close code for a service that stops. Clients reconnect. */
const GOING_AWAY = 1001
const INTERNAL_ERROR = 4500
/** A client with more unread bytes than this has stopped reading. */
const MAX_UNREAD_BYTES = 16 << 20
/** Time for clients to answer the close message when the service stops. */
const CLOSE_MS = 1_000

/** Accepts WebSockets at `/graphql`. @returns closes all sockets and refuses new ones */
export function registerWebsockets(server: FastifyInstance, options: WebsocketOptions): () => Promise<void> {
  const { limits, onFault } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, handleProtocols })
  const clients = new ClientCounter()
  const protocol = createProtocol(options)
  let isClosing = false

  server.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      ignoreUpgrade(server, request, socket)
      return
    }
    if (!options.hosts.allows(request.headers.host)) {
      refuse(socket, 403, hostRefusal(request.headers.host))
      return
    }
    const status = refusalStatus(request)
    if (status !== null) {
      refuse(socket, status)
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.once('close', clients.add(options.clientAddress(request)))
      serve(client, request, { protocol, limits, onFault })
    })
  })

  /** The HTTP status to refuse an upgrade with; null to accept it. */
  function refusalStatus(request: IncomingMessage): number | null {
    const [path] = withoutBasePath(originForm(request.url ?? '/'), options.basePath).split('?')
    const { origin } = request.headers
    if (path !== '/graphql') return 404
    if (origin !== undefined && !options.origins.allows(origin, request.headers)) return 403
    const isFull =
      clients.count(options.clientAddress(request)) >= limits.perClient ||
      sockets.clients.size >= limits.inAll
    return isClosing || isFull ? 503 : null
  }

  return async () => {
    isClosing = true
    await closeAll(sockets.clients)
  }
}

function createProtocol({ limits, prepare }: WebsocketOptions): Server<Extra> {
  return makeServer<Params, Extra>({
    connectionInitWaitTimeout: limits.initTimeoutMs,
    onSubscribe: prepare,
    onError: (_connection, _id, _payload, errors) => errors.map(withoutStatus),
    onNext: (_connection, _id, _payload, _args, result) =>
      result.errors && ({ ...result, errors: result.errors.map(withoutStatus) } as FormattedExecutionResult),
    onComplete: ({ extra }, _id, payload) => endResponse(extra, payload),
    execute: (args) => (args.rootValue as Executors).execute(args),
    subscribe: (args) => (args.rootValue as Executors).subscribe(args),
  })
}

/** The response to an operation has been sent. */
export function endResponse({ responses }: Extra, payload: unknown): void {
  responses.get(payload)?.close()
  responses.delete(payload)
}

/** Closes sockets; those whose client does not answer in time are cut. */
async function closeAll(sockets: ReadonlySet<WebSocket>): Promise<void> {
  const closed = [...sockets].map((socket) => {
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.close(GOING_AWAY, 'Going away')
    return gone
  })
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.terminate()
  }, CLOSE_MS)
  await Promise.all(closed)
  clearTimeout(cut)
}

interface ServeOptions {
  readonly protocol: Server<Extra>
  readonly limits: WebsocketLimits
  readonly onFault: (error: unknown) => void
}

/** Speaks the protocol on an open socket until it is closed. */
function serve(
  socket: WebSocket,
  request: IncomingMessage,
  { protocol, limits, onFault }: ServeOptions,
): void {
  const closing = new AbortController()
  const responses = new Map<unknown, ByteAccount>()
  let hasAnswered = true
  const ping = setInterval(() => {
    if (!hasAnswered) {
      socket.terminate()
      return
    }
    hasAnswered = false
    socket.ping()
  }, limits.pingMs)
  socket.on('pong', () => {
    hasAnswered = true
  })
  // The library answers pings. A client that sends them without reading the answers would fill our memory.
  socket.on('ping', cutUnread)
  // For a message that is too long or violates the protocol, the library closes the socket with the right
  // code.
  socket.on('error', () => {})
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      // The library awaits this before it sends the next event. So a slow client has at most one unread
      // message, and misses intermediate states.
      send: (text) =>
        new Promise((resolve) => {
          if (socket.readyState === socket.OPEN) socket.send(text, () => resolve())
          else resolve()
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data) => {
          cutUnread()
          handle(String(data)).catch((error: unknown) => {
            onFault(error)
            socket.close(INTERNAL_ERROR, 'Internal server error')
          })
        }),
    },
    { request, signal: closing.signal, responses },
  )
  socket.once('close', (code, reason) => {
    clearInterval(ping)
    closing.abort()
    for (const bytes of responses.values()) bytes.close()
    closed(code, String(reason)).catch(onFault)
  })

  function cutUnread(): void {
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate()
  }
}

/** Whether a socket runs more operations than allowed, including the one that has just arrived. */
export function hasTooMany({ subscriptions }: WebsocketConnection, limits: WebsocketLimits): boolean {
  return Object.keys(subscriptions).length > limits.perClient
}

/** The error for one operation too many. The others on the socket continue. */
export function tooManyOnSocket({ perClient }: WebsocketLimits): GraphQLError {
  const message = `This WebSocket is already running ${perClient} operations, the maximum; end one first`
  return refusal(new QueryLimitError('TOO_MANY_OPERATIONS', perClient, message, true))
}

/**
 * Handles a request for an upgrade to another protocol as if it had none. (Java's HTTP client asks for
 * `h2c`.) Node.js emits such requests as upgrades once there is a listener for them.
 */
function ignoreUpgrade({ server }: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  // The parser no longer reads from the connection, so a body could not be read.
  if (length !== '0' || encoding !== undefined) {
    refuse(socket, 501)
    return
  }
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  request.push(null)
  server.emit('request', request, response)
}

function refuse(socket: Duplex, status: number, reason = STATUS_CODES[status]): void {
  const text = `${status}: ${reason}`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: text/plain',
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
