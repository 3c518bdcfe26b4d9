import { describe, expect, it } from 'vitest'
import { ToolJob, ToolSlots, type Urgency } from '../../../src/diff/making/tool-slots.ts'

const soon = () => new Promise((resolve) => setImmediate(resolve))

/** Jobs that run until they are ended, and the order in which they began. */
function makeJobs(slots: ToolSlots) {
  const began: string[] = []
  const ends = new Map<string, () => void>()
  return {
    began,
    end: async (name: string) => {
      ends.get(name)?.()
      await soon()
    },
    add: (name: string, urgency: Urgency, signal = new AbortController().signal) => {
      const job = new ToolJob(signal)
      if (urgency === 'request') job.makeUrgent()
      const done = slots.run(job, async () => {
        began.push(name)
        await new Promise<void>((end) => ends.set(name, end))
        return name
      })
      return { job, done }
    },
  }
}

describe('slots for tools', () => {
  it('refuse at once a job that has been told to stop already', async () => {
    const slots = new ToolSlots(1)
    const reason = new Error('nobody waits')
    const late = makeJobs(slots).add('late', 'request', AbortSignal.abort(reason))
    await expect(late.done).rejects.toBe(reason)
    expect([slots.running, slots.waiting]).toEqual([0, 0])
  })

  it('let no more run at a time than there are, and the next when one ends', async () => {
    const slots = new ToolSlots(2)
    const jobs = makeJobs(slots)
    const all = ['a', 'b', 'c'].map((name) => jobs.add(name, 'background').done)
    await soon()
    expect([slots.running, slots.waiting]).toEqual([2, 1])
    expect(jobs.began).toEqual(['a', 'b'])
    for (const name of ['a', 'b', 'c']) await jobs.end(name)
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c'])
    expect([slots.running, slots.waiting]).toEqual([0, 0])
  })

  it('give a freed place to a request before background work that came earlier', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'background')
    jobs.add('background', 'background')
    jobs.add('request', 'request')
    await soon()
    for (const name of ['first', 'request', 'background']) await jobs.end(name)
    expect(jobs.began).toEqual(['first', 'request', 'background'])
  })

  it('move a waiting job ahead when somebody in a hurry joins it', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'background')
    jobs.add('second', 'background')
    const third = jobs.add('third', 'background')
    await soon()
    third.job.makeUrgent()
    for (const name of ['first', 'third', 'second']) await jobs.end(name)
    expect(jobs.began).toEqual(['first', 'third', 'second'])
  })

  it('let a job that is aborted while it waits go at once, and never start its tool', async () => {
    const slots = new ToolSlots(1)
    const jobs = makeJobs(slots)
    jobs.add('first', 'background')
    const abort = new AbortController()
    const waiting = jobs.add('waiting', 'request', abort.signal)
    jobs.add('last', 'background')
    await soon()
    abort.abort(new Error('gone'))
    await expect(waiting.done).rejects.toThrow('gone')
    await jobs.end('first')
    await jobs.end('last')
    expect(jobs.began).toEqual(['first', 'last'])
  })

  it('free the place of a tool that fails', async () => {
    const slots = new ToolSlots(1)
    const job = () => new ToolJob(new AbortController().signal)
    await expect(slots.run(job(), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await slots.run(job(), async () => 'next')).toBe('next')
  })
})
