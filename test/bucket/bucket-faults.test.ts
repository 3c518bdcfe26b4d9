/** What the drivers make of a bucket, or a network, that does not do what it should. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Bucket, BucketError, PART_BYTES } from '../../src/bucket/bucket.ts'
import { parseBucketLocation } from '../../src/bucket/bucket-location.ts'
import { openBucket } from '../../src/bucket/open-bucket.ts'
import type { BucketServer, Fault, ServedRequest } from './bucket-server.ts'
import { sourceOf } from './bucket-suite.ts'
import { gcsLocation, startGcsServer } from './gcs-protocol.ts'
import { S3_CREDENTIALS, s3Location, startS3Server } from './s3-protocol.ts'

beforeAll(() => {
  for (const [name, value] of Object.entries(S3_CREDENTIALS)) vi.stubEnv(name, value)
})
afterAll(() => vi.unstubAllEnvs())

describe.each([
  ['S3', startS3Server, s3Location],
  ['Cloud Storage', startGcsServer, gcsLocation],
] as const)('a bucket of %s', (_, start, locationOf) => {
  const KEY = 'entries/debdiff/a_b'
  const tea = randomBytes(2_000_000)
  const large = randomBytes(PART_BYTES + 1)
  const { signal } = new AbortController()
  let server: BucketServer
  let bucket: Bucket
  beforeEach(async () => {
    server = await start()
    bucket = await openBucket(locationOf(server))
  })
  afterEach(async () => {
    bucket.close()
    await server.close()
  })
  const read = (within: AbortSignal = signal) =>
    bucket.read(KEY, { start: 10, length: 1_000_000 }, null, within)
  const publish = (bytes: Buffer) => bucket.publish(KEY, sourceOf(bytes), null, signal)
  /** Every request has the fault. */
  const always = (fault: Fault) => server.setFault(() => fault)
  const transient = expect.objectContaining({ name: 'BucketError', isTransient: true })

  it.each<[string, Fault]>([
    ['503', { status: 503 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['a connection that is cut before the answer', { cutAfter: -1 }],
    ['a connection that is cut in the body', { cutAfter: 500_000 }],
    ['fewer bytes than the range has', { body: (bytes) => bytes.subarray(0, 1000) }],
    ['more bytes than the range has', { body: (bytes) => Buffer.concat([bytes, bytes]) }],
    ['no bytes', { body: () => Buffer.alloc(0) }],
    ['another range than it was asked for', { headers: { 'content-range': 'bytes 0-999999/2000000' } }],
    ['no range', { headers: { 'content-range': '' } }],
    ['a wrong size of the object', { headers: { 'content-range': 'bytes 10-1000009/12' } }],
  ])('fails to be read for a while with %s, and not after', async (_, fault) => {
    await publish(tea)
    always(fault)
    await expect(read()).rejects.toEqual(transient)
    server.setFault(null)
    expect((await read())?.bytes.equals(tea.subarray(10, 1_000_010))).toBe(true)
  })

  it.each<[string, Fault]>([
    ['before it answers', { delayMs: 60_000 }],
    ['in the body', { headers: { 'content-length': '1000000' }, body: (bytes) => bytes.subarray(0, 1000) }],
  ])('that stops %s is left at once when the caller has waited long enough', async (_, fault) => {
    await publish(tea)
    always(fault)
    const startMs = performance.now()
    await expect(read(AbortSignal.timeout(300))).rejects.toThrow(/timeout|aborted/i)
    expect(performance.now() - startMs).toBeLessThan(10_000)
  })

  it.each<[string, Buffer, (request: ServedRequest) => Fault | null]>([
    ['503', tea, () => ({ status: 503 })],
    ['a connection that is cut', tea, ({ method }) => (method === 'GET' ? null : { cutAfter: -1 })],
    ['503 for a part of a large one', large, ({ method }) => (method === 'PUT' ? { status: 503 } : null)],
    [
      'a connection that is cut in a large one',
      large,
      ({ method }) => (method === 'PUT' ? { cutAfter: -1 } : null),
    ],
  ])('shows either all or nothing of an object after %s, and takes it later', async (_, bytes, fault) => {
    server.setFault(fault)
    await expect(publish(bytes)).rejects.toThrow(BucketError)
    for (const object of server.objects.values()) expect(object.bytes.equals(bytes)).toBe(true)
    server.setFault(null)
    await publish(bytes)
    const [object] = server.objects.values()
    expect(object?.bytes.equals(bytes)).toBe(true)
  })

  it.each([
    ['small', tea],
    ['large', large],
  ])('does not show a %s object in which a bit flipped on the way', async (_, bytes) => {
    server.setFault(({ method }) => ({
      received: (body) => {
        if (body.length < 100_000 && method !== 'PUT') return body
        const flipped = Buffer.from(body)
        flipped.writeUInt8(flipped.readUInt8(body.length >> 1) ^ 1, body.length >> 1)
        return flipped
      },
    }))
    await expect(publish(bytes)).rejects.toThrow(BucketError)
    expect([server.objects.size, server.unfinished.size]).toEqual([0, 0])
  })

  it('removes what unfinished uploads have left, if they are old', async () => {
    server.unfinished.set('old', {
      key: `cache/${KEY}`,
      startedMs: Date.now() - 90_000_000,
      parts: new Map(),
    })
    server.unfinished.set('new', { key: `cache/${KEY}`, startedMs: Date.now(), parts: new Map() })
    server.unfinished.set('other', { key: 'elsewhere', startedMs: 0, parts: new Map() })
    const isCloudStorage = bucket.location.startsWith('gs:')
    expect(await bucket.removeUnfinished(86_400_000, signal)).toBe(isCloudStorage ? 0 : 1)
    expect([...server.unfinished.keys()]).toEqual(isCloudStorage ? ['old', 'new', 'other'] : ['new', 'other'])
  })

  it('fails for good if the bucket does not exist', async () => {
    const other = await openBucket(locationOf(server).replace('builds', 'missing'))
    const permanent = expect.objectContaining({ name: 'BucketError', isTransient: false })
    await expect(other.read(KEY, { start: 0, length: 1 }, null, signal)).rejects.toEqual(permanent)
    await expect(other.publish(KEY, sourceOf(tea), null, signal)).rejects.toEqual(permanent)
    other.close()
  })
})

it('S3 refuses wrong credentials, and the error has none', async () => {
  const server = await startS3Server()
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'not/the+secret')
  const bucket = await openBucket(s3Location(server))
  const error = await bucket
    .read('a', { start: 0, length: 1 }, null, new AbortController().signal)
    .catch((e) => e)
  expect(error).toMatchObject({ name: 'BucketError', isTransient: false })
  expect(error.message).toContain('SignatureDoesNotMatch')
  expect(JSON.stringify([error.message, error.cause, error.stack])).not.toContain('not/the+secret')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', S3_CREDENTIALS.AWS_SECRET_ACCESS_KEY)
  bucket.close()
  await server.close()
})

describe('a bucket of S3 with a large object', () => {
  const large = randomBytes(PART_BYTES + 1)
  const { signal } = new AbortController()
  let server: BucketServer
  let bucket: Bucket
  beforeEach(async () => {
    server = await startS3Server()
    bucket = await openBucket(s3Location(server))
  })
  afterEach(async () => {
    bucket.close()
    await server.close()
  })

  it('is asked for its version where it does not name it, as Ceph', async () => {
    const withoutTag = (body: Buffer) => Buffer.from(body.toString().replace(/<ETag>.*<.ETag>/, ''))
    server.setFault(({ method, url }) =>
      method === 'POST' && url.searchParams.has('uploadId') ? { body: withoutTag } : null,
    )
    const version = await bucket.publish('a', sourceOf(large), null, signal)
    expect(version).toBe(server.objects.get('cache/a')?.version)
    expect(version).toMatch(/./)
  })

  it('gets nothing of another one in its place', async () => {
    await bucket.publish('a', sourceOf(Buffer.from('tea')), null, signal)
    server.requests.length = 0
    expect(await bucket.publish('a', sourceOf(large), null, signal)).toBeNull()
    expect(server.requests.map(({ method }) => method)).toEqual(['GET'])
  })
})

describe('a location', () => {
  it.each([
    [
      's3://builds',
      { driver: 's3', bucket: 'builds', prefix: '', hasPathStyle: false, endpoint: null, region: null },
    ],
    ['s3://builds/a/b/', { prefix: 'a/b/' }],
    [
      's3://builds/a?endpoint=http://localhost:9000/',
      { endpoint: 'http://localhost:9000', hasPathStyle: true },
    ],
    [
      's3://builds?endpoint=https://s3.example.org&style=virtual&region=x',
      { hasPathStyle: false, region: 'x' },
    ],
    ['gs://builds/a', { driver: 'gcs', bucket: 'builds', prefix: 'a/' }],
    ['/mnt/shared', { driver: 'directory', path: '/mnt/shared' }],
  ])('%s is understood', (location, parsed) => {
    expect(parseBucketLocation(location)).toMatchObject(parsed)
  })

  it.each([
    's3://',
    's3:///builds',
    'S3://builds',
    's3://Builds',
    's3://builds#a',
    's3://builds?endpoint=localhost',
    's3://builds?endpoint=http://user:password@localhost',
    's3://builds?secret=x',
    's3://builds?style=other',
    'gs://builds?region=x',
    'https://builds',
    'relative/directory',
    '',
  ])('%s is refused', (location) => {
    expect(parseBucketLocation(location)).toBeNull()
  })
})
