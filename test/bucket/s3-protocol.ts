/**
 * S3's protocol as far as a driver may use it: signatures (AWS Signature Version 4), ranges, conditional reads and
 * writes, multipart uploads and checksums. What it does not know, it refuses.
 */
import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { crc32 } from 'node:zlib'
import {
  type Answer,
  BUCKET,
  type BucketServer,
  type BucketState,
  ranged,
  startBucketServer,
} from './bucket-server.ts'

export const S3_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'differ-test', AWS_SECRET_ACCESS_KEY: 'a/very+secret=key' }
/** S3 refuses smaller parts, except for the last one. */
const MIN_PART_BYTES = 5 << 20

export function startS3Server(latencyMs = 0): Promise<BucketServer> {
  return startBucketServer(answer, keyOf, latencyMs)
}

/** A location of a server, for `openBucket`. */
export function s3Location({ endpoint }: BucketServer, prefix = 'cache/'): string {
  return `s3://${BUCKET}/${prefix}?endpoint=${endpoint}&region=eu-test-1`
}

function keyOf({ pathname }: URL): string {
  return decodeURIComponent(pathname.split('/').slice(2).join('/'))
}

function answer(request: IncomingMessage, url: URL, body: Buffer, state: BucketState): Answer {
  const refusal = checkSignature(request, url, body) ?? checkChecksum(request, body)
  if (refusal) return refusal
  if (url.pathname.split('/')[1] !== BUCKET) return refuse(404, 'NoSuchBucket')
  const key = keyOf(url)
  const query = url.searchParams
  const uploadId = query.get('uploadId')
  switch (`${request.method} ${query.has('uploads') ? 'uploads' : uploadId === null ? 'object' : 'upload'}`) {
    case 'GET object':
      return read(request, key, state)
    case 'PUT object':
      return refuseCondition(request, key, state) ?? store(key, body, `"${md5(body)}"`, state)
    case 'DELETE object':
      state.objects.delete(key)
      return { status: 204 }
    case 'POST uploads':
      return begin(key, state)
    case 'GET uploads':
      return listUnfinished(query, state)
    case 'PUT upload':
      return keepPart(Number(query.get('partNumber')), uploadId ?? '', body, state)
    case 'POST upload':
      return complete(request, uploadId ?? '', body.toString(), state)
    case 'DELETE upload':
      return state.unfinished.delete(uploadId ?? '') ? { status: 204 } : refuse(404, 'NoSuchUpload')
    default:
      return refuse(501, 'NotImplemented')
  }
}

function read(request: IncomingMessage, key: string, { objects }: BucketState): Answer {
  const object = objects.get(key)
  if (!object) return refuse(404, 'NoSuchKey')
  const wanted = request.headers['if-match']
  if (wanted !== undefined && wanted !== object.version) return refuse(412, 'PreconditionFailed')
  const { headers, ...found } = ranged(request, object)
  return { ...found, headers: { ...headers, etag: object.version, 'accept-ranges': 'bytes' } }
}

function refuseCondition({ headers }: IncomingMessage, key: string, { objects }: BucketState): Answer | null {
  const object = objects.get(key)
  if (headers['if-none-match'] === '*' && object) return refuse(412, 'PreconditionFailed')
  const replaced = headers['if-match']
  if (replaced !== undefined && !object) return refuse(404, 'NoSuchKey')
  return replaced !== undefined && replaced !== object?.version ? refuse(412, 'PreconditionFailed') : null
}

function store(key: string, bytes: Buffer, version: string, { objects }: BucketState): Answer {
  objects.set(key, { bytes, version })
  return { status: 200, headers: { etag: version } }
}

function begin(key: string, { unfinished }: BucketState): Answer {
  const id = `upload-${unfinished.size}-${Math.random()}`
  unfinished.set(id, { key, startedMs: Date.now(), parts: new Map() })
  const names = `<Bucket>${BUCKET}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId>`
  return { status: 200, body: `<InitiateMultipartUploadResult>${names}</InitiateMultipartUploadResult>` }
}

function keepPart(number: number, id: string, body: Buffer, { unfinished }: BucketState): Answer {
  const upload = unfinished.get(id)
  if (!upload) return refuse(404, 'NoSuchUpload')
  upload.parts.set(number, body)
  return { status: 200, headers: { etag: `"${md5(body)}"`, 'x-amz-checksum-crc32': crc32Of(body) } }
}

function complete(request: IncomingMessage, id: string, xml: string, state: BucketState): Answer {
  const upload = state.unfinished.get(id)
  if (!upload) return refuse(404, 'NoSuchUpload')
  const parts: Buffer[] = []
  const listed = [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => part)
  for (const [index, part] of listed.entries()) {
    const bytes = upload.parts.get(Number(/<PartNumber>(\d+)</.exec(part)?.[1]))
    const tag = /<ETag>(?:&quot;|")?([0-9a-f]{32})/.exec(part)?.[1]
    if (!bytes || tag !== md5(bytes)) return refuse(400, 'InvalidPart')
    if (bytes.length < MIN_PART_BYTES && index < listed.length - 1) return refuse(400, 'EntityTooSmall')
    parts.push(bytes)
  }
  const bytes = Buffer.concat(parts)
  const said = request.headers['x-amz-mp-object-size']
  if (parts.length === 0 || (said !== undefined && Number(said) !== bytes.length))
    return refuse(400, 'InvalidRequest')
  const refusal = refuseCondition(request, upload.key, state)
  if (refusal) return refusal
  state.unfinished.delete(id)
  const version = `"${md5(Buffer.concat(parts.map((part) => createHash('md5').update(part).digest())))}-${parts.length}"`
  store(upload.key, bytes, version, state)
  const result = `<ETag>${version.replaceAll('"', '&quot;')}</ETag>`
  return { status: 200, body: `<CompleteMultipartUploadResult>${result}</CompleteMultipartUploadResult>` }
}

function listUnfinished(query: URLSearchParams, { unfinished }: BucketState): Answer {
  const uploads = [...unfinished]
    .filter(([, { key }]) => key.startsWith(query.get('prefix') ?? ''))
    .map(([id, { key, startedMs }]) => {
      const initiated = new Date(startedMs).toISOString()
      return `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId><Initiated>${initiated}</Initiated></Upload>`
    })
  const body = `<IsTruncated>false</IsTruncated>${uploads.join('')}`
  return { status: 200, body: `<ListMultipartUploadsResult>${body}</ListMultipartUploadsResult>` }
}

/** The signature of a request over its method, path, query, headers and the digest of its body. */
function checkSignature(request: IncomingMessage, url: URL, body: Buffer): Answer | null {
  const { headers, method = '' } = request
  const [, credential = '', signed = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? []
  const [keyId, day = '', region = '', service = ''] = credential.split('/')
  if (keyId !== S3_CREDENTIALS.AWS_ACCESS_KEY_ID) return refuse(403, 'InvalidAccessKeyId')
  const digest = String(headers['x-amz-content-sha256'])
  if (digest !== sha256(body)) return refuse(400, 'XAmzContentSHA256Mismatch')
  const names = signed.split(';')
  const mustSign = ['host', 'x-amz-content-sha256', 'x-amz-date', 'if-match', 'if-none-match', 'range']
  if (
    mustSign.some(
      (name) => headers[name] !== undefined && !names.includes(name) && !/^(if-|range)/.test(name),
    )
  )
    return refuse(403, 'AccessDenied')
  const pairs = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`)
  const canonical = [
    method,
    url.pathname,
    pairs.sort().join('&'),
    ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    digest,
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(Buffer.from(canonical))].join('\n')
  let key: Buffer = Buffer.from(`AWS4${S3_CREDENTIALS.AWS_SECRET_ACCESS_KEY}`)
  for (const step of [day, region, service, 'aws4_request']) key = hmac(key, step)
  return hmac(key, text).toString('hex') === signature ? null : refuse(403, 'SignatureDoesNotMatch')
}

function checkChecksum({ headers }: IncomingMessage, body: Buffer): Answer | null {
  const md5Header = headers['content-md5']
  if (md5Header !== undefined && md5Header !== createHash('md5').update(body).digest('base64'))
    return refuse(400, 'BadDigest')
  const crc = headers['x-amz-checksum-crc32']
  return crc !== undefined && crc !== crc32Of(body) ? refuse(400, 'BadDigest') : null
}

function refuse(status: number, code: string): Answer {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>the server says ${code}</Message></Error>`
  return { status, headers: { 'content-type': 'application/xml' }, body }
}

function crc32Of(bytes: Buffer): string {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(bytes))
  return checksum.toString('base64')
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
