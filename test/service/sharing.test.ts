/** Many clients request one diff, and some of them disconnect. */
import { once } from 'node:events'
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  NO_TRACES,
  type Places,
  send,
  startService,
  type TestService,
  tracesOf,
} from '../fixtures/service.ts'

let postgres: TestDatabase
let places: Places
let gate: Gate
let service: TestService

beforeAll(async () => {
  postgres = await createTestDatabase()
  places = await makePlaces()
  gate = await makeGate(join(places.root, 'gate'))
  // One address may wait for a quarter of them.
  const env = { ...gate.env, DIFFER_MAX_WAITING_DIFFS: '1000' }
  service = await startService({ databaseUrl: postgres.url, places, env })
})
afterEach(() => gate.open())
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

const noTraces = () => eventually(async () => expect(await tracesOf(places)).toEqual(NO_TRACES))

/** How often a diff was looked up that was not cached. Summaries do not count: they do not wait for the gate. */
async function countMisses(): Promise<number> {
  const { text } = await service.ask('/metrics')
  const line = /^differ_cache_lookups_total\{kind="(?:debdiff|diffoscope)",result="miss"\} (\d+)$/gm
  const counts = text.matchAll(line)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Waits until the cache was asked at least `count` times for what it lacks, since there were `before` misses. */
const untilArrived = (count: number, before: number) =>
  eventually(async () => expect((await countMisses()) - before).toBeGreaterThanOrEqual(count))

/** How many clients that requested `path` disconnected before the response was complete. */
function countDisconnects(path: string): number {
  const requests = service.log.map(({ http }) => http as { url: string; status: number } | undefined)
  return requests.filter((http) => http?.url === path && http.status === 499).length
}

interface Pair {
  readonly old: string
  readonly new: string
}

/** The body of a GraphQL request for both diffs, with mode WAIT. */
const bothDiffs = (pair: Pair) =>
  JSON.stringify({
    query: `{ comparison(old: "${pair.old}", new: "${pair.new}") { ... on Comparison {
      debdiff(mode: WAIT) { __typename ... on Debdiff { text { content { text } } } }
      diffoscope(mode: WAIT) { __typename ... on Diffoscope { text { content { text } } } }
    } } }`,
  })

describe('100 concurrent requests for a pair that is not cached', () => {
  it('start each tool once, and get the same responses', async () => {
    const pair = await addPair(service, 'hundred')
    const before = (await gate.started()).length
    const missesBefore = await countMisses()
    await gate.close()
    const path = `${pair.old}/${pair.new}`
    const kinds = ['debdiff', 'diffoscope']
    const formats = ['text/plain', 'text/html', 'application/json']
    const responses = Array.from({ length: 100 }, async (_, n) => {
      if (n % 3 > 0) {
        const kind = kinds[n % 2] as string
        const accept = formats[Math.floor(n / 2) % 3] as string
        const { status, text } = await service.ask(`/${kind}/${path}`, { headers: { accept } })
        return { request: `${kind} as ${accept}`, status, text }
      }
      const { status, text } = await service.ask('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bothDiffs(pair),
      })
      return { request: 'GraphQL', status, text }
    })
    await eventually(async () => expect((await gate.started()).length - before).toBe(2))
    // 66 requests for one diff, and 34 over GraphQL for both, each of which is looked up twice.
    await untilArrived(66 + 2 * 2 * 34, missesBefore)
    await gate.open()
    const answers = await Promise.all(responses)
    expect((await gate.started()).slice(before).sort()).toEqual(['debdiff', 'diffoscope'])
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
    const distinct = new Map<string, Set<string>>()
    for (const { request, text } of answers)
      distinct.set(request, (distinct.get(request) ?? new Set()).add(text))
    expect([...distinct.values()].map(({ size }) => size)).toEqual([...distinct].map(() => 1))
    const [graphql] = distinct.get('GraphQL') ?? []
    const { data } = JSON.parse(graphql ?? '{}')
    expect(data.comparison.debdiff.text.content.text).toContain('Files in second set of .debs')
    expect(data.comparison.diffoscope.text.content.text).toContain('+weiß')
    await noTraces()
  })
})

describe('a client that disconnects', () => {
  const ways = [
    { way: 'REST', tool: 'debdiff', started: ['debdiff'], path: '/debdiff/' },
    { way: 'REST', tool: 'diffoscope', started: ['diffoscope'], path: '/diffoscope/' },
    { way: 'GraphQL', tool: 'both', started: ['debdiff', 'diffoscope'], path: null },
  ]

  const begin = (path: string | null, pair: Pair) =>
    path
      ? send(service.url, `${path}${pair.old}/${pair.new}`)
      : send(service.url, '/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: bothDiffs(pair),
        })

  it.each(ways)(
    'leaves no process and no file behind ($way, $tool)',
    async ({ way, tool, path, started }) => {
      const pair = await addPair(service, `gone-${way.toLowerCase()}-${tool}`)
      const before = (await gate.started()).length
      await gate.close()
      const request = begin(path, pair)
      await eventually(async () => {
        expect((await gate.started()).slice(before).sort()).toEqual(started)
        const traces = await tracesOf(places)
        // Each tool has started a child and unpacked a file.
        expect(traces.processes.length).toBeGreaterThanOrEqual(2 * started.length)
        expect(traces.files.filter((file) => file.endsWith('/unpacked'))).toHaveLength(started.length)
      })
      request.destroy()
      await noTraces()
      expect(await readdir(join(places.cache, 'debdiff')).catch(() => [])).not.toContain(
        `${pair.old}_${pair.new}`,
      )

      await gate.open()
      const again = await service.ask(`/debdiff/${pair.old}/${pair.new}`)
      expect(again.status).toBe(200)
    },
  )

  it('does not stop a diff for which another client waits', async () => {
    const pair = await addPair(service, 'two')
    const missesBefore = await countMisses()
    const before = (await gate.started()).length
    await gate.close()
    const first = begin('/diffoscope/', pair)
    await eventually(async () => expect((await gate.started()).length - before).toBe(1))
    const second = service.ask(`/diffoscope/${pair.old}/${pair.new}`, { headers: { accept: 'text/plain' } })
    await untilArrived(2, missesBefore)
    first.destroy()
    await eventually(() => expect(countDisconnects(`/diffoscope/${pair.old}/${pair.new}`)).toBe(1))
    expect((await tracesOf(places)).processes.length).toBeGreaterThan(0)
    await gate.open()
    const { status, text } = await second
    expect(status).toBe(200)
    expect(text).toContain('+weiß')
    expect((await gate.started()).slice(before)).toEqual(['diffoscope'])
    await noTraces()
  })

  it('right after its request leaves nothing behind', async () => {
    const pair = await addPair(service, 'early')
    const before = (await gate.started()).length
    begin('/debdiff/', pair).destroy()
    // The service accepts connections in order, so it has seen that request after this one.
    expect((await service.ask('/health')).status).toBe(200)
    await noTraces()
    const { status } = await service.ask(`/debdiff/${pair.old}/${pair.new}`)
    expect(status).toBe(200)
    expect((await gate.started()).length - before).toBeLessThanOrEqual(2)
  })
})

describe('a large response', () => {
  const pair = { old: 'big-old', new: 'big-new' }
  const path = `/diffoscope/${pair.old}/${pair.new}`
  const cached = () => join(places.cache, 'diffoscope', `${pair.old}_${pair.new}.json`)

  beforeAll(async () => {
    await service.addRun({ id: pair.old }, [])
    await service.addRun({ id: pair.new }, [])
    // A report of the old service with 400 files, each with a diff of 100 KB.
    const lines = Array.from({ length: 2000 }, (_, n) => `${n % 2 ? '+' : '-'}line ${n} ${'x'.repeat(40)}\n`)
    const diff = `@@ -1,1000 +1,1000 @@\n${lines.join('')}`
    const details = Array.from({ length: 400 }, (_, n) => ({
      source1: `file-${n}`,
      source2: `file-${n}`,
      unified_diff: diff,
    }))
    const report = { 'diffoscope-json-version': 1, source1: 'a', source2: 'b', unified_diff: null, details }
    await mkdir(join(places.cache, 'diffoscope'), { recursive: true })
    await writeFile(cached(), JSON.stringify(report))
  })

  /** How many files of the cache this process has open. */
  async function openFiles(): Promise<number> {
    const fds = await readdir('/proc/self/fd')
    const targets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
    return targets.filter((target) => target.startsWith(places.cache)).length
  }

  const begin = async (accept: string): Promise<IncomingMessage> => {
    const request = send(service.url, path, { headers: { accept } })
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    answer.on('error', () => {})
    onTestFinished(() => void answer.destroy())
    return answer
  }

  // Not as HTML: a page of it is small, however large the report is.
  it.each(['text/plain', 'application/json', 'text/markdown'])(
    'as %s waits for a slow client, stops for a disconnected one, and closes its files',
    async (accept) => {
      expect(await openFiles()).toBe(0)
      const answers = await Promise.all(Array.from({ length: 5 }, () => begin(accept)))
      let bytes = 0
      for (const answer of answers) {
        expect(answer.statusCode).toBe(200)
        await once(answer, 'readable')
        bytes += (answer.read() as Buffer).length
      }
      // Other clients are served while these do not read.
      expect((await service.ask('/health')).status).toBe(200)
      const [slow, ...others] = answers
      if (!slow) throw new Error('there is no response')
      const before = countDisconnects(path)
      for (const other of others) other.destroy()
      await eventually(() => expect(countDisconnects(path) - before).toBe(others.length))

      for await (const chunk of slow) bytes += (chunk as Buffer).length
      expect(slow.complete).toBe(true)
      expect(bytes).toBeGreaterThan(5_000_000)
      await eventually(async () => expect(await openFiles()).toBe(0))
    },
  )

  it('is not rendered to the end for a client that does not read', async () => {
    const started = performance.now()
    expect((await service.ask(path, { headers: { accept: 'text/plain' } })).status).toBe(200)
    const wholeMs = performance.now() - started
    const answer = await begin('text/plain')
    await once(answer, 'readable')
    // The whole rendering takes this long.
    await sleep(wholeMs)
    expect(await openFiles()).toBeGreaterThan(0)
    answer.destroy()
    await eventually(async () => expect(await openFiles()).toBe(0))
  })
})
