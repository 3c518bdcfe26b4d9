import { describe, expect, it } from 'vitest'
import { ToolJob, ToolSlots, type Urgency } from '../../../src/diff/making/tool-slots.ts'
import { OverloadedError } from '../../../src/errors.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

interface JobOptions {
  readonly signal?: AbortSignal
  readonly client?: string
  readonly maxWaitMs?: number | null
}

/** Jobs that run until the test ends them; `started` has their names in the order in which they started. */
function makeJobs(slots: ToolSlots) {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  return {
    started,
    end: async (name: string) => {
      ends.get(name)?.()
      await nextTurn()
    },
    add: (
      name: string,
      urgency: Urgency,
      { signal = new AbortController().signal, client = '', maxWaitMs = null }: JobOptions = {},
    ) => {
      const job = new ToolJob(signal, client, maxWaitMs)
      if (urgency === 'request') job.makeUrgent()
      const done = slots.run(job, async () => {
        started.push(name)
        await new Promise<void>((end) => ends.set(name, end))
        return name
      })
      return { job, done }
    },
  }
}

describe('tool slots', () => {
  it('reject a job whose signal has already aborted', async () => {
    const slots = new ToolSlots(1)
    const reason = new Error('no caller is left')
    const late = makeJobs(slots).add('late', 'request', { signal: AbortSignal.abort(reason) })
    await expect(late.done).rejects.toBe(reason)
    expect([slots.running, slots.waiting]).toEqual([0, 0])
  })

  it('limit how many tools run at once, and start the next when one ends', async () => {
    const slots = new ToolSlots(2)
    const jobs = makeJobs(slots)
    const all = ['a', 'b', 'c'].map((name) => jobs.add(name, 'background').done)
    await nextTurn()
    expect([slots.running, slots.waiting]).toEqual([2, 1])
    expect(jobs.started).toEqual(['a', 'b'])
    for (const name of ['a', 'b', 'c']) await jobs.end(name)
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c'])
    expect([slots.running, slots.waiting]).toEqual([0, 0])
  })

  it.each([1, 2, 3, 8])(
    'start the tool of a request at once although background tools hold all %d slots',
    async (concurrency) => {
      const slots = new ToolSlots(concurrency)
      const jobs = makeJobs(slots)
      for (let i = 0; i <= concurrency; i++) jobs.add(`background ${i}`, 'background')
      jobs.add('request', 'request')
      await nextTurn()
      expect(jobs.started).toHaveLength(concurrency + 1)
      expect(jobs.started.at(-1)).toBe('request')
      expect(slots.waiting).toBe(1)
    },
  )

  it('give requests no more slots than there are while no background tool runs', async () => {
    const slots = new ToolSlots(2)
    const jobs = makeJobs(slots)
    for (const name of ['a', 'b', 'c']) jobs.add(name, 'request')
    await nextTurn()
    expect(jobs.started).toEqual(['a', 'b'])
    await jobs.end('a')
    expect(jobs.started).toEqual(['a', 'b', 'c'])
  })

  it('give a free slot to a request before earlier background work', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'request')
    jobs.add('background', 'background')
    jobs.add('request', 'request')
    await nextTurn()
    for (const name of ['first', 'request', 'background']) await jobs.end(name)
    expect(jobs.started).toEqual(['first', 'request', 'background'])
  })

  it('give a free slot to the client that has the fewest, so that one client does not hold up others', async () => {
    const slots = new ToolSlots(2)
    const jobs = makeJobs(slots)
    for (let i = 0; i < 10; i++) jobs.add(`greedy ${i}`, 'request', { client: 'greedy' })
    jobs.add('other 0', 'request', { client: 'other' })
    jobs.add('other 1', 'request', { client: 'other' })
    await nextTurn()
    await jobs.end('greedy 0')
    await jobs.end('greedy 1')
    expect(jobs.started).toEqual(['greedy 0', 'greedy 1', 'other 0', 'greedy 2'])
    await jobs.end('other 0')
    expect(jobs.started.at(-1)).toBe('other 1')
  })

  it('move a waiting job forward when a request joins it', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'request')
    jobs.add('second', 'background')
    const third = jobs.add('third', 'background')
    await nextTurn()
    third.job.makeUrgent()
    for (const name of ['first', 'third', 'second']) await jobs.end(name)
    expect(jobs.started).toEqual(['first', 'third', 'second'])
  })

  it('start a waiting job at once when a request joins it while background tools hold the slots', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'background')
    const second = jobs.add('second', 'background')
    await nextTurn()
    expect(jobs.started).toEqual(['first'])
    second.job.makeUrgent()
    await nextTurn()
    expect(jobs.started).toEqual(['first', 'second'])
  })

  it('reject a waiting job at once when its signal aborts, and never start its tool', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'request')
    const abort = new AbortController()
    const waiting = jobs.add('waiting', 'request', { signal: abort.signal })
    jobs.add('last', 'background')
    await nextTurn()
    abort.abort(new Error('gone'))
    await expect(waiting.done).rejects.toThrow('gone')
    await jobs.end('first')
    await jobs.end('last')
    expect(jobs.started).toEqual(['first', 'last'])
    expect([slots.running, slots.waiting]).toEqual([0, 0])
  })

  it('refuse a request that waited too long, with what is ahead of it and when to come back', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'request')
    const refused = await jobs
      .add('second', 'request', { maxWaitMs: 1 })
      .done.catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(OverloadedError)
    expect(refused).toMatchObject({
      retryAfterMs: 15_000,
      message: expect.stringMatching(/1 tools are running/),
    })
    await jobs.end('first')
    expect([slots.running, slots.waiting, jobs.started]).toEqual([0, 0, ['first']])
  })

  it('free the slot of a tool that fails', async () => {
    const slots = new ToolSlots(1)
    const job = () => new ToolJob(new AbortController().signal)
    await expect(slots.run(job(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await slots.run(job(), async () => 'next')).toBe('next')
  })
})
