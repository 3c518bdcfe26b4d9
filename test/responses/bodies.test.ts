/** Bodies of all sizes: with a length or chunked, compressed or not, with the same bytes each time. */
import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EntryStore } from '../../src/diff/cache/entry-store.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { addPair, makePlaces, type Places, startService, type TestService } from '../fixtures/service.ts'

let postgres: TestDatabase
let places: Places
let service: TestService
beforeAll(async () => {
  postgres = await createTestDatabase()
  places = await makePlaces()
  service = await startService({ databaseUrl: postgres.url, places })
  for (const size of Object.keys(SIZES) as Size[]) await storeReport(size)
})
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

/**
 * Of a report, in bytes: one that is read at once, one that is copied in chunks, one that a worker thread
 * renders.
 */
const SIZES = {
  small: 10_000,
  middling: 1_000_000,
  large: 5_000_000,
  'compressed-middling': 1_000_000,
  'compressed-large': 5_000_000,
}
type Size = keyof typeof SIZES
const FORMATS = ['application/json', 'text/plain', 'text/markdown', 'text/html']
const paths: Record<string, string> = {}

async function storeReport(size: Size): Promise<void> {
  const pair = await addPair(service, size)
  const lines = Array.from({ length: SIZES[size] / 40 }, (_, number) => `+a line that is number ${number}`)
  const report = {
    'diffoscope-json-version': 1,
    source1: 'old version',
    source2: 'new version',
    unified_diff: null,
    details: [
      { source1: 'a', source2: 'a', unified_diff: `@@ -0,0 +1,${lines.length} @@\n${lines.join('\n')}\n` },
    ],
  }
  const isCompressed = size.startsWith('compressed')
  const path = join(places.cache, isCompressed ? '.' : 'diffoscope', `${pair.old}_${pair.new}.json`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, JSON.stringify(report))
  if (isCompressed) {
    const { sizeBytes } = await new EntryStore(places.cache).publish('diffoscope', pair.old, pair.new, path)
    expect(sizeBytes).toBeLessThan(SIZES[size] / 5)
    await rm(path)
  }
  paths[size] = `/diffoscope/${pair.old}/${pair.new}`
}

const ask = (size: Size, headers: Record<string, string>) => service.ask(paths[size] as string, { headers })

const UNPACK = { br: brotliDecompressSync, gzip: gunzipSync }

describe.each(Object.keys(SIZES) as Size[])('the body of a %s report', (size) => {
  it.each(FORMATS)('is the same each time, compressed or not: %s', async (accept) => {
    const plain = await ask(size, { accept })
    expect([plain.status, plain.headers['content-encoding']]).toEqual([200, undefined])
    expect(plain.bytes.length).toBeGreaterThan(5_000)
    for (const encoding of ['br', 'gzip'] as const) {
      const packed = await ask(size, { accept, 'accept-encoding': encoding })
      expect(packed.headers['content-encoding']).toBe(encoding)
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2)
      expect(UNPACK[encoding](packed.bytes).equals(plain.bytes)).toBe(true)
      const tag = packed.headers.etag as string
      expect(tag).not.toBe(plain.headers.etag)
      expect((await ask(size, { accept, 'accept-encoding': encoding, 'if-none-match': tag })).status).toBe(
        304,
      )
    }
    // From a cache by now, if it is cached.
    for (let time = 0; time < 3; time++)
      expect((await ask(size, { accept })).bytes.equals(plain.bytes)).toBe(true)
  })
})

it('a small body has a Content-Length, a large one is chunked', async () => {
  const small = await ask('small', { accept: 'application/json' })
  expect(small.headers['content-length']).toBe(String(small.bytes.length))
  const large = await ask('large', { accept: 'text/plain' })
  expect([large.headers['content-length'], large.headers['transfer-encoding']]).toEqual([
    undefined,
    'chunked',
  ])
})

describe('the JSON of a report that is stored compressed', () => {
  const JSON_TYPE = { accept: 'application/json' }
  const unzstd = (bytes: Buffer) => execFileSync('zstd', ['-d', '-c'], { input: bytes, maxBuffer: 1 << 26 })

  it.each(['compressed-middling', 'compressed-large'] as const)(
    'is sent as it is stored to a client that accepts zstd (%s)',
    async (size) => {
      const plain = await ask(size, JSON_TYPE)
      const packed = await ask(size, { ...JSON_TYPE, 'accept-encoding': 'gzip, deflate, br, zstd' })
      expect(packed.headers['content-encoding']).toBe('zstd')
      expect(packed.headers.vary).toContain('Accept-Encoding')
      expect(packed.bytes.length).toBeLessThan(SIZES[size] / 5)
      expect(unzstd(packed.bytes).equals(plain.bytes)).toBe(true)
      const tag = packed.headers.etag as string
      expect(tag).toBe(String(plain.headers.etag).replace(/"$/, '-zstd"'))
      const again = await ask(size, { ...JSON_TYPE, 'accept-encoding': 'zstd', 'if-none-match': tag })
      expect([again.status, again.headers.etag]).toEqual([304, tag])
    },
  )

  it.each<[size: Size, accepted: string, coding: string | undefined]>([
    ['compressed-large', 'zstd;q=0.5, br', 'br'],
    ['compressed-large', 'zstd;q=0, gzip', 'gzip'],
    ['compressed-large', 'zstd', 'zstd'],
    ['compressed-large', '*', 'zstd'],
    ['compressed-large', 'identity', undefined],
    ['large', 'gzip, zstd', 'gzip'],
    ['large', 'zstd', undefined],
  ])('of a %s one is sent to a client with Accept-Encoding: %s as %s', async (size, accepted, coding) => {
    const { headers } = await ask(size, { ...JSON_TYPE, 'accept-encoding': accepted })
    expect(headers['content-encoding']).toBe(coding)
  })

  it.each(FORMATS.filter((format) => format !== 'application/json'))(
    'is the only format in that coding, not %s',
    async (accept) => {
      const { headers } = await ask('compressed-large', { accept, 'accept-encoding': 'zstd, br' })
      expect(headers['content-encoding']).toBe('br')
    },
  )
})
