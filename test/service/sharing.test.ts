/** Many ask for one diff; some go away. */

import { once } from 'node:events'
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
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

let postgres: TestPostgres
let places: Places
let gate: Gate
let service: TestService

beforeAll(async () => {
  postgres = await startPostgres()
  places = await makePlaces()
  gate = await makeGate(join(places.root, 'gate'))
  service = await startService({ databaseUrl: postgres.url, places, env: gate.env })
})
afterEach(() => gate.open())
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

const noTraces = () => eventually(async () => expect(await tracesOf(places)).toEqual(NO_TRACES))

/** A GraphQL request body for both diffs, made now. */
const bothDiffs = ({ old, new: fresh }: { old: string; new: string }) =>
  JSON.stringify({
    query: `{ comparison(old: "${old}", new: "${fresh}") { ... on Comparison {
      debdiff(mode: WAIT) { __typename ... on Debdiff { text { content { text } } } }
      diffoscope(mode: WAIT) { __typename ... on Diffoscope { text { content { text } } } }
    } } }`,
  })

describe('100 requests at a time for a pair that is not cached', () => {
  it('start each tool once, and all get the same answers', async () => {
    const pair = await addPair(service, 'hundred')
    const before = (await gate.started()).length
    await gate.close()
    const path = `${pair.old}/${pair.new}`
    const rest = ['debdiff', 'diffoscope'].flatMap((kind) =>
      ['text/plain', 'text/html', 'application/json'].map((accept) => ({ kind, accept })),
    )
    const asked = Array.from({ length: 100 }, async (_, n) => {
      if (n % 3 > 0) {
        const { kind, accept } = rest[n % rest.length]!
        const { status, text } = await service.ask(`/${kind}/${path}`, { headers: { accept } })
        return { what: `${kind} as ${accept}`, status, text }
      }
      const { status, text } = await service.ask('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bothDiffs(pair),
      })
      return { what: 'GraphQL', status, text }
    })
    await eventually(async () => expect((await gate.started()).length - before).toBe(2))
    // All are there by now; what would start a tool of its own has the time to.
    await sleep(500)
    await gate.open()
    const answers = await Promise.all(asked)
    expect((await gate.started()).slice(before).sort()).toEqual(['debdiff', 'diffoscope'])
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
    const distinct = new Map<string, Set<string>>()
    for (const { what, text } of answers) distinct.set(what, (distinct.get(what) ?? new Set()).add(text))
    expect([...distinct.values()].map(({ size }) => size)).toEqual([...distinct].map(() => 1))
    const [graphql] = distinct.get('GraphQL') ?? []
    const { data } = JSON.parse(graphql ?? '{}')
    expect(data.comparison.debdiff.text.content.text).toContain('Files in second set of .debs')
    expect(data.comparison.diffoscope.text.content.text).toContain('+weiß')
    await noTraces()
  })
})

describe('a client that goes away', () => {
  const ways = [
    { way: 'REST', tool: 'debdiff', started: ['debdiff'], path: '/debdiff/' },
    { way: 'REST', tool: 'diffoscope', started: ['diffoscope'], path: '/diffoscope/' },
    { way: 'GraphQL', tool: 'both', started: ['debdiff', 'diffoscope'], path: null },
  ]

  const begin = (path: string | null, pair: { old: string; new: string }) =>
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
        // The tool and the child that it made; and what it unpacked.
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

  it('takes nothing from another who waits for the same', async () => {
    const pair = await addPair(service, 'two')
    const before = (await gate.started()).length
    await gate.close()
    const first = begin('/diffoscope/', pair)
    await eventually(async () => expect((await gate.started()).length - before).toBe(1))
    const second = service.ask(`/diffoscope/${pair.old}/${pair.new}`, { headers: { accept: 'text/plain' } })
    await sleep(300)
    first.destroy()
    await sleep(300)
    expect((await tracesOf(places)).processes.length).toBeGreaterThan(0)
    await gate.open()
    const { status, text } = await second
    expect(status).toBe(200)
    expect(text).toContain('+weiß')
    expect((await gate.started()).slice(before)).toEqual(['diffoscope'])
    await noTraces()
  })

  it('before its turn came costs nobody anything', async () => {
    const pair = await addPair(service, 'early')
    const before = (await gate.started()).length
    begin('/debdiff/', pair).destroy()
    await sleep(300)
    await noTraces()
    const { status } = await service.ask(`/debdiff/${pair.old}/${pair.new}`)
    expect(status).toBe(200)
    expect((await gate.started()).length - before).toBeLessThanOrEqual(2)
  })
})

describe('a big answer', () => {
  const pair = { old: 'big-old', new: 'big-new' }
  const path = `/diffoscope/${pair.old}/${pair.new}`
  const cached = () => join(places.cache, 'diffoscope', `${pair.old}_${pair.new}.json`)

  beforeAll(async () => {
    await service.addRun({ id: pair.old }, [])
    await service.addRun({ id: pair.new }, [])
    // As the old service left it: 400 files of 100 KB that differ.
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

  /** How often this process has the report or something made of it open. */
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

  it.each(['text/plain', 'application/json', 'text/html', 'text/markdown'])(
    'as %s waits for a slow client, stops for one that is gone, and closes its files',
    async (accept) => {
      expect(await openFiles()).toBe(0)
      const answers = await Promise.all(Array.from({ length: 5 }, () => begin(accept)))
      let bytes = 0
      for (const answer of answers) {
        expect(answer.statusCode).toBe(200)
        await once(answer, 'readable')
        bytes += (answer.read() as Buffer).length
      }
      // Nobody reads on. Meanwhile others are served.
      expect((await service.ask('/health')).status).toBe(200)
      const [slow, ...gone] = answers
      for (const answer of gone) answer.destroy()
      await sleep(200)

      for await (const chunk of slow!) bytes += (chunk as Buffer).length
      expect(slow?.complete).toBe(true)
      expect(bytes).toBeGreaterThan(5_000_000)
      await eventually(async () => expect(await openFiles()).toBe(0))
    },
  )

  it('is not made to the end for a client that is gone', async () => {
    const answer = await begin('text/plain')
    await once(answer, 'readable')
    await sleep(300)
    expect(await openFiles()).toBeGreaterThan(0)
    answer.destroy()
    await eventually(async () => expect(await openFiles()).toBe(0))
  })
})
