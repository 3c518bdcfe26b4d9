/** Precaching over GraphQL: asked for, stopped, and watched by the clients that people have. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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

interface State {
  readonly status: string
  readonly progress: number
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
      DIFFER_WEBSOCKET_INIT_TIMEOUT: '1',
      DIFFER_WEBSOCKET_MESSAGE_LIMIT: '64',
    },
  })
})
beforeEach(async () => {
  pair = await addPair(service, `watched-${count++}`)
  await gate.close()
})
// The next test's jobs are not to wait behind this one's.
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
const WATCH_JOB = `subscription ($id: String!) { precacheJob(id: $id) { ${JOB} } }`

/** Asks for the pair; its job waits at the gate. */
async function queued(): Promise<string> {
  const { data } = await service.graphql(
    `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
    pair,
  )
  expect(data.precache.__typename).toBe('PrecacheJob')
  return data.precache.jobId
}

type Watch = (query: string, variables: object) => AsyncIterable<{ data?: any; errors?: any }>

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

/** curl prints what comes; an event is two lines. */
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

/** From its first state on; the gate opens when the job is seen to run. */
async function statesOf(watch: Watch, id: string): Promise<State[]> {
  const states: State[] = []
  for await (const { data, errors } of watch(WATCH_JOB, { id })) {
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
  it('a job is seen from its state of this moment to its end, its progress never falling', async () => {
    const id = await queued()
    await using(async (watch) => {
      const states = await statesOf(watch, id)
      expect(states.at(-1)).toMatchObject({ status: 'DONE', progress: 1, jobId: id })
      const progress = states.map((state) => state.progress)
      expect(progress).toEqual([...progress].sort((a, b) => a - b))
      expect(states.length).toBeGreaterThan(2)
    })
  })

  it('a job that has ended is told once', async () => {
    await gate.open()
    const id = await queued()
    await eventually(async () => {
      const { data } = await service.graphql(`query ($id: String!) { precacheJob(id: $id) { ${JOB} } }`, {
        id,
      })
      expect(data.precacheJob.status).toBe('DONE')
    })
    await using(async (watch) =>
      expect(await statesOf(watch, id)).toEqual([expect.objectContaining({ status: 'DONE' })]),
    )
  })

  it('a job that is none is a typed error', async () => {
    await using(async (watch) => {
      const states = await statesOf(watch, 'no-such-job')
      expect(states).toEqual([
        { __typename: 'JobNotFoundError', message: 'Job no-such-job does not exist, or has been removed since it ended' },
      ])
    })
  })

  it('a batch is seen to its end', async () => {
    const { data } = await service.graphql(
      'mutation { precacheAll { ... on PrecacheAllPayload { count batch { batchId } } } }',
    )
    expect(data.precacheAll.count).toBeGreaterThan(0)
    await gate.open()
    await using(async (watch) => {
      const seen: any[] = []
      const query =
        'subscription ($id: String!) { precacheBatch(id: $id) { ... on PrecacheBatch { count queued running done failed cancelled skipped filled } } }'
      for await (const next of watch(query, { id: data.precacheAll.batch.batchId }))
        seen.push(next.data.precacheBatch)
      const { count, done, skipped } = seen.at(-1)
      expect(seen.at(-1)).toMatchObject({ queued: 0, running: 0, failed: 0, cancelled: 0, filled: true })
      expect(done + skipped).toBe(count)
    })
  })

  it('the whole queue is seen, and who goes away leaves nothing', async () => {
    await using(async (watch) => {
      const watching = watch(`subscription { precacheJobs { ${JOB} } }`, {})[Symbol.asyncIterator]()
      const first = watching.next()
      const id = await queued()
      expect((await first).value.data.precacheJobs).toMatchObject({ jobId: id })
      await watching.return?.()
    })
    await eventually(() => expect(watchers()).toBe(0))
  })
})

function watchers(): number {
  return service.app.subscriptions.count
}

describe('precaching', () => {
  it('a batch is found again, with its jobs page by page', async () => {
    const { data } = await service.graphql(
      'mutation { precacheAll { ... on PrecacheAllPayload { batch { id batchId } } } }',
    )
    const { id, batchId } = data.precacheAll.batch
    const query = `query ($batch: String!, $after: String) { precacheBatch(id: $batch) { __typename
      ... on PrecacheBatch { id count skipped filled jobs(first: 1, after: $after) {
        nodes { jobId newRunId status } pageInfo { hasNextPage endCursor } } } } }`
    const page = async (after: string | null) =>
      (await service.graphql(query, { batch: batchId, after })).data.precacheBatch
    await eventually(async () => expect((await page(null)).filled).toBe(true))
    const jobs: any[] = []
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

  it('asked for twice is one job', async () => {
    expect(await queued()).toBe(await queued())
  })

  it('lists jobs by status, page by page', async () => {
    const ids = new Set([await queued()])
    pair = await addPair(service, `watched-${count++}`)
    ids.add(await queued())
    const query = `query ($after: String) { precacheJobs(status: [QUEUED, RETRIEVING, DEBDIFF, DIFFOSCOPE], first: 1, after: $after) {
      __typename ... on PrecacheJobConnection { nodes { jobId } pageInfo { hasNextPage endCursor } } } }`
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

  it('stops the tool of a job that is cancelled', async () => {
    const id = await queued()
    const job = async () =>
      (await service.graphql(`query ($id: String!) { precacheJob(id: $id) { ${JOB} } }`, { id })).data
        .precacheJob
    await eventually(async () => expect((await job()).status).toBe('DEBDIFF'))
    await service.graphql(`mutation ($id: String!) { cancelPrecache(jobId: $id) { ${JOB} } }`, { id })
    await eventually(async () => expect((await job()).status).toBe('CANCELLED'))
  })

  it('that fails says why, with the type of the error', async () => {
    await gate.open()
    await service.addRun({ id: 'bare', codebase: 'bare', campaign: 'unchanged' } as never, [])
    const { data } = await service.graphql(
      `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
      { old: pair.old, new: 'bare' },
    )
    await eventually(async () => {
      const { data: now } = await service.graphql(
        `query ($id: String!) { precacheJob(id: $id) { ... on PrecacheJob { status failure error { __typename ... on Error { message } } } } }`,
        { id: data.precache.jobId },
      )
      expect(now.precacheJob).toMatchObject({
        status: 'FAILED',
        error: { __typename: 'ArtifactsMissingError' },
      })
      expect(now.precacheJob.failure).toBe(now.precacheJob.error.message)
    })
  })

  it('is refused over GET', async () => {
    const query = `mutation { precache(old: "${pair.old}", new: "${pair.new}") { __typename } }`
    const { status } = await service.ask(`/graphql?query=${encodeURIComponent(query)}`)
    expect(status).toBe(405)
  })
})

describe('limits', () => {
  it('tell one client too many subscriptions, by a typed error', async () => {
    const id = await queued()
    await withSse(async (watch) => {
      const open = Array.from({ length: 20 }, () => watch(WATCH_JOB, { id })[Symbol.asyncIterator]())
      const firsts = await Promise.all(open.map((each) => each.next()))
      expect(firsts.every(({ value }) => value.data.precacheJob.__typename === 'PrecacheJob')).toBe(true)
      const refused = await watch(WATCH_JOB, { id })[Symbol.asyncIterator]().next()
      expect(refused.value.data.precacheJob).toEqual({
        __typename: 'OverloadedError',
        message: expect.stringMatching(/20 open subscriptions/),
      })
      await Promise.all(open.map((each) => each.return?.()))
    })
    await eventually(() => expect(watchers()).toBe(0))
  })

  it.each([
    ['does not begin', async (_: WebSocket) => {}, 4408],
    ['sends too much', async (socket: WebSocket) => socket.send('x'.repeat(100_000)), 1009],
    ['sends no JSON', async (socket: WebSocket) => socket.send('{'), 4400],
    [
      'watches before it may',
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
    ['another site', '/graphql', { origin: 'https://elsewhere.example' }, 403],
    ['another path', '/elsewhere', {}, 404],
  ])('keep WebSockets from %s', async (_, path, headers, status) => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws', {
      headers,
    })
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(error.message).toContain(String(status))
  })

  it('let a page of this service connect', async () => {
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { origin: service.url },
    })
    await new Promise((resolve) => socket.once('open', resolve))
    socket.terminate()
  })

  it('leave answers to requests that ask for another protocol', async () => {
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
  const asked = async (headers: Record<string, string>) => {
    const { text } = await guarded.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: MUTATION }),
    })
    return JSON.parse(text)
  }

  it.each([
    ['nothing', {}],
    ['another', { authorization: 'Bearer S3cret-tokem' }],
    ['a part of it', { authorization: 'Bearer S3cret' }],
    ['another scheme', { authorization: 'Basic S3cret-token' }],
  ])('is missed by who shows %s', async (_, headers: Record<string, string>) => {
    expect((await asked(headers)).errors[0]).toMatchObject({ extensions: { code: 'UNAUTHORIZED' } })
    const { status, headers: answered } = await guarded.ask('/precache-all', { method: 'POST', headers })
    expect(status).toBe(401)
    expect(answered['www-authenticate']).toBe('Bearer')
  })

  it('lets who shows it start work', async () => {
    const headers = { authorization: 'Bearer S3cret-token' }
    expect((await asked(headers)).data.precacheAll.__typename).toBe('PrecacheAllPayload')
    expect((await guarded.ask('/precache-all', { method: 'POST', headers })).status).toBe(202)
  })

  it('is not needed to read', async () => {
    const { data } = await guarded.graphql('{ precacheJobs { __typename } }')
    expect(data.precacheJobs.__typename).toBe('PrecacheJobConnection')
  })

  it('is shown over WebSocket by what begins the protocol', async () => {
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
    const watching = client.iterate({ query: WATCH_JOB, variables: { id: data.precache.jobId } })
    await watching.next()
    const ended = (async () => {
      for await (const _ of watching);
    })()
      .catch(() => {})
      .then(() => performance.now())
    await sleep(50)
    const told = performance.now()
    await own.close()
    // And not when the time is up that requests get, which is ten seconds.
    expect((await ended) - told).toBeLessThan(9_000)
  })
})
