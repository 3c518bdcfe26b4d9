/** GraphQL over WebSocket (`graphql-transport-ws`), on the port and path of GraphQL over HTTP. */
import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { FormattedExecutionResult, GraphQLError } from 'graphql'
import { type Context as Connection, handleProtocols, makeServer, type Server } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { QueryLimitError } from '../errors.ts'
import { withoutBasePath } from '../requests/base-path.ts'
import { originForm } from '../requests/request-url.ts'
import { refusal, withoutStatus } from './present-error.ts'

export interface WebsocketLimits {
  /** Sockets at a time from one address. Each may have as many operations at a time. */
  readonly perClient: number
  readonly inAll: number
  /** Of one message from a client, in bytes. */
  readonly messageBytes: number
  /** Until a client has begun the protocol, in milliseconds. */
  readonly initTimeoutMs: number
  /** Between two pings, in milliseconds; who has not answered by the next is cut off. */
  readonly pingMs: number
}

export interface WebsocketOptions {
  readonly limits: WebsocketLimits
  readonly basePath: string
  /** The address whose limits a request counts for. */
  readonly clientAddress: (request: IncomingMessage) => string
  /** Whether pages of this origin may connect. Browsers let every page do so, and leave it to the server. */
  readonly allowsOrigin: (origin: string, request: IncomingMessage) => boolean
  /** Makes the arguments of an operation, or errors for one that is not to be executed. */
  readonly prepare: NonNullable<Parameters<typeof makeServer<Params, Extra>>[0]['onSubscribe']>
  /** Told of what is a fault of ours. */
  readonly onFault: (error: unknown) => void
}

/** What a client says when it begins. */
export type Params = Record<string, unknown>
export interface Extra {
  readonly request: IncomingMessage
  /** Aborts when the socket is closed. */
  readonly signal: AbortSignal
}
export type WebsocketConnection = Connection<Params, Extra>

/** Going away: the service stops. Clients connect again. */
const GOING_AWAY = 1001
const INTERNAL_ERROR = 4500
/** A client that lets more than this lie unread is not reading. */
const MAX_UNREAD_BYTES = 16 << 20
/** For a client to say good-bye. */
const CLOSE_MS = 1_000

/** @returns what closes all sockets, in order; later ones are refused */
export function registerWebsockets(server: FastifyInstance, options: WebsocketOptions): () => Promise<void> {
  const { limits, prepare, onFault } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.messageBytes, handleProtocols })
  const byClient = new Map<string, number>()
  let closing = false
  const protocol = makeServer<Params, Extra>({
    connectionInitWaitTimeout: limits.initTimeoutMs,
    onSubscribe: prepare,
    onError: (_connection, _id, _payload, errors) => errors.map(withoutStatus),
    onNext: (_connection, _id, _payload, _args, result) =>
      result.errors && ({ ...result, errors: result.errors.map(withoutStatus) } as FormattedExecutionResult),
    execute: (args) => (args.rootValue as Executors).execute(args),
    subscribe: (args) => (args.rootValue as Executors).subscribe(args),
  })

  server.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return ignoreUpgrade(server, request, socket)
    const status = refusalOf(request)
    if (status) return refuse(socket, status)
    sockets.handleUpgrade(request, socket, head, (client) => {
      const address = options.clientAddress(request)
      byClient.set(address, (byClient.get(address) ?? 0) + 1)
      client.once('close', () => {
        const left = (byClient.get(address) ?? 1) - 1
        if (left > 0) byClient.set(address, left)
        else byClient.delete(address)
      })
      serve(client, request, { protocol, limits, onFault })
    })
  })

  function refusalOf(request: IncomingMessage): number | null {
    const [path] = withoutBasePath(originForm(request.url ?? '/'), options.basePath).split('?')
    const { origin } = request.headers
    if (path !== '/graphql') return 404
    if (origin !== undefined && !options.allowsOrigin(origin, request)) return 403
    const own = byClient.get(options.clientAddress(request)) ?? 0
    return closing || own >= limits.perClient || sockets.clients.size >= limits.inAll ? 503 : null
  }

  return async () => {
    closing = true
    const closed = [...sockets.clients].map((client) => {
      const gone = new Promise<void>((resolve) => client.once('close', () => resolve()))
      client.close(GOING_AWAY, 'Going away')
      return gone
    })
    const cut = setTimeout(() => {
      for (const client of sockets.clients) client.terminate()
    }, CLOSE_MS)
    await Promise.all(closed)
    clearTimeout(cut)
  }
}

/** What `prepare` puts into the root value. */
export interface Executors {
  execute(args: unknown): any
  subscribe(args: unknown): any
}

function serve(
  socket: WebSocket,
  request: IncomingMessage,
  {
    protocol,
    limits,
    onFault,
  }: { protocol: Server<Extra>; limits: WebsocketLimits; onFault: (error: unknown) => void },
): void {
  const gone = new AbortController()
  let answers = true
  const ping = setInterval(() => {
    if (!answers) return socket.terminate()
    answers = false
    socket.ping()
  }, limits.pingMs)
  socket.on('pong', () => {
    answers = true
  })
  // Answered by the library; nobody may fill our memory with answers that he does not read.
  socket.on('ping', cutUnread)
  // A message too long, or none of the protocol: the library closes the socket, with the right code.
  socket.on('error', () => {})
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      // The next one waits until this one has gone out: so what a slow client has not read yet is one message, and states between are missed.
      send: (text) =>
        new Promise((resolve) => {
          if (socket.readyState === socket.OPEN) socket.send(text, () => resolve())
          else resolve()
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) =>
        socket.on('message', (data) => {
          cutUnread()
          take(String(data)).catch((error: unknown) => {
            onFault(error)
            socket.close(INTERNAL_ERROR, 'Internal server error')
          })
        }),
    },
    { request, signal: gone.signal },
  )
  socket.once('close', (code, reason) => {
    clearInterval(ping)
    gone.abort()
    closed(code, String(reason)).catch(onFault)
  })

  function cutUnread(): void {
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate()
  }
}

/** Whether a socket has more operations at a time than it may. */
export function hasTooMany({ subscriptions }: WebsocketConnection, limits: WebsocketLimits): boolean {
  return Object.keys(subscriptions).length > limits.perClient
}

/** What one more is answered; the others go on. */
export function tooManyOnSocket({ perClient }: WebsocketLimits): GraphQLError {
  const message = `This WebSocket has ${perClient} operations at this moment, as many as it may have; end one first`
  return refusal(new QueryLimitError('TOO_MANY_OPERATIONS', perClient, message, true))
}

/** With a listener for upgrades Node.js sends it those to other protocols too (Java's client asks for `h2c`); they are as if they had not been asked for. */
function ignoreUpgrade({ server }: FastifyInstance, request: IncomingMessage, socket: Socket): void {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  // The parser has let go of the connection: no body can be read from it.
  if (length !== '0' || encoding !== undefined) return refuse(socket, 501)
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  request.push(null)
  server.emit('request', request, response)
}

function refuse(socket: Duplex, status: number): void {
  const text = `${status}: ${STATUS_CODES[status]}`
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
  )
}
