/** DiffService with the in-process queue and the real engine. */
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
import { type Kit, makeKit, waitUntil } from '../diff/engine-kit.ts'
import { LIMITS } from '../diff/tools/helpers.ts'

function unknownPair(oldId: string, newId: string): never {
  throw new Error(`the test has not added the pair ${oldId} ${newId}`)
}

async function setUp(
  tools: Parameters<typeof makeKit>[1] = {},
  timeoutMs = LIMITS.timeoutMs,
  jobTimeoutMs = LIMITS.timeoutMs,
) {
  const kit = await makeKit({}, tools)
  const pairs = new Map<string, RunPair>()
  const queue = openInProcessQueue({
    handler: createJobHandler({
      engine: kit.engine,
      loadPair: async (oldId, newId) => pairs.get(`${oldId} ${newId}`) ?? unknownPair(oldId, newId),
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
  const diffService = new DiffService({
    engine: kit.engine,
    queue,
    limits: { ...LIMITS, timeoutMs },
    backgroundLimits: { ...LIMITS, timeoutMs: jobTimeoutMs },
    retrievalTimeoutMs: 10_000,
  })
  const ended = (job: PrecacheJob) =>
    waitUntil(async () => (await queue.get(job.id))?.finishedAt != null).then(() => queue.get(job.id))
  const addPair = async (kit: Kit, name: string, packages = ['alpha']) => {
    const build = (version: string) =>
      packages.map((one) => ({ name: one, version, files: { 'usr/share/x': version } }))
    const pair = await kit.addPair(name, build('1'), build('2'))
    pairs.set(`${pair.old.id} ${pair.new.id}`, pair)
    return pair
  }
  return { kit, queue, diffService, addPair, ended }
}

describe('DiffService', () => {
  it('makes the diff at once with mode WAIT', async () => {
    const { kit, addPair, diffService, queue } = await setUp()
    const pair = await addPair(kit, 'one')
    expect((await diffService.diff('debdiff', pair, 'WAIT')).kind).toBe('debdiff')
    expect((await diffService.diff('debdiff', pair, 'CACHED_ONLY')).kind).toBe('debdiff')
    expect(await queue.find({ oldId: pair.old.id, newId: pair.new.id })).toBeNull()
  })

  it('starts nothing with mode CACHED_ONLY', async () => {
    const { kit, addPair, diffService } = await setUp()
    const refusal = diffService.diff('debdiff', await addPair(kit, 'one'), 'CACHED_ONLY')
    await expect(refusal).rejects.toThrow(DiffNotReadyError)
    await expect(refusal).rejects.toMatchObject({ job: null })
    expect(await kit.startedTools()).toEqual([])
  })

  it.each([
    ['summary', 'The summary has not been made yet; request it'],
    ['diffoscope', 'The diffoscope report has not been made yet; request it'],
    ['file', 'The report of the file has not been made yet: only diffoscope can compare it; request it'],
  ] as const)('says of a missing %s what to do', (kind, message) => {
    expect(new DiffNotReadyError(kind, null).message).toBe(`${message} with the mutation makeDiffs`)
  })

  it('queues a job for both diffs with mode ENQUEUE, which CACHED_ONLY finds, too', async () => {
    const { kit, addPair, diffService, queue, ended } = await setUp()
    const pair = await addPair(kit, 'one')
    await kit.holdTools()
    const refusal = await diffService
      .diff('debdiff', pair, 'ENQUEUE')
      .catch((error: DiffNotReadyError) => error)
    const { job } = refusal as DiffNotReadyError
    await expect(diffService.diff('diffoscope', pair, 'CACHED_ONLY')).rejects.toMatchObject({
      job: { id: job?.id },
    })
    await kit.releaseTools()
    expect(await ended(job as PrecacheJob)).toMatchObject({ status: 'DONE', progress: 1, error: null })
    expect((await diffService.diff('debdiff', pair, 'ENQUEUE')).kind).toBe('debdiff')
    expect((await diffService.diff('diffoscope', pair, 'CACHED_ONLY')).kind).toBe('diffoscope')
    await queue.close()
  })

  it.each([
    {
      how: 'permanently',
      debdiff: 'echo no good >&2; exit 3',
      message:
        /last attempt failed: debdiff failed with exit code 3; after fixing the cause, try again with the mutation makeDiffs/,
      retryable: false,
    },
    {
      how: 'by its timeout',
      debdiff: 'sleep 60',
      timeoutMs: 200,
      message: /last attempt failed: debdiff took longer than 0.2 s; try again with the mutation makeDiffs/,
      retryable: true,
    },
  ])('says why a job failed $how, and what to do', async (attempt) => {
    const { debdiff, message, retryable, timeoutMs } = attempt
    const { kit, addPair, diffService, queue, ended } = await setUp({ debdiff }, timeoutMs, timeoutMs)
    const pair = await addPair(kit, 'one')
    // A job makes the summary first, which must not be what runs into the short limit.
    await kit.engine.make('summary', pair, {
      limits: LIMITS,
      retrievalTimeoutMs: 10_000,
      urgency: 'request',
    })
    const job = await queue.enqueue({ oldId: pair.old.id, newId: pair.new.id }, 'BATCH')
    const { error } = (await ended(job)) as PrecacheJob
    const refusal = await diffService.diff('debdiff', pair, 'CACHED_ONLY').catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(DiffNotReadyError)
    expect(refusal).toMatchObject({
      message: expect.stringMatching(message),
      retryable,
      job: { id: job.id, status: 'FAILED', error },
    })
    // The next attempt does not show the old error.
    await expect(diffService.diff('debdiff', pair, 'ENQUEUE')).rejects.toMatchObject({
      message: expect.stringMatching(/is being made/),
      retryable: true,
    })
  })

  it('says that a job was cancelled, and that a diff was evicted', async () => {
    const { kit, addPair, diffService, queue, ended } = await setUp()
    const pair = await addPair(kit, 'one')
    const ids = { oldId: pair.old.id, newId: pair.new.id }
    await kit.holdTools()
    const job = await queue.enqueue(ids, 'BATCH')
    await queue.cancel(job.id)
    await ended(job)
    await expect(diffService.diff('debdiff', pair, 'CACHED_ONLY')).rejects.toMatchObject({
      message: expect.stringMatching(/was cancelled; try again with the mutation makeDiffs/),
      retryable: true,
      job: { id: job.id, status: 'CANCELLED' },
    })
    await kit.releaseTools()
    await queue.enqueue(ids, 'BATCH')
    await ended(job)
    expect((await diffService.diff('debdiff', pair, 'CACHED_ONLY')).kind).toBe('debdiff')
    // A caller that looked for the diff before its job ended finds it now.
    expect((await diffService.lookupAfterJob('debdiff', pair, await queue.find(ids))).kind).toBe('debdiff')
    await removeTree(join(kit.root, 'cache', 'debdiff'))
    await expect(diffService.diff('debdiff', pair, 'CACHED_ONLY')).rejects.toMatchObject({
      message: expect.stringMatching(
        /was evicted from the cache; request it again with the mutation makeDiffs/,
      ),
      job: null,
    })
  })

  it('joins a diff that a job is making', async () => {
    const { kit, addPair, queue, diffService } = await setUp()
    const pair = await addPair(kit, 'one')
    await kit.holdTools()
    await queue.enqueue({ oldId: pair.old.id, newId: pair.new.id }, 'BATCH')
    await waitUntil(async () => (await kit.startedTools()).length === 1)
    const requested = diffService.diff('debdiff', pair, 'WAIT')
    await kit.releaseTools()
    expect((await requested).kind).toBe('debdiff')
    expect((await kit.startedTools()).filter((line) => line.startsWith('debdiff'))).toHaveLength(1)
    await queue.close()
  })

  it('queues a job if a request runs into its timeout, and names it in the error', async () => {
    const { kit, addPair, diffService, queue, ended } = await setUp(
      { debdiff: 'sleep 0.7; exec debdiff "$@"' },
      300,
    )
    const pair = await addPair(kit, 'one')
    const refusal = await diffService.diff('debdiff', pair, 'WAIT').catch((error: unknown) => error)
    expect(refusal).toMatchObject({ name: 'DiffCommandTimeoutError', limitMs: 300 })
    const job = await queue.find({ oldId: pair.old.id, newId: pair.new.id })
    expect(job).toMatchObject({ id: (refusal as DiffCommandTimeoutError).jobId, trigger: 'REQUEST' })
    expect(await ended(job as PrecacheJob)).toMatchObject({ status: 'DONE', error: null })
  })

  it('makes a diff again under the limits of a job that had joined a request with smaller ones', async () => {
    const { kit, addPair, diffService, queue, ended } = await setUp(
      { debdiff: 'sleep 0.7; exec debdiff "$@"' },
      300,
    )
    const pair = await addPair(kit, 'one')
    const refusal = diffService.diff('debdiff', pair, 'WAIT').catch((error: unknown) => error)
    await waitUntil(async () => (await kit.startedTools()).length === 1)
    const job = await queue.enqueue({ oldId: pair.old.id, newId: pair.new.id }, 'BATCH')
    expect(await refusal).toMatchObject({ name: 'DiffCommandTimeoutError', jobId: job.id })
    expect(await ended(job)).toMatchObject({ status: 'DONE', attempts: 1, trigger: 'REQUEST' })
  })
})

describe('a report that lacks a package', () => {
  /** Prints a report at once, except for the package `slow`, and fails by a signal at `killed`. */
  const diffoscope = `
case "$*" in *slow_*) sleep 3;; *killed_*) kill -9 $$;; esac
printf '{"diffoscope-json-version": 1, "source1": "a", "source2": "b", "unified_diff": null}'; exit 1`

  it('is returned by WAIT, and a job is queued that makes it whole', async () => {
    const { kit, addPair, diffService, queue, ended } = await setUp({ diffoscope }, 1_500)
    const pair = await addPair(kit, 'one', ['alpha', 'slow'])
    const partial = await diffService.diff('diffoscope', pair, 'WAIT')
    expect(partial.missing).toMatchObject([{ new: 'slow_2_all.deb' }])
    const retry = await diffService.retry(partial)
    expect(retry).toMatchObject({ state: 'PENDING', job: { trigger: 'RETRY' } })
    expect(await ended(retry?.job as PrecacheJob)).toMatchObject({ status: 'DONE', cached: false })
    const whole = await diffService.diff('diffoscope', pair, 'CACHED_ONLY')
    expect([whole.missing, await diffService.retry(whole)]).toEqual([[], null])
    expect((await kit.startedTools()).filter((line) => line === 'diffoscope alpha_2_all.deb')).toHaveLength(1)
    await queue.close()
  })

  it('is not tried again if it fails under the limits of jobs, too; the job has the error', async () => {
    const { kit, addPair, diffService, queue, ended } = await setUp({ diffoscope }, 1_000, 1_500)
    const pair = await addPair(kit, 'one', ['alpha', 'slow'])
    // These must not be what runs into the short limits.
    const options = { limits: LIMITS, retrievalTimeoutMs: 10_000, urgency: 'request' } as const
    for (const kind of ['summary', 'debdiff'] as const) await kit.engine.make(kind, pair, options)
    await diffService.diff('diffoscope', pair, 'WAIT')
    const job = await queue.find({ oldId: pair.old.id, newId: pair.new.id })
    expect(await ended(job as PrecacheJob)).toMatchObject({
      status: 'FAILED',
      attempts: 1,
      error: { name: 'DiffCommandTimeoutError', limitMs: 1_500 },
    })
    const starts = await kit.startedTools()
    const partial = await diffService.diff('diffoscope', pair, 'WAIT')
    expect(await diffService.retry(partial)).toMatchObject({
      state: 'NEVER',
      reason: expect.stringMatching(/raise --precache-timeout/),
      job: { status: 'FAILED' },
    })
    expect(
      await ended(await queue.enqueue({ oldId: pair.old.id, newId: pair.new.id }, 'BATCH')),
    ).toMatchObject({
      status: 'DONE',
      cached: true,
    })
    expect(await kit.startedTools()).toEqual(starts)
  })

  it('is tried again with growing delays if the tool was killed', async () => {
    const { kit, addPair, diffService, queue } = await setUp({ diffoscope })
    const pair = await addPair(kit, 'one', ['alpha', 'killed'])
    expect((await diffService.diff('diffoscope', pair, 'WAIT')).missing).toHaveLength(1)
    await waitUntil(async () => {
      const job = await queue.find({ oldId: pair.old.id, newId: pair.new.id })
      return job?.status === 'QUEUED' && job.attempts === 1 && job.error !== null
    })
    const partial = await diffService.diff('diffoscope', pair, 'CACHED_ONLY')
    expect(await diffService.retry(partial)).toMatchObject({ state: 'PENDING', job: { trigger: 'RETRY' } })
  })
})
