/** Subscriptions to background jobs, with several client libraries. */
import { spawn } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../fixtures/service.ts'
import { FIND_JOB, GatedService, JOB, type JobState } from './gated-service.ts'

interface BatchCounts {
  readonly count: number
  readonly done: number
  readonly skipped: number
}

const gated = new GatedService({ DIFFER_MAX_SUBSCRIPTIONS: '30', DIFFER_MAX_CLIENT_SUBSCRIPTIONS: '20' })

const STATUSES = ['QUEUED', 'RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE', 'DONE']
const WATCH_JOB = `subscription ($jobId: String!) { precacheJob(jobId: $jobId) { ${JOB} } }`

/** Runs a subscription, whose data the caller knows. */
type Watch = <Data>(
  query: string,
  variables: object,
) => AsyncIterable<{ readonly data: Data; readonly errors?: readonly unknown[] }>

async function withWebSocket(watch: (watch: Watch) => Promise<void>, connectionParams = {}): Promise<void> {
  const client = createWsClient({
    url: `${gated.service.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
  })
  try {
    await watch((query, variables) => client.iterate({ query, variables: { ...variables } }) as never)
  } finally {
    await client.dispose()
  }
}

async function withSse(watch: (watch: Watch) => Promise<void>): Promise<void> {
  const client = createSseClient({ url: `${gated.service.url}/graphql`, retryAttempts: 0 })
  try {
    await watch((query, variables) => client.iterate({ query, variables: { ...variables } }) as never)
  } finally {
    client.dispose()
  }
}

/** Reads the events that curl prints. */
async function withCurl(watch: (watch: Watch) => Promise<void>): Promise<void> {
  await watch(async function* (query, variables) {
    const args = ['-sN', `${gated.service.url}/graphql`, '-H', 'content-type: application/json']
    args.push('-H', 'accept: text/event-stream', '-d', JSON.stringify({ query, variables }))
    const curl = spawn('curl', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    for await (const chunk of curl.stdout) {
      text += chunk
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        const [, data] = /^event: next\ndata: (.*)$/m.exec(event) ?? []
        if (data) yield JSON.parse(data)
      }
    }
  })
}

/** Collects the states of a job until it ends, and opens the gate when the job runs. */
async function statesOf(watch: Watch, jobId: string): Promise<JobState[]> {
  const states: JobState[] = []
  for await (const { data, errors } of watch<{ precacheJob: JobState }>(WATCH_JOB, { jobId })) {
    expect(errors).toBeUndefined()
    states.push(data.precacheJob)
    if (data.precacheJob.status === 'DEBDIFF') await gated.gate.open()
  }
  return states
}

describe.each([
  { client: 'graphql-ws', using: withWebSocket },
  { client: 'graphql-sse', using: withSse },
  { client: 'curl -N', using: withCurl },
])('with $client', ({ using }) => {
  it('shows a job from its current state to its end, with a status and progress that never go back', async () => {
    const id = await gated.queueJob()
    await using(async (watch) => {
      const states = await statesOf(watch, id)
      expect(states.at(-1)).toMatchObject({ status: 'DONE', progress: 1, jobId: id })
      const progress = states.map((state) => state.progress)
      expect(progress).toEqual([...progress].sort((a, b) => a - b))
      const places = states.map(({ status }) => STATUSES.indexOf(status))
      expect(places).toEqual([...places].sort((a, b) => a - b))
      expect(states.length).toBeGreaterThan(2)
    })
  })

  it('shows an ended job once', async () => {
    await gated.gate.open()
    const id = await gated.queueJob()
    await eventually(async () => {
      const { data } = await gated.service.graphql(FIND_JOB, { jobId: id })
      expect(data.precacheJob.status).toBe('DONE')
    })
    await using(async (watch) =>
      expect(await statesOf(watch, id)).toEqual([expect.objectContaining({ status: 'DONE' })]),
    )
  })

  it('reports an unknown job by a typed error', async () => {
    await using(async (watch) => {
      const states = await statesOf(watch, 'no-such-job')
      expect(states).toEqual([
        {
          __typename: 'JobNotFoundError',
          message: 'Job no-such-job does not exist, or has been removed since it ended',
        },
      ])
    })
  })

  it('shows a batch until its last job has ended', async () => {
    const { data } = await gated.service.graphql(
      'mutation { precacheAll { ... on PrecacheAllPayload { count batch { batchId } } } }',
    )
    expect(data.precacheAll.count).toBeGreaterThan(0)
    await gated.gate.open()
    await using(async (watch) => {
      const seen: BatchCounts[] = []
      const query =
        'subscription ($batchId: String!) { precacheBatch(batchId: $batchId) { ... on PrecacheBatch { count queued running done failed cancelled skipped filled } } }'
      const { batchId } = data.precacheAll.batch
      for await (const event of watch<{ precacheBatch: BatchCounts }>(query, { batchId }))
        seen.push(event.data.precacheBatch)
      const last = seen.at(-1)
      expect(last).toMatchObject({ queued: 0, running: 0, failed: 0, cancelled: 0, filled: true })
      expect(Number(last?.done) + Number(last?.skipped)).toBe(last?.count)
    })
  })

  it('shows the whole queue, and stops when the client disconnects', async () => {
    await using(async (watch) => {
      const events = watch<{ precacheJobs: JobState }>(`subscription { precacheJobs { ${JOB} } }`, {})
      const watching = events[Symbol.asyncIterator]()
      const first = watching.next()
      const id = await gated.queueJob()
      expect((await first).value.data.precacheJobs).toMatchObject({ jobId: id })
      await watching.return?.()
    })
    await eventually(() => expect(openSubscriptions()).toBe(0))
  })
})

function openSubscriptions(): number {
  return gated.service.app.subscriptions.count
}

describe('an event of a subscription', () => {
  const DIFFS = 'debdiff { __typename } diffoscope { __typename }'

  it('shows the diffs as soon as the job is done', async () => {
    const jobId = await gated.queueJob()
    const query = `subscription ($jobId: String!) { precacheJob(jobId: $jobId) { ... on PrecacheJob {
      status new { comparisonWithBaseline { ${DIFFS} } } } } }`
    await withSse(async (watch) => {
      const seen: { readonly status: string; readonly new: object }[] = []
      for await (const { data, errors } of watch<{ precacheJob: (typeof seen)[number] }>(query, { jobId })) {
        expect(errors).toBeUndefined()
        seen.push(data.precacheJob)
        if (data.precacheJob.status === 'DEBDIFF') await gated.gate.open()
      }
      expect(seen[0]?.new).toEqual({
        comparisonWithBaseline: {
          debdiff: { __typename: 'DiffNotReadyError' },
          diffoscope: { __typename: 'DiffNotReadyError' },
        },
      })
      expect(seen.at(-1)).toEqual({
        status: 'DONE',
        new: {
          comparisonWithBaseline: {
            debdiff: { __typename: 'Debdiff' },
            diffoscope: { __typename: 'Diffoscope' },
          },
        },
      })
    })
  })

  it.each([
    { what: 'completely', directive: '' },
    { what: 'with deferred parts', directive: '... @defer' },
  ])('closes the reports that it has read $what', async ({ directive }) => {
    const query =
      `subscription { precacheJobs { ... on PrecacheJob { jobId status ${directive} { new { comparisonWithBaseline {
      diffoscope { ... on Diffoscope { root { children(first: 100) { nodes { source2 } } } } } } } } } } }`.replace(
        'status  {',
        'status ... {',
      )
    await gated.gate.open()
    await withSse(async (watch) => {
      const events = watch<unknown>(query, {})[Symbol.asyncIterator]()
      for (let jobs = 0; jobs < 3; jobs++) {
        const next = events.next()
        await gated.addPair()
        await gated.queueJob()
        // The report is among what the event says of a finished job.
        for (let event = await next; !JSON.stringify(event.value).includes('tea_1.0-1+jan1_all.deb'); )
          event = await events.next()
        await eventually(() => expect(openReports()).toEqual([]))
      }
      await events.return?.()
    })
    await eventually(() => expect(openSubscriptions()).toBe(0))
  })

  /** Paths of the reports that this process, which runs the service, has open. */
  function openReports(): string[] {
    return readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        const path = readlinkSync(`/proc/self/fd/${fd}`)
        return path.startsWith(join(gated.places.cache, 'diffoscope')) ? [path] : []
      } catch {
        // Closed since the directory was read.
        return []
      }
    })
  }
})

describe('subscription limits', () => {
  it('refuse one subscription too many of a client, by a typed error', async () => {
    const id = await gated.queueJob()
    await withSse(async (watch) => {
      const open = Array.from({ length: 20 }, () =>
        watch<{ precacheJob: JobState }>(WATCH_JOB, { jobId: id })[Symbol.asyncIterator](),
      )
      const firsts = await Promise.all(open.map((each) => each.next()))
      expect(firsts.every(({ value }) => value.data.precacheJob.__typename === 'PrecacheJob')).toBe(true)
      const extra = watch<{ precacheJob: JobState }>(WATCH_JOB, { jobId: id })
      const refused = await extra[Symbol.asyncIterator]().next()
      expect(refused.value.data.precacheJob).toEqual({
        __typename: 'OverloadedError',
        message: expect.stringMatching(/20 open subscriptions/),
      })
      await Promise.all(open.map((each) => each.return?.()))
    })
    await eventually(() => expect(openSubscriptions()).toBe(0))
  })

  it.each([
    ['does not send its first message', async (_: WebSocket) => {}, 4408],
    ['sends a message that is too long', async (socket: WebSocket) => socket.send('x'.repeat(300_000)), 1009],
    ['sends invalid JSON', async (socket: WebSocket) => socket.send('{'), 4400],
    [
      'subscribes before its first message',
      async (socket: WebSocket) =>
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } })),
      4401,
    ],
  ])('close the WebSocket of a client that %s', async (_, misbehave, code) => {
    const socket = new WebSocket(`${gated.service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    await misbehave(socket)
    expect(await closed).toBe(code)
  })

  it.each([
    ['another origin', '/graphql', { origin: 'https://elsewhere.example' }, 403],
    ['another path', '/elsewhere', {}, 404],
  ])('refuse WebSockets for %s', async (_, path, headers, status) => {
    const socket = new WebSocket(
      `${gated.service.url.replace('http', 'ws')}${path}`,
      'graphql-transport-ws',
      {
        headers,
      },
    )
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toContain(String(status))
  })

  it('allow a page of this service to connect', async () => {
    const socket = new WebSocket(
      `${gated.service.url.replace('http', 'ws')}/graphql`,
      'graphql-transport-ws',
      {
        headers: { origin: gated.service.url },
      },
    )
    await new Promise((resolve) => socket.once('open', resolve))
    socket.terminate()
  })

  it('answer requests for an upgrade to another protocol normally', async () => {
    const { status } = await gated.service.ask('/health', {
      headers: { connection: 'Upgrade', upgrade: 'h2c' },
    })
    expect(status).toBe(200)
  })
})
