import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openGcsStore } from '../../src/artifacts/gcs.ts'
import { parseGcsLocation } from '../../src/artifacts/gcs-location.ts'
import { Crc32c } from '../../src/artifacts/gcs-requests.ts'
import type { ArtifactStore } from '../../src/artifacts/store.ts'
import { ArtifactRetrievalError, ArtifactsMissingError } from '../../src/errors.ts'
import { buildPackage } from '../fixtures/packages.ts'
import { type FakeGcs, type FakeRequest, refuse, startFakeGcs } from './fake-gcs.ts'
import { describeArtifactStore } from './store-suite.ts'

for (const [driver, location, prefix] of [
  ['bucket', 'gs://builds/', ''],
  ['bucket with a prefix, in pages of two', 'gs://builds/farm/a+b', 'farm/a+b/'],
] as const)
  describeArtifactStore(driver, async () => {
    const fake = await startFakeGcs()
    const store = await openGcsStore(location, {
      endpoint: fake.endpoint,
      retryForMs: 300,
      ...(prefix && { pageSize: 2 }),
    })
    return {
      store,
      put: async (runId, filename, content) => {
        fake.objects.set(`${prefix}${runId}/${filename}`, { content })
      },
      close: async () => {
        await store.close()
        await fake.close()
      },
    }
  })

describe('a bucket of artifacts', () => {
  const NAMES = ['alpha_1_all.deb', 'beta_1_all.deb', 'gamma_1_all.udeb']
  let work: string
  let content: Buffer
  let small: Buffer
  let fake: FakeGcs
  let store: ArtifactStore
  let dir: string
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'differ-gcs-'))
    small = await readFile(await buildPackage(work, { name: 'alpha', version: '1' }))
    // Too long for a connection's buffers, so that a test can interrupt a transfer.
    const files = { noise: randomBytes(8_000_000) }
    content = await readFile(await buildPackage(work, { name: 'alpha', version: '1', files }))
  })
  afterAll(() => rm(work, { recursive: true, force: true }))
  beforeEach(async () => {
    fake = await startFakeGcs()
    for (const name of NAMES) fake.objects.set(`run/${name}`, { content })
    store = await openGcsStore('gs://builds/', { endpoint: fake.endpoint, retryForMs: 400 })
    dir = await mkdtemp(join(work, 'fetch-'))
  })
  afterEach(async () => {
    await store.close()
    await fake.close()
  })

  /** `fetch` with a caller's timeout. */
  const fetchWithin = (ms: number) => store.fetch('run', dir, AbortSignal.timeout(ms))
  const beta = ({ name }: FakeRequest) => name === 'run/beta_1_all.deb'

  it.each<[what: string, fault: (request: FakeRequest) => void]>([
    ['503', ({ response }) => refuse(response, 503, 'Backend Error')],
    ['429', ({ response }) => refuse(response, 429, 'Slow down')],
    ['a connection that is cut before the response', ({ request }) => request.socket.destroy()],
    [
      'a connection that is cut in the middle of a body of known length',
      ({ request, response }) => {
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 100_000), () => request.socket.destroy())
      },
    ],
    [
      'a chunked body that is cut',
      ({ request, response }) => {
        response.writeHead(200)
        response.write(content.subarray(0, 100_000), () => request.socket.destroy())
      },
    ],
    ['a body that ends early without an error', ({ response }) => response.end(content.subarray(0, 1000))],
    ['a body that is too long', ({ response }) => response.end(Buffer.concat([content, content]))],
    ['a wrong byte', ({ response }) => response.end(withWrongEnd(content))],
  ])('retries a download after %s', async (_, fault) => {
    fake.setFault((request) => {
      if (!beta(request) || request.count > 1) return false
      fault(request)
      return true
    })
    const fetched = await fetchWithin(10_000)
    expect(fetched.map(({ filename }) => filename)).toEqual(NAMES)
    for (const { path } of fetched) expect((await readFile(path)).equals(content)).toBe(true)
    expect(fake.requests.filter(beta)).toHaveLength(2)
  })

  it('retries an object without MD5 whose CRC-32C differs from the listing', async () => {
    fake.objects.set('run/beta_1_all.deb', { content, md5: null })
    fake.setFault((request) => {
      if (!beta(request) || request.count > 1) return false
      request.response.end(withWrongEnd(content))
      return true
    })
    await fetchWithin(10_000)
    expect((await readFile(join(dir, 'beta_1_all.deb'))).equals(content)).toBe(true)
    expect(fake.requests.filter(beta)).toHaveLength(2)
  })

  it('retries a listing after 503', async () => {
    fake.setFault(({ kind, count, response }) => {
      if (kind !== 'list' || count > 1) return false
      refuse(response, 503, 'Backend Error')
      return true
    })
    expect(await store.list('run')).toHaveLength(3)
  })

  it.each<[what: string, status: number, tries: 'one' | 'several']>([
    ['stays unavailable', 503, 'several'],
    ['keeps throttling', 429, 'several'],
    ['denies access', 403, 'one'],
    ['rejects the credentials', 401, 'one'],
  ])('throws ArtifactRetrievalError if the store %s (%i, attempts: %s)', async (_, status, tries) => {
    fake.setFault(({ response }) => {
      refuse(response, status, 'no')
      return true
    })
    const error = await fetchWithin(10_000).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ArtifactRetrievalError)
    expect(error).toMatchObject({ runId: 'run', retryable: true, cause: { status } })
    expect(fake.requests.length > 1).toBe(tries === 'several')
  })

  it('throws ArtifactRetrievalError if the connection is refused', async () => {
    await fake.close()
    await expect(store.list('run')).rejects.toThrow(ArtifactRetrievalError)
    fake = await startFakeGcs()
  })

  it('throws ArtifactRetrievalError if every transfer breaks', async () => {
    fake.setFault((request) => {
      if (beta(request)) request.response.end('short')
      return beta(request)
    })
    await expect(fetchWithin(10_000)).rejects.toThrow(ArtifactRetrievalError)
  })

  it('throws ArtifactsMissingError if the bucket does not exist', async () => {
    const elsewhere = await openGcsStore('gs://no-such-bucket/', { endpoint: fake.endpoint })
    await expect(elsewhere.list('run')).rejects.toThrow(ArtifactsMissingError)
    await elsewhere.close()
  })

  it('throws ArtifactsMissingError if an object disappears between listing and download', async () => {
    fake.setFault((request) => {
      if (beta(request)) refuse(request.response, 404, 'No such object')
      return beta(request)
    })
    await expect(fetchWithin(10_000)).rejects.toThrow(ArtifactsMissingError)
  })

  it.each<[when: string, fault: (request: FakeRequest) => boolean]>([
    ['a listing without a response', ({ kind }) => kind === 'list'],
    ['a download without a response', ({ kind }) => kind === 'media'],
    [
      'a body that stalls',
      ({ kind, response }) => {
        if (kind === 'list') return false
        response.writeHead(200, { 'content-length': content.length })
        return response.write(content.subarray(0, 1000))
      },
    ],
    [
      'the pause before a retry',
      ({ response }) => {
        refuse(response, 503, 'Backend Error')
        return true
      },
    ],
  ])('aborts %s at the timeout and leaves no connection', async (_, fault) => {
    const patient = await openGcsStore('gs://builds/', { endpoint: fake.endpoint, retryForMs: 60_000 })
    fake.setFault(fault)
    const began = performance.now()
    const timeout = AbortSignal.timeout(300)
    await expect(patient.fetch('run', dir, timeout)).rejects.toThrow('due to timeout')
    expect(performance.now() - began).toBeLessThan(50_000)
    await untilNoConnectionIsBusy(fake)
    await patient.close()
  })

  it('aborts the other downloads when one fails, and waits until they have ended', async () => {
    fake.setFault((request) => {
      if (beta(request)) refuse(request.response, 403, 'no')
      else if (request.kind === 'media') {
        request.response.writeHead(200, { 'content-length': content.length })
        request.response.write(content.subarray(0, 1000))
      } else return false
      return true
    })
    await expect(fetchWithin(200_000)).rejects.toThrow(ArtifactRetrievalError)
    await untilNoConnectionIsBusy(fake)
  })

  it('aborts running downloads when it is closed', async () => {
    fake.setFault(({ kind }) => kind === 'media')
    const running = store.fetch('run', dir).catch((error: unknown) => error)
    await vi.waitUntil(() => fake.requests.some(({ kind }) => kind === 'media'), { timeout: 60_000 })
    await store.close()
    expect(await running).toBeInstanceOf(ArtifactRetrievalError)
    await untilNoConnectionIsBusy(fake)
  })

  it('runs at most eight downloads concurrently, for all runs together', async () => {
    for (const run of ['many', 'more'])
      for (let n = 0; n < 15; n++) fake.objects.set(`${run}/p${n}x_1_all.deb`, { content: small })
    fake.setFault(({ kind, response }) => {
      if (kind === 'media') setTimeout(() => response.end(small), 30)
      return kind === 'media'
    })
    const other = await mkdtemp(join(work, 'fetch-'))
    const [many, more] = await Promise.all([store.fetch('many', dir), store.fetch('more', other)])
    expect([many.length, more.length]).toEqual([15, 15])
    expect(fake.mostDownloads()).toBe(8)
  })

  it('lists without downloading, and sends an emulator no credentials', async () => {
    await store.list('run')
    expect(fake.requests.map(({ kind }) => kind)).toEqual(['list'])
    expect(fake.requests.map(({ request }) => request.headers.authorization)).toEqual([undefined])
  })

  it.each(['run/../run', '%2e%2e', 'run?prefix=', 'run#', 'r\nun', '\ud800', 'run/'])(
    'treats the id %j as a plain name',
    async (id) => {
      fake.objects.set('secret/alpha_1_all.deb', { content })
      await expect(store.fetch(id, dir)).rejects.toThrow(ArtifactsMissingError)
      expect(await readdir(dir)).toEqual([])
    },
  )

  it('ignores objects in subfolders and objects that are not named like packages', async () => {
    fake.objects.set('run/deeper/delta_1_all.deb', { content })
    fake.objects.set('run/../../delta_1_all.deb', { content })
    fake.objects.set('run//delta_1_all.deb', { content })
    fake.objects.set('run/', { content: Buffer.alloc(0) })
    expect((await store.list('run')).map(({ filename }) => filename)).toEqual(NAMES)
  })

  it('ignores names in a listing that are not below the requested prefix', async () => {
    fake.setFault(({ kind, response }) => {
      if (kind === 'list')
        response.end(
          JSON.stringify({ items: [{ name: 'xxx/../alpha_1_all.deb', size: '1', crc32c: 'AAAAAA==' }] }),
        )
      return kind === 'list'
    })
    await expect(store.list('run')).rejects.toThrow(ArtifactsMissingError)
  })
})

describe('parseGcsLocation', () => {
  it.each([
    ['gs://builds', { bucket: 'builds', prefix: '' }],
    ['gs://builds/', { bucket: 'builds', prefix: '' }],
    ['gs://my.builds_1-2/farm//', { bucket: 'my.builds_1-2', prefix: 'farm/' }],
    ['gs://builds/a/b', { bucket: 'builds', prefix: 'a/b/' }],
    ['gs://', null],
    ['gs://Builds/', null],
    ['gs:///farm', null],
    ['gs://user@builds/', null],
    ['gs://builds/?x', null],
    ['s3://builds/', null],
    ['/builds', null],
  ])('parses %s', (location, parsed) => {
    expect(parseGcsLocation(location)).toEqual(parsed)
  })
})

it('computes the CRC-32C of chunks in the format of the store', () => {
  // The check value of the algorithm, 0xe3069283, in Base64.
  expect(new Crc32c().update(Buffer.from('1234')).update(Buffer.from('56789')).digest()).toBe('4waSgw==')
  expect(new Crc32c().digest()).toBe('AAAAAA==')
})

async function untilNoConnectionIsBusy(fake: FakeGcs): Promise<void> {
  await expect.poll(() => fake.busyConnections(), { timeout: 2_000, interval: 10 }).toBe(0)
}

function withWrongEnd(content: Buffer): Buffer {
  return Buffer.concat([content.subarray(0, -1), Buffer.of((content.at(-1) ?? 0) ^ 1)])
}
