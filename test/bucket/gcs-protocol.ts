/**
 * Cloud Storage's JSON API as far as a driver may use it: ranges, generations, multipart and resumable uploads,
 * checksums. What it does not know, it refuses.
 */
import type { IncomingMessage } from 'node:http'
import { Crc32c } from '../../src/artifacts/gcs-requests.ts'
import {
  type Answer,
  BUCKET,
  type BucketServer,
  type BucketState,
  ranged,
  startBucketServer,
} from './bucket-server.ts'

/** Parts of an upload, except for the last one, are multiples of this. */
const GRANULE_BYTES = 256 << 10
let generation = 1_700_000_000_000_000

export function startGcsServer(latencyMs = 0): Promise<BucketServer> {
  return startBucketServer(answer, keyOf, latencyMs)
}

export function gcsLocation({ endpoint }: BucketServer, prefix = 'cache/'): string {
  return `gs://${BUCKET}/${prefix}?endpoint=${endpoint}`
}

function keyOf({ pathname }: URL): string {
  return decodeURIComponent(/\/o\/(.*)$/.exec(pathname)?.[1] ?? '')
}

function answer(request: IncomingMessage, url: URL, body: Buffer, state: BucketState): Answer {
  const [, upload, bucket] = /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o/.exec(url.pathname) ?? []
  if (bucket !== BUCKET) return refuse(404, 'The specified bucket does not exist.')
  const key = keyOf(url)
  const session = url.searchParams.get('upload_id')
  if (session !== null) return continueUpload(request, url, session, body, state)
  if (upload) return beginUpload(request, url, body, state)
  const object = state.objects.get(key)
  if (request.method === 'DELETE') {
    state.objects.delete(key)
    return object ? { status: 204 } : refuse(404, `No such object: ${BUCKET}/${key}`)
  }
  const wanted = url.searchParams.get('generation')
  if (request.method !== 'GET' || url.searchParams.get('alt') !== 'media')
    return refuse(501, 'Not implemented')
  if (!object || (wanted !== null && wanted !== object.version))
    return refuse(404, `No such object: ${BUCKET}/${key}`)
  const { headers, ...found } = ranged(request, object)
  return { ...found, headers: { ...headers, 'x-goog-generation': object.version } }
}

function beginUpload(request: IncomingMessage, url: URL, body: Buffer, state: BucketState): Answer {
  if (url.searchParams.get('uploadType') === 'multipart') {
    const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1] ?? 'none'
    const [, json, content] = parts(body, boundary)
    if (!json || !content) return refuse(400, 'Malformed multipart body')
    return finish(url, JSON.parse(json.toString()) as Metadata, content, state)
  }
  const { name, crc32c } = JSON.parse(body.toString()) as Metadata
  const refusal = refuseCondition(url, name, state)
  if (refusal) return refusal
  const id = JSON.stringify({ name, crc32c, id: Math.random() })
  state.unfinished.set(id, { key: name, startedMs: Date.now(), parts: new Map() })
  url.searchParams.set('upload_id', id)
  return { status: 200, headers: { location: url.href } }
}

function continueUpload(
  { method, headers }: IncomingMessage,
  url: URL,
  id: string,
  body: Buffer,
  state: BucketState,
): Answer {
  const upload = state.unfinished.get(id)
  if (!upload) return refuse(404, 'No such upload')
  if (method === 'DELETE') {
    state.unfinished.delete(id)
    return { status: 499 }
  }
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? []
  const kept = upload.parts.get(0) ?? Buffer.alloc(0)
  if (Number(first) !== kept.length || Number(last) !== kept.length + body.length - 1)
    return refuse(400, 'Invalid range')
  const bytes = Buffer.concat([kept, body])
  if (bytes.length < Number(total)) {
    if (body.length % GRANULE_BYTES !== 0) return refuse(400, 'Invalid size of a part')
    upload.parts.set(0, bytes)
    return { status: 308, headers: { range: `bytes=0-${bytes.length - 1}` } }
  }
  const done = finish(url, JSON.parse(id) as Metadata, bytes, state)
  if (done.status === 200) state.unfinished.delete(id)
  return done
}

interface Metadata {
  readonly name: string
  readonly crc32c?: string
}

function finish(url: URL, { name, crc32c }: Metadata, bytes: Buffer, state: BucketState): Answer {
  const refusal = refuseCondition(url, name, state)
  if (refusal) return refusal
  if (crc32c !== undefined && crc32c !== new Crc32c().update(bytes).digest())
    return refuse(400, 'Provided CRC32C does not match')
  generation += 1
  state.objects.set(name, { bytes, version: String(generation) })
  return {
    status: 200,
    body: JSON.stringify({ name, generation: String(generation), size: String(bytes.length) }),
  }
}

function refuseCondition(url: URL, name: string, { objects }: BucketState): Answer | null {
  const wanted = url.searchParams.get('ifGenerationMatch')
  return wanted !== null && wanted !== (objects.get(name)?.version ?? '0')
    ? refuse(412, 'conditionNotMet')
    : null
}

/** The bodies of a multipart body; the first one is what comes before all. */
function parts(body: Buffer, boundary: string): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; ; ) {
    const next = body.indexOf(`--${boundary}`, at)
    if (next < 0) return found
    const part = body.subarray(at, Math.max(at, next - 2))
    found.push(part.subarray(part.indexOf('\r\n\r\n') + 4))
    at = next + boundary.length + 2
  }
}

function refuse(status: number, message: string): Answer {
  return { status, body: JSON.stringify({ error: { code: status, message } }) }
}
