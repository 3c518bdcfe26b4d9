/** `/metrics` of a real service under work, parsed as strictly as Prometheus does. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { MetricSources } from '../../src/metrics/source-gauges.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  NEW_PACKAGES,
  startService,
  type TestService,
} from '../fixtures/service.ts'
import { type Families, parseExposition, sampleValue } from './exposition.ts'

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'

const METHODS = ['GET', 'HEAD', 'PUT', 'PROPFIND']

async function readMetrics(service: TestService): Promise<Families> {
  return parseExposition((await service.ask('/metrics')).text, 'prometheus')
}

describe('the metrics', () => {
  let service: TestService
  let gate: Gate
  let places: Awaited<ReturnType<typeof makePlaces>>
  let pair: { old: string; new: string }

  beforeAll(async () => {
    places = await makePlaces()
    gate = await makeGate(join(places.root, 'gate'), true)
    service = await startService({ places, env: gate.env })
    pair = await addPair(service, 'tea')
  })
  afterAll(async () => {
    await service.close()
    await removeTree(places.root)
  })

  const diffs = (families: Families, kind: string, outcome: string) =>
    sampleValue(families, 'differ_diff_duration_seconds_count', { kind, outcome }) ?? 0

  it('distinguish made, joined and cached diffs', async () => {
    await gate.close()
    const path = `/debdiff/${pair.old}/${pair.new}`
    const first = service.ask(path)
    await eventually(async () => expect(await gate.started()).toEqual(['debdiff']))
    const second = service.ask(path)
    await eventually(async () => {
      const now = await readMetrics(service)
      expect(sampleValue(now, 'differ_tools', { state: 'running' })).toBe(1)
      expect(sampleValue(now, 'differ_diffs_in_progress')).toBe(1)
      expect(sampleValue(now, 'differ_cache_lookups_total', { kind: 'debdiff', result: 'miss' })).toBe(2)
    })
    await gate.open()
    await Promise.all([first, second])
    // In another format, because the head of the same response is memoized, and nothing would be looked up.
    await service.ask(path, { headers: { accept: 'text/markdown' } })
    const now = await readMetrics(service)
    expect(diffs(now, 'debdiff', 'made')).toBe(1)
    expect(diffs(now, 'debdiff', 'joined')).toBe(1)
    expect(diffs(now, 'debdiff', 'cached')).toBe(1)
    expect(sampleValue(now, 'differ_cache_lookups_total', { kind: 'debdiff', result: 'hit' })).toBe(1)
    expect(sampleValue(now, 'differ_tools', { state: 'running' })).toBe(0)
    expect(sampleValue(now, 'differ_tools', { state: 'waiting' })).toBe(0)
  })

  it('measure time, processor time and memory of a tool', async () => {
    const { status } = await service.ask(`/diffoscope/${pair.old}/${pair.new}`)
    expect(status).toBe(200)
    const now = await readMetrics(service)
    const tool = { tool: 'diffoscope' }
    const sum = (what: string) => sampleValue(now, `differ_tool_${what}_sum`, tool) as number
    expect(sampleValue(now, 'differ_tool_duration_seconds_count', tool)).toBe(1)
    // Python alone needs 10 MB.
    expect(sum('memory_peak_bytes')).toBeGreaterThan(10e6)
    expect(sum('memory_peak_bytes')).toBeLessThan(1500e6)
    expect(sum('processor_seconds')).toBeGreaterThanOrEqual(0.05)
    expect(sum('processor_seconds')).toBeLessThan(sum('duration_seconds') * 2 + 0.02)
  })

  it('count summaries by verdict, and packages by whether their contents were kept', async () => {
    await service.addRun({ ...RUN, id: 'same-packages' }, NEW_PACKAGES)
    for (const id of [pair.new, 'same-packages'])
      expect((await service.ask(`/summary/${pair.old}/${id}`)).status).toBe(200)
    const now = await readMetrics(service)
    expect(sampleValue(now, 'differ_summaries_total', { verdict: 'SUBSTANTIVE' })).toBe(2)
    const packages = (contents: string) => sampleValue(now, 'differ_summary_packages_total', { contents })
    const both = 2 * NEW_PACKAGES.length
    expect([packages('read'), packages('kept')]).toEqual([both, both])
    expect(sampleValue(now, 'differ_diff_duration_seconds_count', { kind: 'summary', outcome: 'made' })).toBe(
      2,
    )
  })

  it('name the error of a failed diff', async () => {
    await service.addRun({ ...RUN, id: 'no-packages' }, [])
    const { status } = await service.ask(`/debdiff/${pair.old}/no-packages`)
    expect(status).toBe(404)
    const now = await readMetrics(service)
    expect(diffs(now, 'debdiff', 'ArtifactsMissingError')).toBe(1)
    expect(requests(now, '/debdiff/:old/:new', '404')).toBe(1)
  })

  it('count an incomplete response as 499', async () => {
    await service.addRun({ ...RUN, id: 'left' }, NEW_PACKAGES)
    await gate.close()
    const leave = new AbortController()
    const response = service.ask(`/debdiff/${pair.old}/left`, { signal: leave.signal })
    const before = (await gate.started()).length
    await eventually(async () => expect(await gate.started()).toHaveLength(before + 1))
    leave.abort()
    await expect(response).rejects.toThrow()
    await eventually(async () =>
      expect(requests(await readMetrics(service), '/debdiff/:old/:new', '499')).toBe(1),
    )
    await gate.open()
    await eventually(async () => expect(diffs(await readMetrics(service), 'debdiff', 'Cancelled')).toBe(1))
  })

  it('count GraphQL operations by type and outcome', async () => {
    await service.graphql('{ comparison(old: "nobody", new: "either") { __typename } }')
    await service.graphql('{ __typename }')
    await service.graphql('{ nothing }')
    await service.graphql('{ not closed')
    const now = await readMetrics(service)
    const count = (type: string, outcome: string) =>
      sampleValue(now, 'differ_graphql_operation_duration_seconds_count', { type, outcome })
    expect(count('query', 'ok')).toBe(2)
    expect(count('unknown', 'refused')).toBe(2)
    expect(requests(now, '/graphql', '200')).toBe(4)
  })

  it('have no more series after a thousand different paths and methods', async () => {
    const series = (families: Families) =>
      families.get('differ_http_request_duration_seconds')?.samples.map(({ labels }) => labels) ?? []
    const before = series(await readMetrics(service)).length
    for (let i = 0; i < 1000; i++) {
      const word = `word${Math.random().toString(36).slice(2)}`
      const paths = [
        `/${word}`,
        `/debdiff/${word}/${word}`,
        `/renderings/${word}/a/b/text?${word}`,
        `/health/${word}`,
      ]
      const method = METHODS[Math.floor(i / 4) % 4] ?? ''
      await service.ask(paths[i % 4] ?? '', { method, headers: { accept: word } })
    }
    const after = series(await readMetrics(service))
    expect(JSON.stringify(after)).not.toContain('word')
    // At most: three routes, four methods, two statuses, of 16 samples each.
    expect(after.length - before).toBeLessThanOrEqual(3 * 4 * 2 * 16)
    const counted = after.length
    await service.ask('/one/more')
    expect(series(await readMetrics(service))).toHaveLength(counted)
  })

  it('are the same in both formats', async () => {
    const now = await readMetrics(service)
    const { text } = await service.ask('/metrics', { headers: { accept: OPENMETRICS } })
    const open = parseExposition(text, 'openmetrics')
    const family = (name: string, type: string) => (type === 'counter' ? name.replace(/_total$/, '') : name)
    expect([...open.keys()]).toEqual([...now].map(([name, { type }]) => family(name, type)))
    for (const name of [
      'differ_diff_duration_seconds',
      'differ_tools',
      'differ_cache_bytes',
      'differ_build_info',
    ])
      expect(open.get(name)?.samples.map(({ value }) => value)).toEqual(
        now.get(name)?.samples.map(({ value }) => value),
      )
    const lookups = { kind: 'debdiff', result: 'hit' }
    expect(sampleValue(open, 'differ_cache_lookups_total', lookups)).toBe(
      sampleValue(now, 'differ_cache_lookups_total', lookups),
    )
  })

  it('include the process, its event loop, the cache, the queue and the versions', async () => {
    const now = await readMetrics(service)
    expect(sampleValue(now, 'process_resident_memory_bytes')).toBeGreaterThan(10e6)
    expect(sampleValue(now, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0)
    expect(sampleValue(now, 'differ_cache_files', { part: 'damaged' })).toBe(0)
    expect(sampleValue(now, 'differ_queue_jobs', { state: 'queued' })).toBe(0)
    expect(sampleValue(now, 'differ_tool_slots')).toBeGreaterThan(0)
    expect(sampleValue(now, 'differ_build_info', { node: process.versions.node })).toBe(1)
  })

  it('are separate for two services in one process', async () => {
    const other = await startService()
    try {
      const now = await readMetrics(other)
      expect(now.get('differ_diff_duration_seconds')?.samples).toEqual([])
      expect(requests(now, '/debdiff/:old/:new', '404')).toBe(0)
    } finally {
      await other.close()
    }
  })

  it.each([
    [
      'Prometheus 2',
      'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      OPENMETRICS,
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      OPENMETRICS,
    ],
    ['Prometheus 1', 'text/plain;version=0.0.4;q=0.3,*/*;q=0.1', PROMETHEUS],
    ['curl', '*/*', PROMETHEUS],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', PROMETHEUS],
    ['a client that accepts neither', 'image/png', PROMETHEUS],
  ])('are sent to %s in the right format', async (_client, accept, expected) => {
    const { status, headers } = await service.ask('/metrics', { headers: { accept } })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe(expected)
  })

  it('cannot be posted to', async () => {
    const { status, headers } = await service.ask('/metrics', { method: 'POST' })
    expect([status, headers.allow]).toEqual([405, 'GET,HEAD'])
  })
})

describe('a source that fails or does not answer', () => {
  const sources: MetricSources = {
    making: () => 3,
    tools: () => ({ running: 1, waiting: 2 }),
    toolSlots: 4,
    queue: async () => ({ queued: 5, running: 6 }),
    sandboxed: () => true,
    rulesFile: () => [],
    state: () => null,
    redis: () => null,
    bucket: () => null,
    cache: async () => {
      const part = { files: 1, bytes: 2 }
      return {
        debdiff: part,
        diffoscope: part,
        summary: part,
        file: part,
        partial: part,
        part,
        renderings: part,
        contents: part,
        unpacked: part,
        derived: part,
        damaged: part,
      }
    },
    cacheDisk: async () => ({ maxBytes: null, freeBytes: 7, isWritable: true }),
    memory: () => 'none',
  }

  it.each<[string, Partial<MetricSources>, absent: string]>([
    [
      'an unreachable queue',
      { queue: async () => Promise.reject(new Error('no Redis')) },
      'differ_queue_jobs',
    ],
    ['a queue that hangs', { queue: () => new Promise(() => {}) }, 'differ_queue_jobs'],
    ['an unreadable cache', { cache: async () => Promise.reject(new Error('EIO')) }, 'differ_cache_bytes'],
  ])('leaves only its own metric empty: %s', async (_what, broken, absent) => {
    const now = parseExposition(
      await createMetrics({ ...sources, ...broken }).read('prometheus'),
      'prometheus',
    )
    expect(now.get(absent)?.samples).toEqual([])
    expect(sampleValue(now, 'differ_diffs_in_progress')).toBe(3)
    expect(sampleValue(now, 'differ_tools', { state: 'waiting' })).toBe(2)
  })
})

describe('the parser of these tests', () => {
  const help = '# HELP a_total A.\n# TYPE a_total counter\n'
  it.each<[string, string, 'prometheus' | 'openmetrics']>([
    ['a missing end', '# HELP a A.\n# TYPE a counter\na_total 1\n', 'openmetrics'],
    ['a counter family that ends in _total', `${help}a_total 1\n# EOF\n`, 'openmetrics'],
    ['an invalid number', `${help}a_total Nan\n`, 'prometheus'],
    ['an unescaped quote in a label', `${help}a_total{b="""} 1\n`, 'prometheus'],
    ['a duplicate sample', `${help}a_total{b="c"} 1\na_total{b="c"} 2\n`, 'prometheus'],
    ['a sample without a family', `${help}b_total 1\n`, 'prometheus'],
    [
      'decreasing buckets',
      '# HELP h H\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
      'prometheus',
    ],
    [
      'an integer bound',
      '# HELP h H\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n# EOF\n',
      'openmetrics',
    ],
  ])('refuses %s', (_what, text, format) => {
    expect(() => parseExposition(text, format)).toThrow()
  })
})

const RUN = { codebase: 'tea', source: 'tea', campaign: 'test', version: '2' }

function requests(families: Families, route: string, status: string): number {
  const all = families.get('differ_http_request_duration_seconds')?.samples ?? []
  return all
    .filter(
      ({ name, labels }) => name.endsWith('_count') && labels.route === route && labels.status === status,
    )
    .reduce((sum, { value }) => sum + value, 0)
}
