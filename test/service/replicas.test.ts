/** Two replicas with one Redis. Each sees every job, whichever of them runs it. */
import { join } from 'node:path'
import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
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

let postgres: TestDatabase
let redis: TestRedis
let places: Places
let gate: Gate
/** Runs no jobs. */
let api: TestService
/** Runs jobs. */
let worker: TestService

beforeAll(async () => {
  ;[postgres, redis, places] = await Promise.all([createTestDatabase(), startRedis(), makePlaces()])
  gate = await makeGate(join(places.root, 'gate'))
  const start = (env: Record<string, string>) =>
    startService({
      databaseUrl: postgres.url,
      places,
      env: { REDIS_URL: redis.url, ...gate.env, ...env },
    })
  api = await start({ DIFFER_NO_WORKER: 'true' })
  worker = await start({})
})
afterAll(async () => {
  await gate?.open()
  await api?.close()
  await worker?.close()
  await redis?.stop()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

const JOB = '__typename ... on PrecacheJob { jobId status progress } ... on Error { message }'

async function precache(pair: { old: string; new: string }): Promise<string> {
  const { data } = await api.graphql(
    `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
    pair,
  )
  return data.precache.jobId
}

function watch({ url }: TestService, id: string) {
  return createClient({ url: `${url}/graphql` }).iterate<{
    precacheJob: { status: string; progress: number }
  }>({
    query: `subscription ($id: String!) { precacheJob(jobId: $id) { ${JOB} } }`,
    variables: { id },
  })
}

describe('a job', () => {
  it('can be watched at every replica, from its current state to its end', async () => {
    await gate.close()
    const id = await precache(await addPair(api, 'everywhere'))
    const watched = [api, worker, api].map(async (replica) => {
      const states: string[] = []
      for await (const { data } of watch(replica, id)) states.push(data?.precacheJob.status ?? '')
      return states
    })
    await eventually(async () => expect(await gate.started()).toContain('debdiff'))
    await gate.open()
    for (const states of await Promise.all(watched)) expect(states.at(-1)).toBe('DONE')
  })

  it('can be cancelled at a replica that does not run it', async () => {
    await gate.close()
    const id = await precache(await addPair(api, 'stopped'))
    const states: string[] = []
    for await (const { data } of watch(api, id)) {
      states.push(data?.precacheJob.status ?? '')
      if (states.at(-1) === 'DEBDIFF')
        await api.graphql(`mutation ($id: String!) { cancelPrecache(jobId: $id) { ${JOB} } }`, { id })
    }
    expect(states.at(-1)).toBe('CANCELLED')
    await gate.open()
  })

  it('can be watched through a restart of Redis', async () => {
    await gate.close()
    const id = await precache(await addPair(api, 'restarted'))
    const states: string[] = []
    const watching = (async () => {
      for await (const { data } of watch(api, id)) states.push(data?.precacheJob.status ?? '')
    })()
    // Subscribed before the restart: a request during it would be refused.
    await eventually(() => expect(states).not.toEqual([]))
    await redis.restart()
    await gate.open()
    await watching
    expect(states.at(-1)).toBe('DONE')
  })
})
