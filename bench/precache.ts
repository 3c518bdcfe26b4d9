/**
 * Measures the cost of precaching.
 *
 * Method: the built service and workers, PostgreSQL and Redis, each in a separate process.
 * - `queue`: `precacheAll` with 100,000 pairs in the database and without workers, twice. Meanwhile, a client
 *   requests a
 *   run every 20 ms.
 * - `overhead`: jobs without work, through each driver of the queue, compared with calling their handler.
 * - `workers`: 40 pairs of packages with one worker, then with two, each time with an empty cache. Each
 *   worker makes one
 *   diff at once.
 * - `subscribers`: 1,000 Server-Sent Events streams watch one batch, of which 30 jobs are cancelled one after
 *   the other.
 *   The delay is measured from the mutation until the last subscriber has the new counts.
 *
 * Requirements: queueing takes less than 30 s and 150 MB, and the second time queues nothing again; a job has
 * less than 20 ms of overhead.
 *
 * `npm run bench precache`, or `tsx bench/precache.ts [queue|overhead|workers|subscribers]…` for some of the
 * parts.
 */
import { setMaxListeners } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { openBullmqQueue } from '../src/jobs/bullmq/bullmq-queue.ts'
import { openInProcessQueue } from '../src/jobs/in-process/in-process-queue.ts'
import type { JobHandler, PrecacheQueue } from '../src/jobs/queue.ts'
import { openRedis } from '../src/redis/redis.ts'
import { buildRun } from '../test/fixtures/packages.ts'
import { startPostgres } from '../test/fixtures/postgres.ts'
import { startRedis } from '../test/fixtures/redis.ts'
import { graphql, watchBatch } from './kit/graphql-client.ts'
import { end, launch, residentBytes } from './kit/service.ts'
import { median, share } from './kit/stats.ts'

const PAIRS = 100_000
const CHANGES_PER_CONTROL = 100
const JOBS = 2_000
const REAL_PAIRS = 40
const SUBSCRIBERS = 1_000
const CHANGES = 30

const log = pino({ level: 'silent' })
const parts = { queue, overhead, workers, subscribers }
const requested = process.argv.slice(2) as (keyof typeof parts)[]
const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
const env = {
  ...process.env,
  DATABASE_URL: postgres.url,
  REDIS_URL: redis.url,
  DIFFER_DATA_DIR: join(dir, 'data'),
  DIFFER_TEMP_PATH: dir,
  DIFFER_PORT: '0',
  DIFFER_WORKER_PORT: '0',
  DIFFER_LISTEN_ADDRESS: '127.0.0.1',
  DIFFER_CATCH_UP_INTERVAL: '0',
  DIFFER_LOG_LEVEL: 'info',
}
try {
  await seed()
  for (const part of requested.length > 0 ? requested : (Object.keys(parts) as (keyof typeof parts)[])) {
    await redis.client.flushall()
    await parts[part]()
  }
} finally {
  await redis.stop()
  await postgres.stop()
  await rm(dir, { recursive: true, force: true })
}

/** Adds a thousand control runs with a hundred changes each. */
async function seed(): Promise<void> {
  await postgres.sql(
    `INSERT INTO codebase (name) SELECT 'c' || i FROM generate_series(0, ${PAIRS / CHANGES_PER_CONTROL}) i`,
  )
  await postgres.sql(`INSERT INTO change_set (id, campaign) VALUES ('all', 'lintian-fixes')`)
  await postgres.sql(`INSERT INTO run (id, codebase, suite, result_code, change_set, revision, main_branch_revision, start_time, finish_time)
    SELECT 'control-' || i, 'c' || i, 'unchanged', 'success', 'all', 'm' || i, 'm' || i, now(), now() AT TIME ZONE 'UTC'
    FROM generate_series(1, ${PAIRS / CHANGES_PER_CONTROL}) i`)
  await postgres.sql(`INSERT INTO run (id, codebase, suite, result_code, change_set, revision, main_branch_revision, start_time, finish_time)
    SELECT 'change-' || i, 'c' || (i % ${PAIRS / CHANGES_PER_CONTROL} + 1), 'lintian-fixes', 'success', 'all', 'r' || i, 'm' || (i % ${PAIRS / CHANGES_PER_CONTROL} + 1),
      now(), (now() AT TIME ZONE 'UTC') - i * interval '1 second'
    FROM generate_series(1, ${PAIRS}) i`)
}

async function queue(): Promise<void> {
  const service = await launch(dir, { ...env, DIFFER_NO_WORKER: 'true' })
  const pid = service.child.pid as number
  const agent = new Agent({ keepAlive: true })
  const run = () => graphql(service.url, '{ run(runId: "change-77") { __typename } }', {}, agent)
  for (let time = 0; time < 50; time++) await run()
  await sleep(2_000)
  const idle = residentBytes(pid)
  const redisBefore = await redisInfo('used_memory')
  for (const time of ['first', 'again']) {
    const start = performance.now()
    const { precacheAll } = await graphql(
      service.url,
      'mutation { precacheAll { ... on PrecacheAllPayload { count batch { batchId } } } }',
    )
    const answeredMs = performance.now() - start
    const delays: number[] = []
    let peak = idle
    let isFilled = false
    const filling = watchBatch(service.url, precacheAll.batch.batchId, (batch) => batch.filled).then(() => {
      isFilled = true
    })
    while (!isFilled) {
      const sent = performance.now()
      await run()
      delays.push(performance.now() - sent)
      peak = Math.max(peak, residentBytes(pid))
      await sleep(20)
    }
    await filling
    const seconds = (performance.now() - start) / 1000
    const waiting = await countQueued(service.url)
    console.log(
      `precacheAll, ${time}: ${precacheAll.count} pairs, response after ${answeredMs.toFixed(0)} ms, queued in ${seconds.toFixed(1)} s; ${waiting} wait; +${((peak - idle) / 1e6).toFixed(0)} MB`,
    )
    console.log(
      `  ${delays.length} requests for a run meanwhile: p50 ${median(delays).toFixed(1)}, p99 ${share(delays, 0.99).toFixed(1)}, worst ${Math.max(...delays).toFixed(1)} ms`,
    )
  }
  const perJob = ((await redisInfo('used_memory')) - redisBefore) / PAIRS
  console.log(`  Redis: ${(perJob / 1024).toFixed(2)} KB for each job that waits`)
  agent.destroy()
  await end(service.child)
}

/** Reads a number from Redis' `INFO`. */
async function redisInfo(name: string): Promise<number> {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await redis.client.info())?.[1])
}

async function countQueued(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^differ_queue_jobs\{state="queued"\} (\d+)$/m.exec(text)?.[1])
}

async function overhead(): Promise<void> {
  const handler: JobHandler = async () => 'made'
  const pairs = Array.from({ length: JOBS }, (_, at) => ({ oldId: 'old', newId: `new-${at}` }))
  const start = performance.now()
  for (const pair of pairs)
    await handler(pair, { trigger: 'BATCH', signal: new AbortController().signal, report: () => {} })
  const directMs = (performance.now() - start) / JOBS
  const options = {
    handler,
    concurrency: 1,
    maxWaiting: JOBS,
    isCached: async () => false,
    onEnd: () => {},
    log,
  }
  const link = await openRedis({ url: redis.url, prefix: 'bench', log })
  const drivers: Record<string, () => PrecacheQueue> = {
    'in process': () => openInProcessQueue(options),
    BullMQ: () => openBullmqQueue({ ...options, link }),
  }
  for (const [name, open] of Object.entries(drivers)) {
    const queue = open()
    const began = performance.now()
    const { batch, filling } = await queue.enqueueAll(pairs, 'BATCH')
    await filling
    for await (const _ of queue.watchBatch(batch.id));
    const ms = (performance.now() - began) / JOBS
    console.log(
      `a job without work, ${name}: ${ms.toFixed(2)} ms (without a queue ${directMs.toFixed(4)} ms)`,
    )
    await queue.close()
  }
  link.close()
}

async function workers(): Promise<void> {
  const artifacts = join(dir, 'data', 'artifacts')
  const files = (version: number) =>
    Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [
        `usr/share/real/file-${at}`,
        Array.from({ length: 400 }, (_, line) => `${at} ${line} ${line % 7 === 0 ? version : ''}\n`).join(''),
      ]),
    )
  await mkdir(artifacts, { recursive: true })
  await buildRun(join(artifacts, 'control-1'), [{ name: 'real', version: '1', files: files(0) }])
  const ids = Array.from({ length: REAL_PAIRS }, (_, at) => `change-${at * 1000 + 1000}`)
  for (const [at, id] of ids.entries())
    await buildRun(join(artifacts, id), [{ name: 'real', version: `2.${at}`, files: files(at + 1) }])
  const settings = { ...env, DIFFER_PRECACHE_CONCURRENCY: '1', DIFFER_MAX_CONCURRENT_DIFFS: '1' }
  const seconds: number[] = []
  for (const count of [1, 2]) {
    await rm(join(dir, 'data', 'cache'), { recursive: true, force: true })
    await redis.client.flushall()
    const running = await Promise.all(Array.from({ length: count }, () => launch(dir, settings, 'worker')))
    const connections = await redisInfo('connected_clients')
    const link = await openRedis({ url: redis.url, prefix: 'differ', log })
    const commandsBefore = await redisInfo('total_commands_processed')
    const queue = openBullmqQueue({
      link,
      handler: null,
      concurrency: 1,
      maxWaiting: JOBS,
      isCached: async () => false,
      onEnd: () => {},
      log,
    })
    const start = performance.now()
    const busyBefore = processorMs()
    const { batch, filling } = await queue.enqueueAll(
      ids.map((id) => ({ oldId: 'control-1', newId: id })),
      'BATCH',
    )
    await filling
    let last = batch
    for await (const state of queue.watchBatch(batch.id)) last = state
    const took = (performance.now() - start) / 1000
    seconds.push(took)
    console.log(
      `${count} worker${count > 1 ? 's' : ''}: ${last.done} of ${REAL_PAIRS} pairs in ${took.toFixed(1)} s, ${((took / REAL_PAIRS) * 1000).toFixed(0)} ms each, ${((processorMs() - busyBefore) / 1000 / took).toFixed(2)} processors busy`,
    )
    const commands = ((await redisInfo('total_commands_processed')) - commandsBefore) / REAL_PAIRS
    console.log(
      `  Redis: ${commands.toFixed(0)} commands for each job, ${connections} connections, including one of this bench`,
    )
    await queue.close()
    link.close()
    for (const { child } of running) await end(child)
  }
  const [one = 0, two = 1] = seconds
  console.log(`two workers: ${(one / two).toFixed(2)}× the speed of one`)
}

/** How long all processors of the machine together have been busy since it started. */
function processorMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0)
}

async function subscribers(): Promise<void> {
  const limits = { DIFFER_MAX_SUBSCRIPTIONS: '5000', DIFFER_MAX_CLIENT_SUBSCRIPTIONS: '5000' }
  const service = await launch(dir, { ...env, ...limits, DIFFER_NO_WORKER: 'true' })
  const pid = service.child.pid as number
  // A small batch, so that delivering its states takes most of the time.
  const { precacheAll } = await graphql(
    service.url,
    `mutation { precacheAll(since: "${new Date(Date.now() - 3_600_000).toISOString()}") { ... on PrecacheAllPayload { count batch { batchId } } } }`,
  )
  const { batchId } = precacheAll.batch
  await watchBatch(service.url, batchId, ({ filled }) => filled)
  await sleep(2_000)
  const idle = residentBytes(pid)
  const cancelled = new Array<number>(SUBSCRIBERS).fill(-1)
  const reached: { count: number; resolve: () => void }[] = []
  const onState = () => {
    const least = Math.min(...cancelled)
    while (reached[0] && least >= reached[0].count) reached.shift()?.resolve()
  }
  const all = (count: number) => new Promise<void>((resolve) => reached.push({ count, resolve }))
  const first = all(0)
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  const watching = cancelled.map((_, at) =>
    watchBatch(
      service.url,
      batchId,
      (batch) => {
        cancelled[at] = batch.cancelled
        onState()
        return false
      },
      stop.signal,
    ),
  )
  await first
  await sleep(1_000)
  const each = (residentBytes(pid) - idle) / SUBSCRIBERS
  const { precacheJobs } = await graphql(
    service.url,
    `{ precacheJobs(status: [QUEUED], first: ${CHANGES}) { ... on PrecacheJobConnection { nodes { jobId } } } }`,
  )
  const delays: number[] = []
  for (const [at, { jobId }] of precacheJobs.nodes.entries()) {
    const delivered = all(at + 1)
    const start = performance.now()
    await graphql(service.url, `mutation { cancelPrecache(jobId: "${jobId}") { __typename } }`)
    await delivered
    delays.push(performance.now() - start)
    await sleep(200)
  }
  stop.abort()
  await Promise.allSettled(watching)
  console.log(
    `${SUBSCRIBERS} subscribers: from a change to the last of them p50 ${median(delays).toFixed(0)} ms, worst ${Math.max(...delays).toFixed(0)} ms (${delays.length} changes); ${(each / 1024).toFixed(0)} KB each`,
  )
  await end(service.child)
}
