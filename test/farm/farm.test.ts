/** Three workers of a farm, while one of them is killed and Redis and PostgreSQL are restarted. */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { openBullmqQueue } from '../../src/jobs/bullmq/bullmq-queue.ts'
import type { PrecacheJob } from '../../src/jobs/queue.ts'
import { jobId } from '../../src/jobs/queue.ts'
import { openRedis } from '../../src/redis/redis.ts'
import { buildRun } from '../fixtures/packages.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { ask, eventually, makePlaces, type Places, remainsOf } from '../fixtures/service.ts'
import { collect } from '../jobs/queue-kit.ts'
import { startWorker } from '../service/processes.ts'

const PAIRS = 30
const numbers = Array.from({ length: PAIRS }, (_, n) => n)
const pairOf = (n: number) => ({ oldId: 'base', newId: `change-${n}` })
/** The pair whose diffoscope waits until its worker has been killed. */
const HELD_PAIR = 8

let postgres: TestPostgres
let redis: TestRedis
let places: Places

beforeAll(async () => {
  ;[postgres, redis, places] = await Promise.all([startPostgres(), startRedis(), makePlaces()])
  const database = await openDatabase({ url: postgres.url })
  await seedRuns(database, [{ id: 'base' }, ...numbers.map((n) => ({ id: `change-${n}` }))])
  await database.close()
  const build = (version: string) => [{ name: 'alpha', version, files: { 'usr/share/x': version } }]
  await buildRun(join(places.artifacts, 'base'), build('1'))
  for (const n of numbers) await buildRun(join(places.artifacts, `change-${n}`), build(`2.${n}`))
})
afterAll(async () => {
  await redis?.stop()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

/**
 * Creates a debdiff, which runs the real one, and a diffoscope that reports one difference. Both log start
 * and end.
 */
async function makeTools() {
  const dir = join(places.root, 'tools')
  const log = join(dir, 'log')
  const holdFile = join(dir, 'hold')
  await mkdir(dir)
  await writeFile(holdFile, '')
  const report = JSON.stringify({
    'diffoscope-json-version': 1,
    source1: 'a',
    source2: 'b',
    unified_diff: '@@ -1 +1 @@\n-a\n+b\n',
  })
  await writeFile(join(dir, 'report.json'), report)
  const bodies = {
    debdiff: '/usr/bin/debdiff "$@"; code=$?',
    diffoscope: [
      `case "$last" in *_2.${HELD_PAIR}_*) while [ -e ${holdFile} ]; do sleep 0.05; done;; esac`,
      `sleep 0.3; cat ${dir}/report.json; code=1`,
    ].join('\n'),
  }
  for (const [name, body] of Object.entries(bodies)) {
    const lines = [
      '#!/bin/bash',
      // Every worker calls these when it starts.
      `case "$1" in --version | --list-missing-tools) exec /usr/bin/${name} "$@" ;; esac`,
      `last=$(basename "\${@: -1}")`,
      `echo "begin ${name} $last $PPID" >> ${log}`,
      body,
      `echo "end ${name} $last $PPID" >> ${log}`,
      'exit $code',
    ]
    await writeFile(join(dir, name), `${lines.join('\n')}\n`)
    await chmod(join(dir, name), 0o755)
  }
  return {
    env: {
      DIFFER_SANDBOX: 'off',
      DIFFER_DEBDIFF_COMMAND: join(dir, 'debdiff'),
      DIFFER_DIFFOSCOPE_COMMAND: join(dir, 'diffoscope'),
    },
    release: () => rm(holdFile),
    /** The words of each log line: `begin` or `end`, the tool, its last package, the worker's process id. */
    async readLog(): Promise<string[][]> {
      const text = await readFile(log, 'utf8').catch(() => '')
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split(' '))
    },
  }
}

/**
 * The diffs that were being made, or begun, while `work` ran: without Redis, every worker gets every lease, so these may
 * be made twice. Each is the tool and the package.
 */
async function madeDuring(tools: Awaited<ReturnType<typeof makeTools>>, work: () => Promise<void>) {
  const before = await tools.readLog()
  await work()
  const ended = new Set(before.filter(([what]) => what === 'end').map(([, ...run]) => run.join(' ')))
  const begun = (await tools.readLog()).filter(([what]) => what === 'begin')
  return new Set(
    begun.filter(([, ...run]) => !ended.has(run.join(' '))).map(([, tool, name]) => `${tool} ${name}`),
  )
}

describe('three workers', () => {
  it('cache every pair once, although one is killed and Redis and PostgreSQL are restarted', async () => {
    const tools = await makeTools()
    const env = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      DIFFER_PRECACHE_CONCURRENCY: '2',
      ...tools.env,
    }
    const workers = await Promise.all([1, 2, 3].map(() => startWorker(places, env)))
    for (const { url } of workers) {
      expect((await ask(url, '/health')).text).toBe('ok')
      expect((await ask(url, '/metrics')).text).toContain('differ_queue_jobs')
    }
    const silent = pino({ level: 'silent' })
    const link = await openRedis({ url: redis.url, prefix: 'differ', log: silent })
    const queue = openBullmqQueue({
      link,
      handler: null,
      concurrency: 1,
      maxWaiting: 10_000,
      isCached: async () => false,
      onEnd: () => {},
      log: silent,
    })
    onTestFinished(async () => {
      await queue.close()
      link.close()
    })
    const { batch, filling } = await queue.enqueueAll(numbers.map(pairOf), 'BATCH')
    await filling
    const lastStates: Promise<PrecacheJob | undefined>[] = numbers.map(async (n) =>
      (await collect(queue.watchJob(jobId(pairOf(n))))).at(-1),
    )
    const counts = collect(queue.watchBatch(batch.id))
    const done = async (least: number) =>
      // Another worker continues the jobs of a killed one within a minute; all others wait for slow machines only.
      eventually(
        async () => expect((await queue.batch(batch.id))?.done).toBeGreaterThanOrEqual(least),
        240_000,
      )

    const victim = await eventually(async () => {
      const line = (await tools.readLog()).find(
        ([what, tool, name]) =>
          what === 'begin' && tool === 'diffoscope' && name === `alpha_2.${HELD_PAIR}_all.deb`,
      )
      const worker = workers.find(({ pid }) => pid === Number(line?.[3]))
      if (!worker) throw new Error('no worker has begun the pair that is held')
      return worker
    })
    await victim.end('SIGKILL')
    await tools.release()
    await done(12)
    const withoutRedis = await madeDuring(tools, async () => {
      await redis.restart()
      for (const { url } of workers.filter((worker) => worker !== victim))
        await eventually(async () =>
          expect((await ask(url, '/metrics')).text).toMatch(/^differ_redis_up(\{.*\})? 1$/m),
        )
    })
    await done(20)
    await postgres.restart()

    expect((await counts).at(-1)).toMatchObject({
      count: PAIRS,
      done: PAIRS,
      failed: 0,
      queued: 0,
      running: 0,
    })
    for (const [n, state] of (await Promise.all(lastStates)).entries())
      expect(state).toMatchObject({ ...pairOf(n), status: 'DONE', progress: 1, error: null })

    const names = numbers.map((n) => `alpha_2.${n}_all.deb`).sort()
    const log = await tools.readLog()
    const bySurvivors = log.filter(([, , , pid]) => Number(pid) !== victim.pid)
    for (const tool of ['debdiff', 'diffoscope']) {
      const entries = await readdir(join(places.cache, tool))
      expect(entries).toHaveLength(PAIRS)
      const ends = bySurvivors
        .filter(([what, name]) => what === 'end' && name === tool)
        .map(([, , name]) => name)
      // No worker made a diff that another one was making or had made, including the killed one.
      const repeated = ends.filter((name, index) => ends.indexOf(name) !== index)
      expect(repeated.filter((name) => !withoutRedis.has(`${tool} ${name}`))).toEqual([])
      expect(names).toEqual(expect.arrayContaining(ends))
    }

    for (const worker of workers) if (worker !== victim) expect(await worker.end('SIGTERM')).toBe(0)
    // The next worker that starts removes what the killed one left.
    expect(await (await startWorker(places, env)).end('SIGTERM')).toBe(0)
    expect(await remainsOf(places)).toEqual({ processes: [], files: [] })
  })
})
