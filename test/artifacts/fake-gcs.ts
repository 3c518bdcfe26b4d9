/** The read part of Cloud Storage's JSON API over real HTTP, with faults that a test chooses. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Crc32c } from '../../src/artifacts/gcs-requests.ts'

export interface FakeRequest {
  readonly kind: 'list' | 'media'
  /** The prefix of a listing, or the name of a downloaded object. */
  readonly name: string
  /** Number of requests of this kind and name so far, including this one. */
  readonly count: number
  readonly url: URL
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Responds instead of the store. Returns false to let the store respond. */
export type Fault = (request: FakeRequest) => boolean

export interface FakeGcs {
  readonly endpoint: string
  /** Objects of the bucket `builds`, by name. */
  readonly objects: Map<string, { content: Buffer; md5?: string | null }>
  readonly requests: FakeRequest[]
  /** Connections with an unfinished response. Idle keep-alive connections do not count. */
  busyConnections(): number
  /** The highest number of concurrent downloads so far. */
  mostDownloads(): number
  setFault(fault: Fault | null): void
  close(): Promise<void>
}

export async function startFakeGcs(): Promise<FakeGcs> {
  const objects: FakeGcs['objects'] = new Map()
  const requests: FakeRequest[] = []
  const busy = new Set<Socket>()
  let fault: Fault | null = null
  let downloading = 0
  let most = 0

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    const [, bucket = '', object] = /^\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(url.pathname) ?? []
    const kind = object === undefined ? 'list' : 'media'
    const name = object === undefined ? (url.searchParams.get('prefix') ?? '') : decodeURIComponent(object)
    const count = 1 + requests.filter((earlier) => earlier.kind === kind && earlier.name === name).length
    const asked = { kind, name, count, url, request, response } as const
    requests.push(asked)
    busy.add(request.socket)
    // A response closes when it has been sent completely and when its connection is lost.
    response.once('close', () => busy.delete(request.socket))
    if (kind === 'media') {
      most = Math.max(most, ++downloading)
      response.once('close', () => downloading--)
    }
    if (fault?.(asked)) return
    if (bucket !== 'builds') return refuse(response, 404, 'The specified bucket does not exist.')
    if (kind === 'list') return sendPage(objects, url.searchParams, response)
    const stored = objects.get(name)
    if (!stored) return refuse(response, 404, `No such object: builds/${name}`)
    response.writeHead(200, { 'content-length': stored.content.length })
    response.end(stored.content)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    busyConnections: () => busy.size,
    mostDownloads: () => most,
    setFault: (wanted) => {
      fault = wanted
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Responds with an error in the store's format. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { code: status, message } }))
}

function sendPage(objects: FakeGcs['objects'], query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const from = query.get('pageToken') ?? ''
  const found = [...objects]
    .filter(([name]) => name.startsWith(prefix) && name > from)
    .filter(([name]) => delimiter === '' || !name.slice(prefix.length).includes(delimiter))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const page = found.slice(0, Number(query.get('maxResults')))
  const items = page.map(([name, object]) => {
    const { content, md5 = createHash('md5').update(content).digest('base64') } = object
    return {
      name,
      size: String(content.length),
      ...(md5 !== null && { md5Hash: md5 }),
      crc32c: new Crc32c().update(content).digest(),
    }
  })
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      ...(items.length > 0 && { items }),
      ...(page.length < found.length && { nextPageToken: page.at(-1)?.[0] }),
    }),
  )
}
