/** What may happen when nothing is cached, on the in-process queue and the real engine. */
import { describe, expect, it } from 'vitest'
import { OverloadedError } from '../../src/errors.ts'
import type { RunPair } from '../../src/model.ts'
import { Demand, DiffNotReadyError } from '../../src/precache/demand.ts'
import { openInProcessQueue } from '../../src/precache/in-process-queue.ts'
import type { PrecacheJob } from '../../src/precache/queue.ts'
import { eventually, type Kit, makeKit } from '../diff/engine-kit.ts'
import { LIMITS } from '../diff/tools/helpers.ts'

async function setUp(instead: Parameters<typeof makeKit>[1] = {}, maxWaiting = 10) {
  const kit = await makeKit({}, instead)
  const failures: PrecacheJob[] = []
  const queue = openInProcessQueue({
    engine: kit.engine,
    makeOptions: { limits: LIMITS, retrievalTimeoutMs: 10_000 },
    concurrency: 1,
    maxWaiting,
    onFailure: (job) => failures.push(job),
  })
  const demand = new Demand({ engine: kit.engine, queue, limits: LIMITS, retrievalTimeoutMs: 10_000 })
  const ended = (job: PrecacheJob) =>
    eventually(async () => (await queue.get(job.id))?.finishedAt != null).then(() => queue.get(job.id))
  return { kit, queue, demand, failures, ended }
}

function addPair(kit: Kit, name: string): Promise<RunPair> {
  const build = (version: string) => [{ name: 'alpha', version, files: { 'usr/share/x': version } }]
  return kit.addPair(name, build('1'), build('2'))
}

describe('demand', () => {
  it('makes the diff at once where somebody waits', async () => {
    const { kit, demand, queue } = await setUp()
    const pair = await addPair(kit, 'one')
    expect((await demand.diff('debdiff', pair, 'WAIT')).kind).toBe('debdiff')
    expect((await demand.diff('debdiff', pair, 'CACHED_ONLY')).kind).toBe('debdiff')
    expect(await queue.find(pair.old.id, pair.new.id)).toBeNull()
  })

  it('starts nothing for who wants only what is cached', async () => {
    const { kit, demand } = await setUp()
    const refusal = demand.diff('debdiff', await addPair(kit, 'one'), 'CACHED_ONLY')
    await expect(refusal).rejects.toThrow(DiffNotReadyError)
    await expect(refusal).rejects.toMatchObject({ job: null })
    expect(await kit.started()).toEqual([])
  })

  it('queues a job that makes both kinds, and says which; it is found by who looks for the cached diff', async () => {
    const { kit, demand, queue, ended } = await setUp()
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
})

describe('the queue of one process', () => {
  it('takes a pair that waits or runs for the same job, and an ended one for a new start', async () => {
    const { kit, queue, ended } = await setUp()
    const pair = await addPair(kit, 'one')
    await kit.shut()
    const job = await queue.enqueue(pair, 'BATCH')
    expect((await queue.enqueue(pair, 'REQUEST')).id).toBe(job.id)
    expect((await queue.counts()).running).toBe(1)
    await kit.open()
    await ended(job)
    expect(await queue.enqueue(pair, 'BATCH')).toMatchObject({ id: job.id, finishedAt: null })
    await ended(job)
    // What was cached by then was not made again.
    expect(await kit.started()).toHaveLength(2)
  })

  it('lets requests go ahead of batches', async () => {
    const { kit, queue, ended } = await setUp()
    const pairs = [await addPair(kit, 'first'), await addPair(kit, 'batch'), await addPair(kit, 'request')]
    await kit.shut()
    const jobs: PrecacheJob[] = []
    for (const [place, pair] of pairs.entries())
      jobs.push(await queue.enqueue(pair, place === 2 ? 'REQUEST' : 'BATCH'))
    await kit.open()
    const [, batch, request] = await Promise.all(jobs.map(ended))
    expect(request?.finishedAt?.getTime()).toBeLessThanOrEqual(batch?.startedAt?.getTime() ?? 0)
  })

  it('refuses what would be one too many to wait', async () => {
    const { kit, queue } = await setUp({}, 1)
    const [running, waiting, refused] = [
      await addPair(kit, 'running'),
      await addPair(kit, 'waiting'),
      await addPair(kit, 'refused'),
    ]
    await kit.shut()
    await queue.enqueue(running, 'BATCH')
    await queue.enqueue(waiting, 'BATCH')
    await expect(queue.enqueue(refused, 'BATCH')).rejects.toThrow(OverloadedError)
    expect(await queue.counts()).toEqual({ queued: 1, running: 1 })
    await queue.close()
  })

  it('keeps the reason of a failed job and tells it; the next asking starts it again', async () => {
    const { kit, queue, failures, ended } = await setUp({ debdiff: 'echo no >&2; exit 3' })
    const pair = await addPair(kit, 'one')
    const job = await queue.enqueue(pair, 'BATCH')
    expect(await ended(job)).toMatchObject({ status: 'FAILED', error: { name: 'DiffCommandError' } })
    expect(failures.map(({ id }) => id)).toEqual([job.id])
    expect((await queue.enqueue(pair, 'BATCH')).finishedAt).toBeNull()
    await ended(job)
    expect(failures).toHaveLength(2)
  })

  it('stops what runs when it closes, without calling that a failure', async () => {
    const { kit, queue, failures } = await setUp()
    await kit.shut()
    const job = await queue.enqueue(await addPair(kit, 'one'), 'BATCH')
    await eventually(async () => (await kit.started()).length === 1)
    await queue.close()
    expect(await queue.get(job.id)).toMatchObject({ status: 'CANCELLED', error: null })
    expect(failures).toEqual([])
    await eventually(async () => (await kit.leftovers()).processes.length === 0)
  })

  it('hurries a diff that a job is making when a request joins it', async () => {
    const { kit, queue, demand } = await setUp()
    const pair = await addPair(kit, 'one')
    await kit.shut()
    await queue.enqueue(pair, 'BATCH')
    await eventually(async () => (await kit.started()).length === 1)
    const wanted = demand.diff('debdiff', pair, 'WAIT')
    await kit.open()
    expect((await wanted).kind).toBe('debdiff')
    expect((await kit.started()).filter((line) => line.startsWith('debdiff'))).toHaveLength(1)
    await queue.close()
  })
})
