/** The part of Cloud Storage's JSON API that reads, over real HTTP, with faults on request. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { CRC32C } from '@google-cloud/storage'

export interface FakeRequest {
  readonly kind: 'list' | 'media'
  /** Of the listing: its prefix; of a download: the object's name. */
  readonly name: string
  /** How many requests of this kind and name there have been, this one included. */
  readonly count: number
  readonly url: URL
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Answers a request in the store's stead; false where the store is to answer. */
export type Fault = (request: FakeRequest) => boolean

export interface FakeGcs {
  readonly endpoint: string
  /** Objects of the bucket `builds`, by name. */
  readonly objects: Map<string, { content: Buffer; md5?: string | null }>
  readonly requests: FakeRequest[]
  /** Connections with a request that is not answered to the end: what is kept alive for the next one is not among them. */
  busyConnections(): number
  /** That were answered at a time. */
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
    // Of the response alone: it closes when it has been sent whole, and when its connection goes.
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

/** An error as the store words it. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { code: status, message } }))
}

function sendPage(objects: FakeGcs['objects'], query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const from = query.get('pageToken') ?? ''
  const names = [...objects.keys()]
    .filter((name) => name.startsWith(prefix) && name > from)
    .filter((name) => delimiter === '' || !name.slice(prefix.length).includes(delimiter))
    .sort()
  const page = names.slice(0, Number(query.get('maxResults')))
  const items = page.map((name) => {
    const { content, md5 = createHash('md5').update(content).digest('base64') } = objects.get(name)!
    const crc = new CRC32C()
    crc.update(content)
    return {
      name,
      size: String(content.length),
      ...(md5 !== null && { md5Hash: md5 }),
      crc32c: crc.toString(),
    }
  })
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      ...(items.length > 0 && { items }),
      ...(page.length < names.length && { nextPageToken: page.at(-1) }),
    }),
  )
}
