/** Background jobs over GraphQL: queued, cancelled, and watched with several client libraries. */
import { spawn } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  type Places,
  startService,
  type TestService,
} from '../fixtures/service.ts'

/** A job, or an error, as `JOB` selects it. */
interface State {
  readonly __typename: string
  readonly status: string
  readonly progress: number
}

interface BatchCounts {
  readonly count: number
  readonly done: number
  readonly skipped: number
}

let places: Places
let gate: Gate
let service: TestService
let pair: { old: string; new: string }
let count = 0

beforeAll(async () => {
  places = await makePlaces()
  gate = await makeGate(join(places.root, 'gate'))
  service = await startService({
    places,
    env: {
      ...gate.env,
      DIFFER_MAX_SUBSCRIPTIONS: '30',
      DIFFER_MAX_CLIENT_SUBSCRIPTIONS: '20',
    },
  })
})
beforeEach(async () => {
  pair = await addPair(service, `watched-${count++}`)
  await gate.close()
})
// Jobs of this test must not delay those of the next one.
afterEach(async () => {
  await gate.open()
  await eventually(async () => {
    const { text } = await service.ask('/metrics')
    for (const state of ['queued', 'running'])
      expect(text).toMatch(new RegExp(`^differ_queue_jobs\\{[^}]*${state}[^}]*\\} 0$`, 'm'))
  })
})
afterAll(async () => {
  await service?.close()
  await removeTree(places.root)
})

const JOB = '__typename ... on PrecacheJob { jobId status progress step } ... on Error { message }'
const WATCH_JOB = `subscription ($jobId: String!) { precacheJob(jobId: $jobId) { ${JOB} } }`
const FIND_JOB = `query ($jobId: String!) { precacheJob(jobId: $jobId) { ${JOB} } }`

/** Queues a job for the pair, which will wait at the gate, and returns its id. */
async function queueJob(): Promise<string> {
  const { data } = await service.graphql(
    `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
    pair,
  )
  expect(data.precache.__typename).toBe('PrecacheJob')
  return data.precache.jobId
}

/** Runs a subscription, whose data the caller knows. */
type Watch = <Data>(
  query: string,
  variables: object,
) => AsyncIterable<{ readonly data: Data; readonly errors?: readonly unknown[] }>

async function withWebSocket(watch: (watch: Watch) => Promise<void>, connectionParams = {}): Promise<void> {
  const client = createWsClient({
    url: `${service.url.replace('http', 'ws')}/graphql`,
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
  const client = createSseClient({ url: `${service.url}/graphql`, retryAttempts: 0 })
  try {
    await watch((query, variables) => client.iterate({ query, variables: { ...variables } }) as never)
  } finally {
    client.dispose()
  }
}

/** Reads the events that curl prints. */
async function withCurl(watch: (watch: Watch) => Promise<void>): Promise<void> {
  await watch(async function* (query, variables) {
    const args = ['-sN', `${service.url}/graphql`, '-H', 'content-type: application/json']
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
async function statesOf(watch: Watch, jobId: string): Promise<State[]> {
  const states: State[] = []
  for await (const { data, errors } of watch<{ precacheJob: State }>(WATCH_JOB, { jobId })) {
    expect(errors).toBeUndefined()
    states.push(data.precacheJob)
    if (data.precacheJob.status === 'DEBDIFF') await gate.open()
  }
  return states
}

describe.each([
  { client: 'graphql-ws', using: withWebSocket },
  { client: 'graphql-sse', using: withSse },
  { client: 'curl -N', using: withCurl },
])('with $client', ({ using }) => {
  it('shows a job from its current state to its end, with progress that never decreases', async () => {
    const id = await queueJob()
    await using(async (watch) => {
      const states = await statesOf(watch, id)
      expect(states.at(-1)).toMatchObject({ status: 'DONE', progress: 1, jobId: id })
      const progress = states.map((state) => state.progress)
      expect(progress).toEqual([...progress].sort((a, b) => a - b))
      expect(states.length).toBeGreaterThan(2)
    })
  })

  it('shows an ended job once', async () => {
    await gate.open()
    const id = await queueJob()
    await eventually(async () => {
      const { data } = await service.graphql(FIND_JOB, { jobId: id })
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
    const { data } = await service.graphql(
      'mutation { precacheAll { ... on PrecacheAllPayload { count batch { batchId } } } }',
    )
    expect(data.precacheAll.count).toBeGreaterThan(0)
    await gate.open()
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
      const events = watch<{ precacheJobs: State }>(`subscription { precacheJobs { ${JOB} } }`, {})
      const watching = events[Symbol.asyncIterator]()
      const first = watching.next()
      const id = await queueJob()
      expect((await first).value.data.precacheJobs).toMatchObject({ jobId: id })
      await watching.return?.()
    })
    await eventually(() => expect(openSubscriptions()).toBe(0))
  })
})

function openSubscriptions(): number {
  return service.app.subscriptions.count
}

describe('an event of a subscription', () => {
  const DIFFS = 'debdiff { __typename } diffoscope { __typename }'

  it('shows the diffs as soon as the job is done', async () => {
    const jobId = await queueJob()
    const query = `subscription ($jobId: String!) { precacheJob(jobId: $jobId) { ... on PrecacheJob {
      status new { comparisonWithBaseline { ${DIFFS} } } } } }`
    await withSse(async (watch) => {
      const seen: { readonly status: string; readonly new: object }[] = []
      for await (const { data, errors } of watch<{ precacheJob: (typeof seen)[number] }>(query, { jobId })) {
        expect(errors).toBeUndefined()
        seen.push(data.precacheJob)
        if (data.precacheJob.status === 'DEBDIFF') await gate.open()
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
    await gate.open()
    await withSse(async (watch) => {
      const events = watch<unknown>(query, {})[Symbol.asyncIterator]()
      for (let jobs = 0; jobs < 3; jobs++) {
        const next = events.next()
        pair = await addPair(service, `watched-${count++}`)
        await queueJob()
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
        return path.startsWith(join(places.cache, 'diffoscope')) ? [path] : []
      } catch {
        // Closed since the directory was read.
        return []
      }
    })
  }
})

describe('background jobs', () => {
  it('finds a batch again, and lists its jobs page by page', async () => {
    const { data } = await service.graphql(
      'mutation { precacheAll { ... on PrecacheAllPayload { batch { id batchId } } } }',
    )
    const { id, batchId } = data.precacheAll.batch
    const query = `query ($batchId: String!, $after: String) { precacheBatch(batchId: $batchId) { __typename
      ... on PrecacheBatch { id count skipped filled jobs(first: 1, after: $after) {
        nodes { jobId newRunId status } pageInfo { hasNextPage endCursor } } } } }`
    const page = async (after: string | null) =>
      (await service.graphql(query, { batchId, after })).data.precacheBatch
    await eventually(async () => expect((await page(null)).filled).toBe(true))
    const jobs: { readonly jobId: string; readonly newRunId: string }[] = []
    let counted = 0
    for (let after: string | null = null, more = true; more; ) {
      const batch = await page(after)
      counted = batch.count - batch.skipped
      expect(batch.id).toBe(id)
      jobs.push(...batch.jobs.nodes)
      more = batch.jobs.pageInfo.hasNextPage
      after = batch.jobs.pageInfo.endCursor
    }
    expect(new Set(jobs.map(({ jobId }) => jobId)).size).toBe(counted)
    expect(jobs.map(({ newRunId }) => newRunId)).toContain(pair.new)
    const { data: again } = await service.graphql(
      'query ($id: ID!) { node(id: $id) { ... on PrecacheBatch { batchId } } }',
      { id },
    )
    expect(again.node).toEqual({ batchId })
  })

  it('returns the same job when a pair is queued twice', async () => {
    expect(await queueJob()).toBe(await queueJob())
  })

  it('lists jobs by status, page by page', async () => {
    const ids = new Set([await queueJob()])
    pair = await addPair(service, `watched-${count++}`)
    ids.add(await queueJob())
    const query = `query ($after: String) { precacheJobs(status: [QUEUED, RETRIEVING, DEBDIFF, DIFFOSCOPE], first: 1, after: $after) {
      __typename ... on PrecacheJobConnection { nodes { jobId } pageInfo { hasNextPage endCursor } } } }`
    // A job that starts between two pages moves to another page, so this waits until the jobs are at the gate.
    await eventually(async () => {
      const found: string[] = []
      for (let after: string | null = null; ; ) {
        const { data } = await service.graphql(query, { after })
        found.push(...data.precacheJobs.nodes.map(({ jobId }: { jobId: string }) => jobId))
        if (!data.precacheJobs.pageInfo.hasNextPage) break
        after = data.precacheJobs.pageInfo.endCursor
      }
      expect(found).toEqual(expect.arrayContaining([...ids]))
      expect(new Set(found).size).toBe(found.length)
    })
  })

  it('stops the tool of a cancelled job', async () => {
    const id = await queueJob()
    const job = async () => (await service.graphql(FIND_JOB, { jobId: id })).data.precacheJob
    await eventually(async () => expect((await job()).status).toBe('DEBDIFF'))
    await service.graphql(`mutation ($id: String!) { cancelPrecache(jobId: $id) { ${JOB} } }`, { id })
    await eventually(async () => expect((await job()).status).toBe('CANCELLED'))
  })

  it('says why a job failed, with the type of the error', async () => {
    await gate.open()
    await service.addRun({ id: 'bare', codebase: 'bare', campaign: 'unchanged' } as never, [])
    const { data } = await service.graphql(
      `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
      { old: pair.old, new: 'bare' },
    )
    await eventually(async () => {
      const { data: now } = await service.graphql(
        `query ($jobId: String!) { precacheJob(jobId: $jobId) { ... on PrecacheJob { status failure error { __typename ... on Error { message } } } } }`,
        { jobId: data.precache.jobId },
      )
      expect(now.precacheJob).toMatchObject({
        status: 'FAILED',
        error: { __typename: 'ArtifactsMissingError' },
      })
      expect(now.precacheJob.failure).toBe(now.precacheJob.error.message)
    })
  })

  it('refuses to queue a job over GET', async () => {
    const query = `mutation { precache(old: "${pair.old}", new: "${pair.new}") { __typename } }`
    const { status } = await service.ask(`/graphql?query=${encodeURIComponent(query)}`)
    expect(status).toBe(405)
  })
})

describe('subscription limits', () => {
  it('refuse one subscription too many of a client, by a typed error', async () => {
    const id = await queueJob()
    await withSse(async (watch) => {
      const open = Array.from({ length: 20 }, () =>
        watch<{ precacheJob: State }>(WATCH_JOB, { jobId: id })[Symbol.asyncIterator](),
      )
      const firsts = await Promise.all(open.map((each) => each.next()))
      expect(firsts.every(({ value }) => value.data.precacheJob.__typename === 'PrecacheJob')).toBe(true)
      const extra = watch<{ precacheJob: State }>(WATCH_JOB, { jobId: id })
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
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    await misbehave(socket)
    expect(await closed).toBe(code)
  })

  it.each([
    ['another origin', '/graphql', { origin: 'https://elsewhere.example' }, 403],
    ['another path', '/elsewhere', {}, 404],
  ])('refuse WebSockets for %s', async (_, path, headers, status) => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws', {
      headers,
    })
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toContain(String(status))
  })

  it('allow a page of this service to connect', async () => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { origin: service.url },
    })
    await new Promise((resolve) => socket.once('open', resolve))
    socket.terminate()
  })

  it('answer requests for an upgrade to another protocol normally', async () => {
    const { status } = await service.ask('/health', { headers: { connection: 'Upgrade', upgrade: 'h2c' } })
    expect(status).toBe(200)
  })
})

describe('the token', () => {
  let guarded: TestService
  beforeAll(async () => {
    guarded = await startService({ env: { DIFFER_TOKEN: 'S3cret-token' } })
    await addPair(guarded, 'guarded')
  })
  afterAll(() => guarded?.close())
  const MUTATION = 'mutation { precacheAll { __typename } }'
  const precacheAll = async (headers: Record<string, string>) => {
    const { text } = await guarded.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: MUTATION }),
    })
    return JSON.parse(text)
  }

  it.each([
    ['no token', {}],
    ['another token', { authorization: 'Bearer S3cret-tokem' }],
    ['a part of the token', { authorization: 'Bearer S3cret' }],
    ['another scheme', { authorization: 'Basic S3cret-token' }],
  ])('is required: 401 for a client with %s', async (_, headers: Record<string, string>) => {
    expect((await precacheAll(headers)).errors[0]).toMatchObject({ extensions: { code: 'UNAUTHORIZED' } })
    const { status, headers: answered } = await guarded.ask('/precache-all', { method: 'POST', headers })
    expect(status).toBe(401)
    expect(answered['www-authenticate']).toBe('Bearer')
  })

  it('allows a client that sends it to start work', async () => {
    const headers = { authorization: 'Bearer S3cret-token' }
    expect((await precacheAll(headers)).data.precacheAll.__typename).toBe('PrecacheAllPayload')
    expect((await guarded.ask('/precache-all', { method: 'POST', headers })).status).toBe(202)
  })

  it('is not needed for reading', async () => {
    const { data } = await guarded.graphql('{ precacheJobs { __typename } }')
    expect(data.precacheJobs.__typename).toBe('PrecacheJobConnection')
  })

  it('is sent over WebSocket in the first message', async () => {
    for (const [params, code] of [
      [{}, 'UNAUTHORIZED'],
      [{ authorization: 'Bearer S3cret-token' }, undefined],
    ] as const) {
      const client = createWsClient({
        url: `${guarded.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: params,
      })
      const { value } = await client.iterate({ query: MUTATION }).next()
      expect(value.errors?.[0]?.extensions?.code).toBe(code)
      await client.dispose()
    }
  })
})

describe('a service that stops', () => {
  it('ends subscriptions at once', async () => {
    const own = await startService({ env: gate.env })
    const its = await addPair(own, 'stopping')
    const { data } = await own.graphql(
      `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
      its,
    )
    const client = createSseClient({ url: `${own.url}/graphql`, retryAttempts: 0 })
    const watching = client.iterate({ query: WATCH_JOB, variables: { jobId: data.precache.jobId } })
    await watching.next()
    const ended = (async () => {
      for await (const _ of watching);
    })()
      // The client reports the end of the connection as an error.
      .catch(() => {})
      .then(() => performance.now())
    const stopped = performance.now()
    await own.close()
    // Other requests get ten seconds to complete.
    expect((await ended) - stopped).toBeLessThan(9_000)
  })
})
