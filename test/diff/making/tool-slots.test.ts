import { describe, expect, it } from 'vitest'
import { ToolJob, ToolSlots, type Urgency } from '../../../src/diff/making/tool-slots.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

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
    add: (name: string, urgency: Urgency, signal = new AbortController().signal) => {
      const job = new ToolJob(signal)
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
    const late = makeJobs(slots).add('late', 'request', AbortSignal.abort(reason))
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

  it('give a free slot to a request before earlier background work', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'background')
    jobs.add('background', 'background')
    jobs.add('request', 'request')
    await nextTurn()
    for (const name of ['first', 'request', 'background']) await jobs.end(name)
    expect(jobs.started).toEqual(['first', 'request', 'background'])
  })

  it('move a waiting job forward when a request joins it', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'background')
    jobs.add('second', 'background')
    const third = jobs.add('third', 'background')
    await nextTurn()
    third.job.makeUrgent()
    for (const name of ['first', 'third', 'second']) await jobs.end(name)
    expect(jobs.started).toEqual(['first', 'third', 'second'])
  })

  it('reject a waiting job at once when its signal aborts, and never start its tool', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'background')
    const abort = new AbortController()
    const waiting = jobs.add('waiting', 'request', abort.signal)
    jobs.add('last', 'background')
    await nextTurn()
    abort.abort(new Error('gone'))
    await expect(waiting.done).rejects.toThrow('gone')
    await jobs.end('first')
    await jobs.end('last')
    expect(jobs.started).toEqual(['first', 'last'])
  })

  it('free the slot of a tool that fails', async () => {
    const slots = new ToolSlots(1)
    const job = () => new ToolJob(new AbortController().signal)
    await expect(slots.run(job(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await slots.run(job(), async () => 'next')).toBe('next')
  })
})
