import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LatestStateBroadcaster } from '../../src/jobs/latest-state.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('reports a failed read, and reads again a second later', async () => {
  const failures: unknown[] = []
  const error = new Error('cannot read')
  let reads = 0
  const broadcaster = new LatestStateBroadcaster<{ state: string }>({
    read: async (ids) => {
      reads += 1
      if (reads <= 2) throw error
      return ids.map(() => ({ state: 'done' }))
    },
    hasEnded: ({ state }) => state === 'done',
    onReadFailed: (failure) => failures.push(failure),
  })
  const states = broadcaster.watch('a')
  const first = states.next()
  await vi.advanceTimersByTimeAsync(500)
  expect(failures).toEqual([error])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(failures).toEqual([error, error])
  expect(await first).toEqual({ done: false, value: { state: 'done' } })
  expect((await states.next()).done).toBe(true)
  expect(reads).toBe(3)
})

it('reads nothing without subscribers', async () => {
  const read = vi.fn(async (ids: readonly string[]) => ids.map(() => null))
  const broadcaster = new LatestStateBroadcaster<object>({
    read,
    hasEnded: () => false,
    onReadFailed: () => {},
  })
  broadcaster.changed('a')
  broadcaster.allChanged()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(read).not.toHaveBeenCalled()
  expect(broadcaster.size).toBe(0)
})
