/** Bodies of all sizes: with a length or chunked, compressed or not, with the same bytes each time. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
const SIZES = { small: 10_000, middling: 1_000_000, large: 5_000_000 }
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
  const path = join(places.cache, 'diffoscope', `${pair.old}_${pair.new}.json`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, JSON.stringify(report))
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
