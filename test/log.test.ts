/** The log: JSON for machines, lines for people, and what must not get through. */
import { afterEach, describe, expect, it } from 'vitest'
import { startApp } from '../src/app.ts'
import { loadConfig } from '../src/config/load.ts'
import { removeTree } from '../src/diff/tools/remove-tree.ts'
import { createLog, type LogOptions } from '../src/log.ts'
import { startTracing } from '../src/telemetry.ts'
import { activeSpan, inSpan } from '../src/tracing.ts'
import { ask, eventually, makePlaces, settingsFor } from './fixtures/service.ts'
import { startCollector } from './telemetry/collectors.ts'

/** A log, and what it has written. */
function captureLog(options: Partial<LogOptions> = {}, isTTY = false) {
  const written: string[] = []
  const output = { isTTY, write: (line: string) => written.push(line) }
  return {
    log: createLog({ logLevel: 'trace', ...options }, output),
    written,
    records: () => written.map((line) => JSON.parse(line) as LogRecord),
  }
}

/** A line of JSON; the fields that these tests read further into. */
interface LogRecord extends Record<string, unknown> {
  readonly http?: Record<string, unknown>
  readonly httpRequest?: Record<string, unknown>
}

const ESCAPE = String.fromCharCode(27)
const COLOUR = new RegExp(`${ESCAPE}\\[\\d+m`, 'g')
const withoutColours = (text: string) => text.replace(COLOUR, '')

describe('the log for Google Cloud', () => {
  it.each([
    ['trace', 'DEBUG'],
    ['debug', 'DEBUG'],
    ['info', 'INFO'],
    ['warn', 'WARNING'],
    ['error', 'ERROR'],
    ['fatal', 'CRITICAL'],
  ] as const)('gives level %s the severity %s', (level, severity) => {
    const { log, records } = captureLog({ gcpLogging: true })
    log[level]({ path: '/x' }, 'found')
    const [record] = records()
    expect(record).toMatchObject({ severity, message: 'found', path: '/x' })
    expect(record?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(record).not.toHaveProperty('level')
    expect(record).not.toHaveProperty('msg')
  })

  it('writes a request as httpRequest, and its id as a label', () => {
    const { log, records } = captureLog({ gcpLogging: true })
    const http = { method: 'GET', url: '/debdiff/a/b', status: 200, ms: 1234, ip: '::1', userAgent: 'curl' }
    log.child({ reqId: 'r-1' }).info({ http }, 'answered')
    expect(records()[0]).toMatchObject({
      httpRequest: {
        requestMethod: 'GET',
        requestUrl: '/debdiff/a/b',
        status: 200,
        latency: '1.234s',
        remoteIp: '::1',
        userAgent: 'curl',
      },
      'logging.googleapis.com/labels': { request_id: 'r-1' },
    })
    expect(records()[0]).not.toHaveProperty('http')
    expect(records()[0]).not.toHaveProperty('reqId')
  })

  it('writes the stack of an error where Error Reporting looks for it', () => {
    const { log, records } = captureLog({ gcpLogging: true })
    log.error({ err: new TypeError('broken') }, 'failed')
    expect(records()[0]).toMatchObject({
      message: 'failed',
      err: { type: 'TypeError', message: 'broken' },
      stack_trace: expect.stringMatching(/^TypeError: broken\n {4}at /),
      serviceContext: { service: 'differ' },
    })
  })

  it('gives each line a unique id', () => {
    const { log, records } = captureLog({ gcpLogging: true })
    for (let i = 0; i < 100; i++) log.info('again')
    expect(new Set(records().map((record) => record['logging.googleapis.com/insertId'])).size).toBe(100)
  })

  it.each([
    ['my-project', (id: string) => `projects/my-project/traces/${id}`],
    [null, (id: string) => id],
  ])('names the trace of a line in the project %s', async (gcpProject, named) => {
    const otlp = await startCollector('otlp')
    const { log, records } = captureLog({ gcpLogging: true, gcpProject })
    const targets = { otlpEndpoint: otlp.url, otlpTracesEndpoint: null, zipkinAddress: null }
    const close = startTracing(targets, log)
    const span = await inSpan('work', {}, async () => {
      log.info('within')
      return activeSpan()
    })
    await close()
    expect(records()[0]).toMatchObject({
      'logging.googleapis.com/trace': named(span?.traceId ?? ''),
      'logging.googleapis.com/spanId': span?.spanId,
      'logging.googleapis.com/trace_sampled': true,
    })
  })

  it('is JSON on a terminal too', () => {
    const { log, records } = captureLog({ gcpLogging: true }, true)
    log.info('here')
    expect(records()[0]?.message).toBe('here')
  })
})

describe('the log on a terminal', () => {
  it('writes a request as one line', () => {
    const { log, written } = captureLog({}, true)
    const http = { method: 'GET', url: '/health', status: 200, ms: 3, ip: '::1', userAgent: undefined }
    log.info({ http }, 'answered')
    expect(withoutColours(written.join(''))).toMatch(
      /^\[[^\]]+\] INFO: answered 200 in 3 ms: GET \/health\n$/,
    )
  })
})

describe('text from packages and clients', () => {
  // An escape sequence, its one-byte form, a bell, a delete, a right-to-left override, a line separator, a
  // forged line.
  const hostile = 'a\x1b[31mb\x9b2Jc\x07d\x7fe\u202ef\u2028g\r\nINFO: all is well'
  /** Control characters except a newline, and characters that reorder or break lines. */
  const controls = /(?!\n)\p{Cc}|[\u202a-\u202e\u2028\u2029]/u

  it.each<[string, Partial<LogOptions>]>([
    ['JSON', {}],
    ['Google Cloud', { gcpLogging: true }],
  ])('is complete in %s, as one line of printable text', (_what, options) => {
    const { log, written, records } = captureLog(options)
    log.warn({ name: hostile, err: new Error(hostile) }, hostile)
    expect(written).toHaveLength(1)
    expect(written[0]).not.toMatch(controls)
    expect(written[0]?.indexOf('\n')).toBe((written[0]?.length ?? 0) - 1)
    expect(records()[0]).toMatchObject({ name: hostile, err: { message: hostile } })
  })

  it('cannot control a terminal', () => {
    const { log, written } = captureLog({}, true)
    log.warn({ name: hostile, package: hostile }, hostile)
    const text = withoutColours(written.join(''))
    expect(text).not.toMatch(controls)
    expect(text).toContain('a\\u001b[31mb\\u009b2Jc\\u0007d\\u007fe\\u202ef\\u2028g\\r\\nINFO')
    expect(text.split('\n').filter((line) => line.startsWith('INFO'))).toEqual([])
  })

  it.each([
    ['postgresql://differ:hunter2@db/janitor', 'postgresql://differ:***@db/janitor'],
    ['redis://:hunter2@cache:6379 refused', 'redis://:***@cache:6379 refused'],
    [
      'GET https://bucket/o?X-Goog-Signature=hunter2&alt=media',
      'GET https://bucket/o?X-Goog-Signature=***&alt=media',
    ],
    ['/callback?access_token=hunter2', '/callback?access_token=***'],
    ['http://localhost:9920/debdiff/a/b', 'http://localhost:9920/debdiff/a/b'],
    ['mail differ@example.org: see http://x/y', 'mail differ@example.org: see http://x/y'],
  ])('is logged without its secrets: %s', (said, shown) => {
    const { log, written, records } = captureLog()
    log.error({ err: new Error(said), url: said }, said)
    expect(records()[0]).toMatchObject({ msg: shown, url: shown, err: { message: shown } })
    expect(written[0]).not.toContain('hunter2')
  })
})

describe('the line of a request', () => {
  let stop: (() => Promise<void>) | undefined
  afterEach(() => stop?.())

  async function start(env: Record<string, string>) {
    const places = await makePlaces()
    const config = loadConfig({ flags: {}, env: { ...settingsFor(places), ...env } })
    const { log, records } = captureLog(config)
    const app = await startApp(config, log)
    stop = async () => {
      await app.close()
      await removeTree(places.root)
    }
    return { url: app.url, records }
  }

  it('is at debug for a success, with the facts of request and response', async () => {
    const { url, records } = await start({ DIFFER_LOG_LEVEL: 'debug' })
    await ask(url, '/health?x=1', { headers: { 'user-agent': 'me' } })
    const line = await eventually(() => {
      const [found] = records().filter(({ http }) => http)
      expect(found).toBeDefined()
      return found
    })
    expect(line).toMatchObject({
      level: 20,
      msg: 'answered',
      reqId: expect.any(String),
      http: { method: 'GET', url: '/health?x=1', status: 200, ms: expect.any(Number), userAgent: 'me' },
    })
  })

  it('is at info for a server error; the level info has no line for other requests', async () => {
    const databaseUrl = 'postgresql://nobody:hunter2@127.0.0.1:1/none'
    const { url, records } = await start({
      DIFFER_LOG_LEVEL: 'info',
      DATABASE_URL: databaseUrl,
      DIFFER_GCP_LOGGING: 'true',
    })
    for (const path of ['/health', '/nothing-there', '/debdiff/a/b']) await ask(url, path)
    await eventually(() => expect(records().some(({ httpRequest }) => httpRequest)).toBe(true))
    const lines = records().filter(({ httpRequest }) => httpRequest)
    expect(
      lines.map(({ severity, httpRequest }) => [severity, httpRequest?.requestUrl, httpRequest?.status]),
    ).toEqual([['INFO', '/debdiff/a/b', 503]])
    expect(JSON.stringify(records())).not.toContain('hunter2')
  })
})
