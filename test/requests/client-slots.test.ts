/** How much of one kind of work runs at once, in all and for each client. */
import { describe, expect, it } from 'vitest'
import { OverloadedError } from '../../src/errors.ts'
import { ClientSlots } from '../../src/requests/client-slots.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

function makeWork(limits: Partial<ConstructorParameters<typeof ClientSlots>[1]> = {}) {
  const slots = new ClientSlots('searches', {
    inAll: 2,
    perClient: 1,
    waitingPerClient: 2,
    maxWaitMs: 60_000,
    ...limits,
  })
  const started: string[] = []
  const ends = new Map<string, () => void>()
  return {
    started,
    begin: (name: string) => {
      const [client = ''] = name.split(' ')
      return slots.run(client, async () => {
        started.push(name)
        await new Promise<void>((end) => ends.set(name, end))
        return name
      })
    },
    end: async (name: string) => {
      ends.get(name)?.()
      await nextTurn()
    },
  }
}

describe('slots for clients', () => {
  it('leave a slot for others although one client wants them all', async () => {
    const work = makeWork()
    const done = ['greedy 1', 'greedy 2', 'greedy 3', 'other 1'].map(work.begin)
    await nextTurn()
    expect(work.started).toEqual(['greedy 1', 'other 1'])
    for (const name of ['greedy 1', 'greedy 2', 'greedy 3', 'other 1']) await work.end(name)
    expect(await Promise.all(done)).toHaveLength(4)
    expect(work.started).toEqual(['greedy 1', 'other 1', 'greedy 2', 'greedy 3'])
  })

  it('refuse a client that has too much waiting, and not the next one', async () => {
    const work = makeWork()
    const done = ['greedy 1', 'greedy 2', 'greedy 3'].map(work.begin)
    await expect(work.begin('greedy 4')).rejects.toThrow(/Too many searches are running; 1 of one address/)
    done.push(work.begin('other 1'))
    await nextTurn()
    for (const name of ['greedy 1', 'greedy 2', 'greedy 3', 'other 1']) await work.end(name)
    expect(await Promise.all(done)).toHaveLength(4)
  })

  it('refuse work that waited too long', async () => {
    const work = makeWork({ maxWaitMs: 1 })
    const first = work.begin('client 1')
    await expect(work.begin('client 2')).rejects.toThrow(OverloadedError)
    await work.end('client 1')
    expect(await first).toBe('client 1')
    expect(work.started).toEqual(['client 1'])
  })

  it('are freed by work that fails', async () => {
    const slots = new ClientSlots('searches', { inAll: 1, perClient: 1, waitingPerClient: 0, maxWaitMs: 1 })
    await expect(slots.run('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await slots.run('a', async () => 'next')).toBe('next')
  })
})
