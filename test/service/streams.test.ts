/** Responses that arrive while they are made: directly, over HTTP/1.0, and behind nginx as it comes. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { NO_NGINX, startNginx, type TestNginx } from '../fixtures/nginx.ts'
import { addPair, eventually, send, startService, type TestService } from '../fixtures/service.ts'
import { GatedService, JOB } from './gated-service.ts'

const gated = new GatedService({ DIFFER_PING_INTERVAL: '1' })
let nginx: TestNginx | null = null
beforeAll(async () => {
  if (NO_NGINX === null) nginx = await startNginx(gated.service.url)
})
afterAll(() => nginx?.stop())

const WATCH_JOB = `subscription ($jobId: String!) { precacheJob(jobId: $jobId) { ${JOB} } }`
const QUEUE_JOB = `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`

const FACES = [
  { face: 'directly', isSkipped: false, url: () => gated.service.url },
  { face: 'behind nginx', isSkipped: NO_NGINX !== null, url: () => nginx?.url ?? '' },
]

function posting(query: string, variables: object, accept: string) {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query, variables }),
  }
}

/** Collects the text of a response while it arrives. */
function reading(url: string, path: string, options?: Parameters<typeof send>[2]) {
  const request = send(url, path, options)
  const seen = {
    status: 0,
    text: '',
    headers: {} as Record<string, unknown>,
    isBroken: false,
    hasEnded: false,
    endedMs: 0,
  }
  request.once('response', async (response) => {
    seen.headers = response.headers
    seen.status = response.statusCode ?? 0
    try {
      for await (const chunk of response) seen.text += chunk
    } catch {
      seen.isBroken = true
    }
    seen.hasEnded = true
    seen.endedMs = performance.now()
  })
  return { request, seen }
}

describe.each(FACES)('$face', ({ isSkipped, url }) => {
  it.skipIf(isSkipped)(
    'events of a subscription arrive when they happen, and pings between them',
    async () => {
      const jobId = await gated.queueJob()
      const { request, seen } = reading(url(), '/graphql', posting(WATCH_JOB, { jobId }, 'text/event-stream'))
      await eventually(() => expect(seen.text).toContain('"status":"DEBDIFF"'))
      expect(seen.text.startsWith(':\n\n')).toBe(true)
      const pings = () => seen.text.split('\n\n').filter((event) => event === ':').length
      const before = pings()
      await eventually(() => expect(pings()).toBeGreaterThan(before + 1))
      expect(seen.headers['content-encoding']).toBeUndefined()
      await gated.gate.open()
      await eventually(() => expect(seen.text).toContain('event: complete'))
      // Each event is whole, wherever the pings are.
      for (const event of seen.text.split('\n\n').filter((one) => one !== '' && one !== ':'))
        expect(event).toMatch(/^event: (next\ndata: \{.*\}|complete\ndata:)$/)
      request.destroy()
    },
  )

  it.skipIf(isSkipped)('the first part of a deferred result arrives before the second is made', async () => {
    const query = `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { ... on Comparison {
      old { runId } ... @defer { debdiff(mode: WAIT) { __typename } } } } }`
    for (const accept of ['multipart/mixed', 'text/event-stream']) {
      await gated.gate.close()
      await gated.addPair()
      const { seen } = reading(url(), '/graphql', posting(query, gated.pair, accept))
      await eventually(() => expect(seen.text).toContain('"runId"'))
      expect(seen.text).not.toContain('"Debdiff"')
      await gated.gate.open()
      await eventually(() => expect(seen.hasEnded).toBe(true))
      expect(seen.text).toContain('"Debdiff"')
      expect(seen.isBroken).toBe(false)
    }
  })

  it.skipIf(isSkipped)('a streamed debdiff is complete, and is not to be buffered', async () => {
    await gated.gate.open()
    const { old, new: newId } = gated.pair
    const { seen } = reading(url(), `/debdiff/${old}/${newId}/stream`)
    await eventually(() => expect(seen.hasEnded).toBe(true))
    expect(seen.isBroken).toBe(false)
    expect(seen.text).toContain('Files')
  })
})

it('a response that arrives while it is made tells proxies not to buffer it', async () => {
  const stream = reading(gated.service.url, `/debdiff/${gated.pair.old}/${gated.pair.new}/stream`)
  await eventually(async () => expect(await gated.gate.started()).not.toEqual([]))
  await gated.gate.open()
  await eventually(() => expect(stream.seen.hasEnded).toBe(true))
  expect(stream.seen).toMatchObject({ status: 200, text: expect.stringContaining('Files') })
  const jobId = await gated.queueJob()
  const watching = reading(gated.service.url, '/graphql', posting(WATCH_JOB, { jobId }, 'text/event-stream'))
  await eventually(() => expect(watching.seen.hasEnded).toBe(true))
  for (const { seen } of [watching, stream])
    expect(seen.headers).toMatchObject({ 'x-accel-buffering': 'no', 'cache-control': 'no-cache' })
})

it('a client of HTTP/1.0 gets events until the connection ends', async () => {
  await gated.gate.open()
  const jobId = await gated.queueJob()
  const { body, headers } = posting(WATCH_JOB, { jobId }, 'text/event-stream')
  const text = await exchangeHttp10(gated.service.url, body, headers)
  const [head = '', events] = text.split('\r\n\r\n')
  expect(head.toLowerCase()).not.toMatch(/transfer-encoding|content-encoding/)
  expect(events).toMatch(/event: complete\ndata:\n\n$/)
})

describe('a service that stops', () => {
  let service: TestService
  let jobId: string
  let batchId: string

  async function begin(): Promise<void> {
    service = await startService({ env: gated.gate.env })
    const { data } = await service.graphql(QUEUE_JOB, await addPair(service, 'stopping'))
    jobId = data.precache.jobId
    const all = await service.graphql(
      'mutation { precacheAll { ... on PrecacheAllPayload { batch { batchId } } } }',
    )
    batchId = all.data.precacheAll.batch.batchId
  }

  const SUBSCRIPTIONS = [
    { what: 'a job', query: WATCH_JOB },
    {
      what: 'a batch',
      query: `subscription ($batchId: String!) { precacheBatch(batchId: $batchId) { __typename ... on PrecacheBatch { running } } }`,
    },
    { what: 'all jobs', query: `subscription { precacheJobs { ${JOB} } }` },
  ]

  it.each(SUBSCRIPTIONS)('breaks the event stream of $what, and does not complete it', async ({ query }) => {
    await begin()
    const variables = { jobId, batchId }
    const { seen } = reading(service.url, '/graphql', posting(query, variables, 'text/event-stream'))
    await eventually(() => expect(seen.text).toContain('event: next'))
    const stopped = performance.now()
    await service.close()
    await eventually(() => expect(seen.hasEnded).toBe(true))
    // Other requests get ten seconds to complete.
    expect(seen.endedMs - stopped).toBeLessThan(9_000)
    expect(seen.isBroken).toBe(true)
    expect(seen.text).not.toContain('event: complete')
    expect(service.log.filter(({ level }) => Number(level) >= 40)).toEqual([])
  })

  it('resets the connection to a proxy, for which its end would be the end of the response', async () => {
    await begin()
    const { body, headers } = posting(WATCH_JOB, { jobId }, 'text/event-stream')
    const seen = { text: '' }
    const outcome = exchangeHttp10(service.url, body, headers, seen).then(
      () => 'ended',
      (error: NodeJS.ErrnoException) => error.code,
    )
    await eventually(() => expect(seen.text).toContain('event: next'))
    await service.close()
    expect(await outcome).toBe('ECONNRESET')
  })

  it.skipIf(NO_NGINX !== null)('breaks the event stream behind nginx, too', async () => {
    await begin()
    const proxy = await startNginx(service.url)
    const { seen } = reading(proxy.url, '/graphql', posting(WATCH_JOB, { jobId }, 'text/event-stream'))
    await eventually(() => expect(seen.text).toContain('event: next'))
    await service.close()
    await eventually(() => expect(seen.hasEnded).toBe(true))
    expect(seen).toMatchObject({ isBroken: true, text: expect.not.stringContaining('complete') })
    await proxy.stop()
  })

  it('is a network error to graphql-sse, after which it connects again', async () => {
    await begin()
    const client = createSseClient({ url: `${service.url}/graphql`, retryAttempts: 0 })
    const watching = client.iterate({ query: WATCH_JOB, variables: { jobId } })
    await watching.next()
    const end = expect(
      (async () => {
        for await (const _ of watching);
      })(),
    ).rejects.toMatchObject({ name: 'NetworkError' })
    await service.close()
    await end
  })

  it.each(SUBSCRIPTIONS)(
    'closes the WebSocket of $what with 1001, without completing it',
    async ({ query }) => {
      await begin()
      const messages: string[] = []
      const client = createWsClient({
        url: `${service.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        on: { message: ({ type }) => messages.push(type) },
      })
      const closed = new Promise<number>((resolve) =>
        client.on('closed', (event) => resolve((event as { code: number }).code)),
      )
      const watching = client.iterate({ query, variables: { jobId, batchId } })
      await watching.next()
      const rest = watching.next()
      const failed = expect(rest).rejects.toMatchObject({ code: 1001 })
      await service.close()
      await failed
      expect(await closed).toBe(1001)
      expect(messages).not.toContain('complete')
      expect(service.log.filter(({ level }) => Number(level) >= 40)).toEqual([])
    },
  )
})

/** Sends a request of HTTP/1.0. @returns the response @throws the error of the connection */
async function exchangeHttp10(
  url: string,
  body: string,
  headers: Record<string, string>,
  seen = { text: '' },
): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect({
    port: Number(port),
    host: hostname,
    // Node.js reports an orderly end if a reset arrives together with data that does not fill the buffer.
    onread: {
      buffer: Buffer.alloc(1),
      callback: (_, byte) => {
        seen.text += String.fromCharCode(byte[0] ?? 0)
        return true
      },
    },
  })
  await once(socket, 'connect')
  const lines = Object.entries({ ...headers, host: hostname, 'content-length': String(body.length) })
  socket.write(
    `POST /graphql HTTP/1.0\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  )
  await once(socket, 'end')
  return seen.text
}
