/**
 * What does a page of a report cost that is only in the bucket?
 *
 * Method: a server with S3's protocol in this process answers each request 20 ms late. One machine publishes the
 * reports of `report.ts`, and uploads them. Then other machines with empty caches, each a new object with a new
 * connection, look the entry up, open it, and read the first page (100 nodes, and 100 lines of the first hunk) or 100
 * lines from the report's middle. Five rounds, the median. Text is the whole report as text.
 *
 * How to read the results: a page of the largest report should take under 150 ms, and transfer under 2 MB.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBucket } from '../src/bucket/open-bucket.ts'
import type { DiffCache } from '../src/diff/cache/diff-cache.ts'
import { openCache } from '../src/diff/cache/open-cache.ts'
import { diffoscopeText } from '../src/diff/rendering/diffoscope/diffoscope-text.ts'
import { openReport } from '../src/diff/report/open-report.ts'
import type { Report } from '../src/diff/report/types.ts'
import { createInstanceDir } from '../src/diff/tools/instance-dir.ts'
import { S3_CREDENTIALS, s3Location, startS3Server } from '../test/bucket/s3-protocol.ts'
import { benchReports } from './kit/reports.ts'
import { median } from './kit/stats.ts'

const LATENCY_MS = 20
const ROUNDS = 5
const PAGE = 100

Object.assign(process.env, S3_CREDENTIALS)
const work = await mkdtemp(join(tmpdir(), 'differ-bench-bucket-'))
const server = await startS3Server(LATENCY_MS)
const location = s3Location(server)
let machines = 0
try {
  for (const { name, path, sizeBytes } of await benchReports(process.argv.slice(2))) {
    const uploadMs = await publish(name, path)
    const objectBytes = [...server.objects].find(([key]) => key.endsWith(`/${name}_b`))?.[1].bytes.length ?? 0
    console.log(
      `${name}: ${mb(sizeBytes)}, ${mb(objectBytes)} in the bucket, there after ${uploadMs.toFixed(0)} ms`,
    )
    print('first page', await rounds(name, (report) => page(report, 0)))
    print('middle', await rounds(name, (report) => page(report, 0.5)))
    print('text', await rounds(name, text))
  }
} finally {
  await server.close()
  await rm(work, { recursive: true, force: true })
}

async function withMachine<T>(use: (cache: DiffCache) => Promise<T>): Promise<T> {
  const root = join(work, `machine-${machines++}`)
  await mkdir(join(root, 'differ', 'incoming'), { recursive: true })
  await mkdir(join(root, 'temp'))
  const incomingDir = await createInstanceDir(join(root, 'differ', 'incoming'))
  const tempDir = await createInstanceDir(join(root, 'temp'))
  const bucket = await openBucket(location)
  const bounds = { maxBytes: null, minFreeBytes: 0, maxUnusedMs: null }
  const cache = openCache({ root, bounds, incomingDir, tempDir, shared: { location, bucket } })
  try {
    return await use(cache)
  } finally {
    await cache.close()
    bucket.close()
    await rm(root, { recursive: true, force: true })
  }
}

/** Milliseconds until the entry is in the bucket. */
function publish(name: string, report: string): Promise<number> {
  return withMachine(async (cache) => {
    cache.start()
    await cache.withWriteTarget(
      async (target) => {
        const path = join(target.dir, 'report')
        await copyFile(report, path)
        return target.publish('diffoscope', name, 'b', path, {})
      },
      () => false,
    )
    const start = performance.now()
    while ((cache.shared?.waiting ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    return performance.now() - start
  })
}

interface Cost {
  readonly ms: number
  readonly requests: number
  readonly bytes: number
}

async function rounds(name: string, read: (report: Report) => Promise<void>): Promise<Cost> {
  const costs: Cost[] = []
  for (let round = 0; round < ROUNDS; round++)
    costs.push(
      await withMachine(async (cache) => {
        server.requests.length = 0
        const start = performance.now()
        const entry = await cache.find('diffoscope', name, 'b')
        if (!entry) throw new Error('it is not in the bucket')
        const report = await openReport(entry.path, `${entry.indexPath}.index`)
        try {
          await read(report)
        } finally {
          await report.close()
        }
        return { ms: performance.now() - start, requests: server.requests.length, bytes: server.sentBytes() }
      }),
    )
  return {
    ms: median(costs.map(({ ms }) => ms)),
    requests: median(costs.map(({ requests }) => requests)),
    bytes: median(costs.map(({ bytes }) => bytes)),
  }
}

/** @param place in the report, from 0 to 1 */
async function page(report: Report, place: number): Promise<void> {
  const first = Math.floor(place * (report.counts.nodes - 1))
  const nodes = await report.nodes(first, PAGE)
  const node = nodes.find(({ diff }) => diff)
  if (!node) return
  const [hunk] = await report.hunks(node.ordinal, 0, 1)
  if (hunk) for await (const _ of report.lines(hunk, { from: 0, count: PAGE }));
}

async function text(report: Report): Promise<void> {
  for await (const _ of diffoscopeText(report));
}

function print(what: string, { ms, requests, bytes }: Cost): void {
  console.log(`  ${what.padEnd(12)}${ms.toFixed(0)} ms, ${requests} requests, ${mb(bytes)}`)
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}
