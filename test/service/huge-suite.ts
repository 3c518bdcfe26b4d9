/** A report that does not fit into the heap of the service, served over HTTP. */
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { makePlaces, type Places, send } from '../fixtures/service.ts'
import { serve } from './processes.ts'

/** No line is a part of another one, so occurrences can be counted. */
const LINE = 'mov    0x10(%rax),%rdx # "é"'
const LINES = 20_000

/** Fetches a report in a format and counts the occurrences of `LINE`. */
async function fetchReport(url: string, accept: string, query: string) {
  const needle = Buffer.from('%rax')
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    send(url, `/diffoscope/a/b${query}`, { headers: { accept } })
      .once('response', resolve)
      .once('error', reject)
  })
  let [count, length, tail] = [0, 0, Buffer.alloc(0)]
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    const bytes = Buffer.concat([tail, chunk])
    let at = -1
    for (;;) {
      const found = bytes.indexOf(needle, at + 1)
      if (found < 0) break
      count++
      at = found
    }
    // May contain the beginning of the next occurrence.
    tail = bytes.subarray(Math.max(at + 1, bytes.length - needle.length + 1))
  }
  return { status: response.statusCode, count, length, complete: response.complete }
}

/** @param diffBytes of the one diff in the report; more than the 128 MB of the heap */
export function describeHugeReport(diffBytes: number): void {
  let postgres: TestDatabase
  let places: Places
  let lines = 0
  beforeAll(async () => {
    ;[postgres, places] = await Promise.all([createTestDatabase(), makePlaces()])
    const database = await openDatabase({ url: postgres.url })
    await seedRuns(database, [{ id: 'a' }, { id: 'b' }])
    await database.close()
    await mkdir(join(places.cache, 'diffoscope'), { recursive: true })
    const file = await open(join(places.cache, 'diffoscope', 'a_b.json'), 'w')
    const part = JSON.stringify(`+${LINE}\n`.repeat(LINES)).slice(1, -1)
    const times = Math.ceil(diffBytes / Buffer.byteLength(part))
    lines = times * LINES
    await file.writeFile(
      `{"diffoscope-json-version": 1, "source1": "a", "source2": "b", "unified_diff": null, "details": [{"source1": "huge", "source2": "huge", "unified_diff": "@@ -0,0 +1,${lines} @@\\n`,
    )
    for (let left = times; left > 0; left--) await file.writeFile(part)
    await file.writeFile('"}]}')
    await file.close()
  })
  afterAll(async () => {
    await postgres?.stop()
    if (places) await removeTree(places.root)
  })

  it('is served in every format at once, filtered and unfiltered, with a heap of 128 MB', async () => {
    const service = await serve(places, {
      DATABASE_URL: postgres.url,
      NODE_OPTIONS: '--max-old-space-size=128',
    })
    for (const query of ['', '?filter_boring']) {
      const [json, text, markdown, html] = await Promise.all(
        ['application/json', 'text/plain', 'text/markdown', 'text/html'].map((accept) =>
          fetchReport(service.url, accept, query),
        ),
      )
      for (const complete of [json, text, markdown])
        expect(complete).toMatchObject({ status: 200, count: lines, complete: true })
      expect(json?.length).toBeGreaterThan(diffBytes)
      // The page omits most of the block and links to the rest.
      expect(html).toMatchObject({ status: 200, complete: true })
      expect(html?.count).toBeGreaterThan(100)
    }
    const status = await readFile(`/proc/${service.pid}/status`, 'utf8')
    const peakBytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
    expect(peakBytes).toBeLessThan(450e6)
    expect(await service.end('SIGTERM')).toBe(0)
  })
}
