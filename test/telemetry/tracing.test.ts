/** Spans of a real service, as collectors receive them. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createLog } from '../../src/log.ts'
import { startTracing } from '../../src/telemetry.ts'
import { activeSpan, inSpan } from '../../src/tracing.ts'
import { addPair, eventually, makeGate, makePlaces, startService } from '../fixtures/service.ts'
import { type Collector, type SeenSpan, startCollector } from './collectors.ts'

const OTEL_VARIABLES = { OTEL_BSP_SCHEDULE_DELAY: '20' }
beforeEach(() => {
  Object.assign(process.env, OTEL_VARIABLES)
})
afterEach(() => {
  for (const name of Object.keys(OTEL_VARIABLES)) delete process.env[name]
})

/** The trace of a client that traces its requests. */
function caller(digit: string) {
  const traceId = digit.repeat(32)
  const id = digit.repeat(16)
  return { traceId, id, headers: { traceparent: `00-${traceId}-${id}-01`, accept: 'text/plain' } }
}

const REQUEST = 'GET /debdiff/:old/:new'
const named = (spans: readonly SeenSpan[], name: string) => spans.filter((span) => span.name === name)

function onlySpan(spans: readonly SeenSpan[], name: string): SeenSpan {
  const [span, ...others] = named(spans, name)
  if (!span || others.length > 0) throw new Error(`${named(spans, name).length} spans are called ${name}`)
  return span
}

describe('a request', () => {
  it.each(['debdiff', 'diffoscope'] as const)(
    'for a %s has the spans of its steps as children',
    async (kind) => {
      const otlp = await startCollector('otlp')
      const service = await startService({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url } })
      const { old, new: newer } = await addPair(service, 'tea')
      const { traceId, id, headers } = caller('a')
      expect((await service.ask(`/${kind}/${old}/${newer}`, { headers })).status).toBe(200)
      await service.close()

      expect([...otlp.paths]).toEqual(['POST /v1/traces'])
      expect(new Set(otlp.spans.map((span) => span.traceId))).toEqual(new Set([traceId]))
      const request = onlySpan(otlp.spans, `GET /${kind}/:old/:new`)
      expect(request).toMatchObject({
        parentId: id,
        service: 'differ',
        failed: false,
        attributes: {
          'http.request.method': 'GET',
          'http.route': `/${kind}/:old/:new`,
          'http.response.status_code': 200,
          'url.path': `/${kind}/${old}/${newer}`,
        },
      })
      const fetched = named(otlp.spans, 'fetch-artifacts')
      // Both at once, so in any order.
      expect(new Set(fetched.map(({ attributes }) => attributes['differ.run_id']))).toEqual(
        new Set([old, newer]),
      )
      expect(fetched).toHaveLength(2)
      const ran = onlySpan(otlp.spans, `run-${kind}`)
      expect(ran.attributes).toMatchObject({
        'differ.old_run_id': old,
        'differ.new_run_id': newer,
        'differ.tool.exit_code': 1,
        'differ.tool.stopped': '',
      })
      if (kind === 'diffoscope') expect(ran.attributes['differ.package']).toMatch(/^tea\b/)
      const formatted = onlySpan(otlp.spans, `format-${kind}`)
      expect(formatted.attributes).toMatchObject({ 'differ.format': 'text', 'differ.filter_boring': false })
      for (const step of [...fetched, ran, formatted]) expect(step.parentId).toBe(request.id)
      expect(otlp.spans).toHaveLength(5)
    },
  )

  it('over GraphQL has them, too', async () => {
    const otlp = await startCollector('otlp')
    const service = await startService({
      env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${otlp.url}/my/traces` },
    })
    const { old, new: newer } = await addPair(service, 'tea')
    const selection = 'debdiff(mode: WAIT) { __typename ... on Debdiff { text { content { text } } } }'
    const { data } = await service.graphql(
      `{ comparison(old: "${old}", new: "${newer}") { ... on Comparison { ${selection} } } }`,
    )
    expect(data.comparison.debdiff.__typename).toBe('Debdiff')
    await service.close()

    expect([...otlp.paths]).toEqual(['POST /my/traces'])
    const request = onlySpan(otlp.spans, 'POST /graphql')
    expect(request.parentId).toBeUndefined()
    for (const name of ['fetch-artifacts', 'run-debdiff', 'format-debdiff'])
      for (const { parentId } of named(otlp.spans, name)) expect(parentId, name).toBe(request.id)
    expect(named(otlp.spans, 'run-debdiff')).toHaveLength(1)
  })

  it('that fails marks the failed step, and itself only for a server error', async () => {
    const otlp = await startCollector('otlp')
    const service = await startService({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${otlp.url}/` } })
    const { old } = await addPair(service, 'tea')
    await service.addRun({ id: 'empty', codebase: 'tea', campaign: 'test', source: 'tea', version: '2' }, [])
    expect((await service.ask(`/debdiff/${old}/empty`)).status).toBe(404)
    await service.close()

    const failed = otlp.spans.filter((span) => span.failed)
    expect(failed.map(({ name, attributes }) => [name, attributes['differ.run_id']])).toEqual([
      ['fetch-artifacts', 'empty'],
    ])
    expect(failed[0]?.events).toEqual(['exception'])
    expect(onlySpan(otlp.spans, 'GET /debdiff/:old/:new').attributes['http.response.status_code']).toBe(404)
  })

  it('that joins another one links to it, and the steps are children of the one that began', async () => {
    const otlp = await startCollector('otlp')
    const places = await makePlaces()
    const gate = await makeGate(join(places.root, 'gate'))
    await gate.close()
    const service = await startService({
      places,
      env: { ...gate.env, OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, DIFFER_MAX_CONCURRENT_DIFFS: '1' },
    })
    const { old, new: newer } = await addPair(service, 'tea')
    const other = await addPair(service, 'more-tea')
    const [one, two, three] = [caller('1'), caller('2'), caller('3')]
    const first = service.ask(`/debdiff/${old}/${newer}`, one)
    await eventually(async () => expect(await gate.started()).toEqual(['debdiff']))
    const second = service.ask(`/debdiff/${old}/${newer}`, two)
    await eventually(async () => {
      const { text } = await service.ask('/metrics')
      expect(text).toContain('differ_cache_lookups_total{kind="debdiff",result="miss"} 2')
    })
    // It waits for the only slot until the first one releases it.
    const third = service.ask(`/debdiff/${other.old}/${other.new}`, three)
    await eventually(async () => {
      expect((await service.ask('/metrics')).text).toContain('differ_tools{state="waiting"} 1')
    })
    await gate.open()
    await Promise.all([first, second, third])
    await service.close()
    await removeTree(places.root)

    const requests = named(otlp.spans, REQUEST)
    const [began, joined] = [one, two].map(({ traceId }) =>
      onlySpan(
        requests.filter((span) => span.traceId === traceId),
        REQUEST,
      ),
    )
    const last = onlySpan(
      requests.filter((span) => span.traceId === three.traceId),
      REQUEST,
    )
    const ran = named(otlp.spans, 'run-debdiff').map(({ traceId, parentId }) => [traceId, parentId])
    expect(ran).toEqual([
      [one.traceId, began?.id],
      [three.traceId, last.id],
    ])
    expect(joined).toMatchObject({ links: [began?.id], events: ['joined'] })
    expect(began).toMatchObject({ links: [], events: [] })
  })
})

describe('background work', () => {
  it('has a separate trace, not that of the request that queued it', async () => {
    const otlp = await startCollector('otlp')
    const service = await startService({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url } })
    const { old, new: newer } = await addPair(service, 'tea')
    await service.graphql(
      `{ comparison(old: "${old}", new: "${newer}") { ... on Comparison { debdiff(mode: ENQUEUE) { __typename } } } }`,
    )
    await eventually(() => expect(named(otlp.spans, 'run-diffoscope')).toHaveLength(1))
    await service.close()

    for (const kind of ['debdiff', 'diffoscope']) {
      const root = onlySpan(otlp.spans, `precache-${kind}`)
      expect(root.parentId).toBeUndefined()
      expect(onlySpan(otlp.spans, `run-${kind}`)).toMatchObject({ traceId: root.traceId, parentId: root.id })
    }
    expect(named(otlp.spans, 'POST /graphql')[0]?.traceId).not.toBe(
      onlySpan(otlp.spans, 'precache-debdiff').traceId,
    )
  })
})

describe('Zipkin', () => {
  it.each([
    ['its base URL', ''],
    ['the URL that spans are posted to', '/api/v2/spans'],
  ])('receives the same spans as OTLP, at %s', async (_what, path) => {
    const [otlp, zipkin] = [await startCollector('otlp'), await startCollector('zipkin')]
    const close = startTracing(
      { otlpEndpoint: otlp.url, otlpTracesEndpoint: null, zipkinAddress: zipkin.url + path },
      createLog({ logLevel: 'silent' }),
    )
    await inSpan('outer', { 'differ.format': 'text' }, () =>
      inSpan('inner', {}, async () => {
        throw new Error('broken')
      }),
    ).catch(() => {
      // Thrown by the inner span's work.
    })
    await close()
    expect([...zipkin.paths]).toEqual(['POST /api/v2/spans'])
    const shape = (collector: Collector) =>
      collector.spans.map(({ name, traceId, id, parentId, service, failed, events }) => {
        return { name, traceId, id, parentId, service, failed, events }
      })
    expect(shape(zipkin)).toEqual(shape(otlp))
    expect(zipkin.spans.map(({ name, failed, service }) => [name, failed, service])).toEqual([
      ['inner', true, 'differ'],
      ['outer', true, 'differ'],
    ])
    expect(onlySpan(zipkin.spans, 'outer').attributes['differ.format']).toBe('text')
  })
})

it('the URL of Zipkin is read from janitor.conf', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'differ-conf-'))
  onTestFinished(() => removeTree(dir))
  const confPath = join(dir, 'janitor.conf')
  await writeFile(confPath, 'zipkin_address: "http://zipkin:9411/api/v2/spans"')
  expect(loadConfig({ flags: {}, env: {}, confPath }).zipkinAddress).toBe('http://zipkin:9411/api/v2/spans')
})

describe('a target that accepts no spans', () => {
  async function traced(target: Collector) {
    const lines: Record<string, unknown>[] = []
    const log = createLog({ logLevel: 'info' }, { write: (line) => lines.push(JSON.parse(line)) })
    const targets = { otlpEndpoint: null, otlpTracesEndpoint: null, zipkinAddress: target.url }
    return { close: startTracing(targets, log), lines }
  }
  const work = () => inSpan('work', {}, () => sleep(1))

  it('is logged once, and once more when it accepts them again', async () => {
    const zipkin = await startCollector('zipkin')
    zipkin.status = 400
    const { close, lines } = await traced(zipkin)
    for (let batch = 1; batch <= 3; batch++) {
      await work()
      await eventually(() => expect(zipkin.posts).toBe(batch))
    }
    zipkin.status = 200
    await work()
    await eventually(() => expect(zipkin.spans).toHaveLength(1))
    await close()
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'Zipkin does not accept spans; they are dropped'],
      [30, 'Zipkin accepts spans again'],
    ])
  })

  it('and hangs takes bounded memory, and does not delay the end', async () => {
    const zipkin = await startCollector('zipkin')
    zipkin.status = null
    const { close } = await traced(zipkin)
    for (let i = 0; i < 10_000; i++) await inSpan('work', {}, async () => {})
    const started = performance.now()
    await close()
    expect(performance.now() - started).toBeLessThan(60_000)
    // A bounded queue of batches, and those being sent.
    expect(zipkin.posts).toBeLessThanOrEqual(10)
  })
})

describe('the log', () => {
  it('names the trace and the span of a line', async () => {
    const otlp = await startCollector('otlp')
    const lines: Record<string, unknown>[] = []
    const log = createLog({ logLevel: 'info' }, { write: (line) => lines.push(JSON.parse(line)) })
    const close = startTracing({ otlpEndpoint: otlp.url, otlpTracesEndpoint: null, zipkinAddress: null }, log)
    log.info('before')
    await inSpan('work', {}, async () => {
      await sleep(1)
      log.child({ reqId: 'r1' }).info('within')
    })
    await close()
    log.info('after')
    const { traceId, id } = onlySpan(otlp.spans, 'work')
    expect(lines.map((line) => [line.msg, line.traceId, line.spanId])).toEqual([
      ['before', undefined, undefined],
      ['within', traceId, id],
      ['after', undefined, undefined],
    ])
  })
})

describe('without a target', () => {
  it('work runs without a span', async () => {
    let called = 0
    await inSpan('work', {}, async () => {
      called++
      expect(activeSpan()).toBeUndefined()
    })
    expect(called).toBe(1)
  })
})
