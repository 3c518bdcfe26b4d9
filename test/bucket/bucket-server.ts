/**
 * A server with one bucket, over real HTTP, and the faults that a test chooses. Each protocol answers from the same
 * objects: see `s3-protocol.ts` and `gcs-protocol.ts`.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export const BUCKET = 'builds'

export interface StoredObject {
  readonly bytes: Buffer
  readonly version: string
}

export interface Unfinished {
  readonly key: string
  readonly startedMs: number
  readonly parts: Map<number, Buffer>
}

export interface BucketState {
  readonly objects: Map<string, StoredObject>
  readonly unfinished: Map<string, Unfinished>
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
}

/** Answers one request, whose body has arrived. */
export type Protocol = (request: IncomingMessage, url: URL, body: Buffer, state: BucketState) => Answer

/** What goes wrong with a request. */
export interface Fault {
  /** Answered without doing anything. */
  readonly status?: number
  /** Before anything is done; the connection stays open. */
  readonly delayMs?: number
  /** The connection is cut after so many bytes of the body, or before the answer for -1. */
  readonly cutAfter?: number
  /** Changes the body of a successful answer. */
  readonly body?: (body: Buffer) => Buffer
  /** Changes the body that has arrived. */
  readonly received?: (body: Buffer) => Buffer
  /** Sent in place of the true ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** Called before the request is carried out. */
  readonly before?: () => void | Promise<void>
}

export interface ServedRequest {
  readonly method: string
  readonly url: URL
  /** The object's, without the bucket; empty for the bucket itself. */
  readonly key: string
  readonly range: string | null
  /** Of all bodies that were sent for it. */
  sentBytes: number
}

export interface BucketServer extends BucketState {
  readonly endpoint: string
  readonly requests: ServedRequest[]
  /** Bytes in the bodies of all answers. */
  sentBytes(): number
  setFault(fault: ((request: ServedRequest) => Fault | null) | null): void
  /** Stops answering, on the same port, until `start`. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

export async function startBucketServer(
  protocol: Protocol,
  keyOf: (url: URL) => string,
  latencyMs = 0,
): Promise<BucketServer> {
  const state: BucketState = { objects: new Map(), unfinished: new Map() }
  const requests: ServedRequest[] = []
  let fault: ((request: ServedRequest) => Fault | null) | null = null

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const asked: ServedRequest = {
      ...{ method: request.method ?? '', url, key: keyOf(url), range: request.headers.range ?? null },
      sentBytes: 0,
    }
    requests.push(asked)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const wrong = fault?.(asked) ?? {}
    if (latencyMs > 0) await sleep(latencyMs)
    if (wrong.delayMs) await sleep(wrong.delayMs)
    await wrong.before?.()
    if (wrong.status) {
      response.writeHead(wrong.status)
      response.end()
      return
    }
    const received = Buffer.concat(chunks)
    const arrived = wrong.received?.(received) ?? received
    const { status, headers, body = '' } = protocol(request, url, arrived, state)
    if (wrong.cutAfter === -1) return void request.socket.destroy()
    const whole = Buffer.from(body as string)
    const bytes = wrong.body && status < 300 ? wrong.body(whole) : whole
    asked.sentBytes += bytes.length
    const length = request.method === 'HEAD' ? {} : { 'content-length': String(bytes.length) }
    response.writeHead(status, { ...headers, ...length, ...wrong.headers })
    if (wrong.cutAfter === undefined) return void response.end(bytes)
    response.write(bytes.subarray(0, wrong.cutAfter), () => request.socket.destroy())
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy())
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const stop = async () => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  const port = await listen(0)
  return {
    ...state,
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    sentBytes: () => requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    setFault: (wanted) => {
      fault = wanted
    },
    stop,
    start: async () => void (await listen(port)),
    close: stop,
  }
}

/** The part of an object that a request names. Both protocols use HTTP's own ranges. */
export function ranged(request: IncomingMessage, { bytes }: StoredObject): Answer {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  if (first === undefined) return { status: 200, body: bytes }
  const start = Number(first)
  const end = last ? Math.min(bytes.length, Number(last) + 1) : bytes.length
  if (start >= bytes.length)
    return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` }, body: 'InvalidRange' }
  return {
    status: 206,
    headers: { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` },
    body: bytes.subarray(start, end),
  }
}
