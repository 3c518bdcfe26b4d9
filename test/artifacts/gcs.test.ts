import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openGcsStore } from '../../src/artifacts/gcs.ts'
import { parseGcsLocation } from '../../src/artifacts/gcs-location.ts'
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
    // Longer than what a connection's buffers hold, so that a transfer can be met in the middle.
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

  /** As `fetch`, with the time that a caller gives. */
  const fetchWithin = (ms: number) => store.fetch('run', dir, AbortSignal.timeout(ms))
  const beta = ({ name }: FakeRequest) => name === 'run/beta_1_all.deb'

  it.each<[what: string, fault: (asked: FakeRequest) => void]>([
    ['503', ({ response }) => refuse(response, 503, 'Backend Error')],
    ['429', ({ response }) => refuse(response, 429, 'Slow down')],
    ['a connection that is cut before the answer', ({ request }) => request.socket.destroy()],
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
    ['a body that ends early as if it were whole', ({ response }) => response.end(content.subarray(0, 1000))],
    ['a body that is too long', ({ response }) => response.end(Buffer.concat([content, content]))],
    ['a wrong byte', ({ response }) => response.end(withWrongEnd(content))],
  ])('tries a download again after %s', async (_, fault) => {
    fake.setFault((asked) => {
      if (!beta(asked) || asked.count > 1) return false
      fault(asked)
      return true
    })
    const fetched = await fetchWithin(10_000)
    expect(fetched.map(({ filename }) => filename)).toEqual(NAMES)
    for (const { path } of fetched) expect((await readFile(path)).equals(content)).toBe(true)
    expect(fake.requests.filter(beta)).toHaveLength(2)
  })

  it('holds an object without MD5 to its CRC-32C', async () => {
    fake.objects.set('run/beta_1_all.deb', { content, md5: null })
    fake.setFault((asked) => {
      if (!beta(asked) || asked.count > 1) return false
      asked.response.end(withWrongEnd(content))
      return true
    })
    await fetchWithin(10_000)
    expect((await readFile(join(dir, 'beta_1_all.deb'))).equals(content)).toBe(true)
    expect(fake.requests.filter(beta)).toHaveLength(2)
  })

  it('tries a listing again after 503', async () => {
    fake.setFault(({ kind, count, response }) => {
      if (kind !== 'list' || count > 1) return false
      refuse(response, 503, 'Backend Error')
      return true
    })
    expect(await store.list('run')).toHaveLength(3)
  })

  it.each<[what: string, status: number, tries: 'one' | 'several']>([
    ['is away for longer', 503, 'several'],
    ['asks for less for longer', 429, 'several'],
    ['refuses', 403, 'one'],
    ['does not know the credentials', 401, 'one'],
  ])('says that the retrieval failed where the store %s (%i: %s tried)', async (_, status, tries) => {
    fake.setFault(({ response }) => {
      refuse(response, status, 'no')
      return true
    })
    const error = await fetchWithin(10_000).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ArtifactRetrievalError)
    expect(error).toMatchObject({ runId: 'run', retryable: true, cause: { status } })
    expect(fake.requests.length > 1).toBe(tries === 'several')
  })

  it('says that the retrieval failed where nobody listens', async () => {
    await fake.close()
    await expect(store.list('run')).rejects.toThrow(ArtifactRetrievalError)
    fake = await startFakeGcs()
  })

  it('says that the retrieval failed where a transfer breaks again and again', async () => {
    fake.setFault((asked) => {
      if (beta(asked)) asked.response.end('short')
      return beta(asked)
    })
    await expect(fetchWithin(10_000)).rejects.toThrow(ArtifactRetrievalError)
  })

  it('says that artifacts are missing in a bucket that is not there', async () => {
    const elsewhere = await openGcsStore('gs://no-such-bucket/', { endpoint: fake.endpoint })
    await expect(elsewhere.list('run')).rejects.toThrow(ArtifactsMissingError)
    await elsewhere.close()
  })

  it('says that artifacts are missing where one goes between listing and download', async () => {
    fake.setFault((asked) => {
      if (beta(asked)) refuse(asked.response, 404, 'No such object')
      return beta(asked)
    })
    await expect(fetchWithin(10_000)).rejects.toThrow(ArtifactsMissingError)
  })

  it.each<[when: string, fault: (asked: FakeRequest) => boolean]>([
    ['a listing that is not answered', ({ kind }) => kind === 'list'],
    ['a download that is not answered', ({ kind }) => kind === 'media'],
    [
      'a body that stalls',
      ({ kind, response }) => {
        if (kind === 'list') return false
        response.writeHead(200, { 'content-length': content.length })
        return response.write(content.subarray(0, 1000))
      },
    ],
    [
      'a pause before the next try',
      ({ response }) => {
        refuse(response, 503, 'Backend Error')
        return true
      },
    ],
  ])('ends %s when the time is over, and leaves no connection', async (_, fault) => {
    const patient = await openGcsStore('gs://builds/', { endpoint: fake.endpoint, retryForMs: 60_000 })
    fake.setFault(fault)
    const began = performance.now()
    const time = AbortSignal.timeout(300)
    await expect(patient.fetch('run', dir, time)).rejects.toThrow('due to timeout')
    expect(performance.now() - began).toBeLessThan(50_000)
    await untilNothingIsUnderWay(fake)
    await patient.close()
  })

  it('stops the other downloads where one fails, and waits for their ends', async () => {
    fake.setFault((asked) => {
      if (beta(asked)) refuse(asked.response, 403, 'no')
      else if (asked.kind === 'media') {
        asked.response.writeHead(200, { 'content-length': content.length })
        asked.response.write(content.subarray(0, 1000))
      } else return false
      return true
    })
    await expect(fetchWithin(200_000)).rejects.toThrow(ArtifactRetrievalError)
    await untilNothingIsUnderWay(fake)
  })

  it('ends what runs when it is closed', async () => {
    fake.setFault(({ kind }) => kind === 'media')
    const running = store.fetch('run', dir).catch((error: unknown) => error)
    while (!fake.requests.some(({ kind }) => kind === 'media')) await sleep(5)
    await store.close()
    expect(await running).toBeInstanceOf(ArtifactRetrievalError)
    await untilNothingIsUnderWay(fake)
  })

  it('downloads a bounded number at a time, of all runs together', async () => {
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

  it('lists and fetches nothing for a listing, and asks without credentials', async () => {
    await store.list('run')
    expect(fake.requests.map(({ kind }) => kind)).toEqual(['list'])
    expect(fake.requests[0]!.request.headers.authorization).toBeUndefined()
  })

  it.each(['run/../run', '%2e%2e', 'run?prefix=', 'run#', 'r\nun', '\ud800', 'run/'])(
    'takes the id %j for a name and nothing else',
    async (id) => {
      fake.objects.set('secret/alpha_1_all.deb', { content })
      await expect(store.fetch(id, dir)).rejects.toThrow(ArtifactsMissingError)
      expect(await readdir(dir)).toEqual([])
    },
  )

  it('passes over objects in folders below the run, and names that are no packages', async () => {
    fake.objects.set('run/deeper/delta_1_all.deb', { content })
    fake.objects.set('run/../../delta_1_all.deb', { content })
    fake.objects.set('run//delta_1_all.deb', { content })
    fake.objects.set('run/', { content: Buffer.alloc(0) })
    expect((await store.list('run')).map(({ filename }) => filename)).toEqual(NAMES)
  })

  it('does not trust a listing that answers with names it was not asked for', async () => {
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

describe('the address of a bucket', () => {
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
  ])('%s', (location, parsed) => {
    expect(parseGcsLocation(location)).toEqual(parsed)
  })
})

async function untilNothingIsUnderWay(fake: FakeGcs): Promise<void> {
  for (const end = performance.now() + 2_000; fake.busyConnections() > 0 && performance.now() < end; )
    await sleep(10)
  expect(fake.busyConnections()).toBe(0)
}

function withWrongEnd(content: Buffer): Buffer {
  return Buffer.concat([content.subarray(0, -1), Buffer.of((content.at(-1) ?? 0) ^ 1)])
}
