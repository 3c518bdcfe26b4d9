/** What may happen when nothing is cached, on the in-process queue and the real engine. */
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import type { DiffCommandTimeoutError } from '../../src/errors.ts'
import { openInProcessQueue } from '../../src/jobs/in-process/in-process-queue.ts'
import { createJobHandler, isCached } from '../../src/jobs/precache-job.ts'
import type { PrecacheJob } from '../../src/jobs/queue.ts'
import type { RunPair } from '../../src/model.ts'
import { DiffNotReadyError, DiffService } from '../../src/services/diff-service.ts'
import { eventually, type Kit, makeKit } from '../diff/engine-kit.ts'
import { LIMITS } from '../diff/tools/helpers.ts'

async function setUp(
  instead: Parameters<typeof makeKit>[1] = {},
  timeoutMs = LIMITS.timeoutMs,
  jobTimeoutMs = LIMITS.timeoutMs,
) {
  const kit = await makeKit({}, instead)
  const pairs = new Map<string, RunPair>()
  const queue = openInProcessQueue({
    handler: createJobHandler({
      engine: kit.engine,
      loadPair: async (oldId, newId) => pairs.get(`${oldId} ${newId}`)!,
      limits: { ...LIMITS, timeoutMs: jobTimeoutMs },
      retrievalTimeoutMs: 10_000,
    }),
    isCached: (pair) => isCached(kit.engine, pair),
    concurrency: 1,
    maxWaiting: 10,
    onEnd: () => {},
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => queue.close())
  const demand = new DiffService({
    engine: kit.engine,
    queue,
    limits: { ...LIMITS, timeoutMs },
    retrievalTimeoutMs: 10_000,
  })
  const ended = (job: PrecacheJob) =>
    eventually(async () => (await queue.get(job.id))?.finishedAt != null).then(() => queue.get(job.id))
  const addPair = async (kit: Kit, name: string) => {
    const build = (version: string) => [{ name: 'alpha', version, files: { 'usr/share/x': version } }]
    const pair = await kit.addPair(name, build('1'), build('2'))
    pairs.set(`${pair.old.id} ${pair.new.id}`, pair)
    return pair
  }
  return { kit, queue, demand, addPair, ended }
}

describe('demand', () => {
  it('makes the diff at once where somebody waits', async () => {
    const { kit, addPair, demand, queue } = await setUp()
    const pair = await addPair(kit, 'one')
    expect((await demand.diff('debdiff', pair, 'WAIT')).kind).toBe('debdiff')
    expect((await demand.diff('debdiff', pair, 'CACHED_ONLY')).kind).toBe('debdiff')
    expect(await queue.find({ oldId: pair.old.id, newId: pair.new.id })).toBeNull()
  })

  it('starts nothing for who wants only what is cached', async () => {
    const { kit, addPair, demand } = await setUp()
    const refusal = demand.diff('debdiff', await addPair(kit, 'one'), 'CACHED_ONLY')
    await expect(refusal).rejects.toThrow(DiffNotReadyError)
    await expect(refusal).rejects.toMatchObject({ job: null })
    expect(await kit.started()).toEqual([])
  })

  it('queues a job that makes both kinds, and says which; it is found by who looks for the cached diff', async () => {
    const { kit, addPair, demand, queue, ended } = await setUp()
    const pair = await addPair(kit, 'one')
    await kit.shut()
    const refusal = await demand.diff('debdiff', pair, 'ENQUEUE').catch((error: DiffNotReadyError) => error)
    const { job } = refusal as DiffNotReadyError
    await expect(demand.diff('diffoscope', pair, 'CACHED_ONLY')).rejects.toMatchObject({
      job: { id: job?.id },
    })
    await kit.open()
    expect(await ended(job as PrecacheJob)).toMatchObject({ status: 'DONE', progress: 1, error: null })
    expect((await demand.diff('debdiff', pair, 'ENQUEUE')).kind).toBe('debdiff')
    expect((await demand.diff('diffoscope', pair, 'CACHED_ONLY')).kind).toBe('diffoscope')
    await queue.close()
  })

  it.each([
    {
      how: 'for good',
      debdiff: 'echo no good >&2; exit 3',
      message: /last attempt failed: debdiff failed with exit code 3; after fixing the cause, request it with mode ENQUEUE/,
      retryable: false,
    },
    {
      how: 'by what may pass: a command that takes too long',
      debdiff: 'sleep 60',
      timeoutMs: 200,
      message: /last attempt failed: debdiff took longer than 0.2 s; request it with mode ENQUEUE/,
      retryable: true,
    },
  ])('says of a job that failed $how what it failed by, and what to do', async (attempt) => {
    const { debdiff, message, retryable, timeoutMs } = attempt
    const { kit, addPair, demand, queue, ended } = await setUp({ debdiff }, timeoutMs, timeoutMs)
    const pair = await addPair(kit, 'one')
    const job = await queue.enqueue({ oldId: pair.old.id, newId: pair.new.id }, 'BATCH')
    const { error } = (await ended(job)) as PrecacheJob
    const refusal = await demand.diff('debdiff', pair, 'CACHED_ONLY').catch((thrown: unknown) => thrown)
    expect(refusal).toBeInstanceOf(DiffNotReadyError)
    expect(refusal).toMatchObject({
      message: expect.stringMatching(message),
      retryable,
      job: { id: job.id, status: 'FAILED', error },
    })
    // Another attempt begins with a clean sheet.
    await expect(demand.diff('debdiff', pair, 'ENQUEUE')).rejects.toMatchObject({
      message: expect.stringMatching(/is being made/),
      retryable: true,
    })
  })

  it('says that a job was cancelled, and that a diff that was made is gone', async () => {
    const { kit, addPair, demand, queue, ended } = await setUp()
    const pair = await addPair(kit, 'one')
    const ids = { oldId: pair.old.id, newId: pair.new.id }
    await kit.shut()
    const job = await queue.enqueue(ids, 'BATCH')
    await queue.cancel(job.id)
    await ended(job)
    await expect(demand.diff('debdiff', pair, 'CACHED_ONLY')).rejects.toMatchObject({
      message: expect.stringMatching(/was cancelled; request it with mode ENQUEUE or WAIT/),
      retryable: true,
      job: { id: job.id, status: 'CANCELLED' },
    })
    await kit.open()
    await queue.enqueue(ids, 'BATCH')
    await ended(job)
    expect((await demand.diff('debdiff', pair, 'CACHED_ONLY')).kind).toBe('debdiff')
    // What was looked for before its job ended is there now.
    expect((await demand.lookupAfterJob('debdiff', pair, await queue.find(ids))).kind).toBe('debdiff')
    await removeTree(join(kit.root, 'cache', 'debdiff'))
    await expect(demand.diff('debdiff', pair, 'CACHED_ONLY')).rejects.toMatchObject({
      message: expect.stringMatching(/was evicted from the cache; request it/),
      job: null,
    })
  })

  it('hurries a diff that a job is making when a request joins it', async () => {
    const { kit, addPair, queue, demand } = await setUp()
    const pair = await addPair(kit, 'one')
    await kit.shut()
    await queue.enqueue({ oldId: pair.old.id, newId: pair.new.id }, 'BATCH')
    await eventually(async () => (await kit.started()).length === 1)
    const wanted = demand.diff('debdiff', pair, 'WAIT')
    await kit.open()
    expect((await wanted).kind).toBe('debdiff')
    expect((await kit.started()).filter((line) => line.startsWith('debdiff'))).toHaveLength(1)
    await queue.close()
  })

  it('leaves what takes a request too long to the background, and says which job it is', async () => {
    const { kit, addPair, demand, queue, ended } = await setUp(
      { debdiff: 'sleep 0.7; exec debdiff "$@"' },
      300,
    )
    const pair = await addPair(kit, 'one')
    const refusal = await demand.diff('debdiff', pair, 'WAIT').catch((error: unknown) => error)
    expect(refusal).toMatchObject({ name: 'DiffCommandTimeoutError', limitMs: 300 })
    const job = await queue.find({ oldId: pair.old.id, newId: pair.new.id })
    expect(job).toMatchObject({ id: (refusal as DiffCommandTimeoutError).jobId, trigger: 'REQUEST' })
    expect(await ended(job as PrecacheJob)).toMatchObject({ status: 'DONE', error: null })
  })

  it('begins again under its own limits where the job had joined a request that took too long', async () => {
    const { kit, addPair, demand, queue, ended } = await setUp(
      { debdiff: 'sleep 0.7; exec debdiff "$@"' },
      300,
    )
    const pair = await addPair(kit, 'one')
    const refusal = demand.diff('debdiff', pair, 'WAIT').catch((error: unknown) => error)
    await eventually(async () => (await kit.started()).length === 1)
    const job = await queue.enqueue({ oldId: pair.old.id, newId: pair.new.id }, 'BATCH')
    expect(await refusal).toMatchObject({ name: 'DiffCommandTimeoutError', jobId: job.id })
    expect(await ended(job)).toMatchObject({ status: 'DONE', attempts: 1, trigger: 'REQUEST' })
  })
})
