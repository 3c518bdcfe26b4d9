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
    gone: (id) => new Error(`no ${id}`),
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
    gone: (id) => new Error(`no ${id}`),
    onReadFailed: () => {},
  })
  broadcaster.changed('a')
  broadcaster.allChanged()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(read).not.toHaveBeenCalled()
  expect(broadcaster.size).toBe(0)
})

function broadcasterOf<T extends object>(read: () => T | null) {
  return new LatestStateBroadcaster<T>({
    read: async (ids) => ids.map(read),
    hasEnded: () => false,
    gone: (id) => new Error(`no ${id}`),
    onReadFailed: () => {},
  })
}

it('fails a stream, after its last state, when what it shows is removed', async () => {
  let state: { state: string } | null = { state: 'running' }
  const broadcaster = broadcasterOf(() => state)
  const states = broadcaster.watch('a')
  const first = states.next()
  await vi.advanceTimersByTimeAsync(1)
  expect((await first).value).toEqual({ state: 'running' })
  state = null
  broadcaster.changed('a')
  await vi.advanceTimersByTimeAsync(1)
  await expect(states.next()).rejects.toThrow('no a')
  expect((await states.next()).done).toBe(true)
})

it('fails the streams that are open, and later ones, when it is closed', async () => {
  const broadcaster = broadcasterOf(() => ({ state: 'running' }))
  const open = [broadcaster.watch('a'), broadcaster.watchAll(async () => new Map())]
  const early = broadcaster.watch('b')
  void early.return?.()
  broadcaster.close()
  const all = [...open, broadcaster.watch('a'), broadcaster.watchAll(async () => new Map())]
  for (const states of all) await expect(states.next()).rejects.toMatchObject({ name: 'StoppingError' })
  expect((await early.next()).done).toBe(true)
})

it('does not show an initial state after a newer one that has been read already', async () => {
  let release = (_: Map<string, { state: string }>) => {}
  const initial = new Promise<Map<string, { state: string }>>((resolve) => {
    release = resolve
  })
  const broadcaster = broadcasterOf(() => ({ state: 'done' }))
  const states = broadcaster.watchAll(() => initial)
  const first = states.next()
  broadcaster.changed('a')
  await vi.advanceTimersByTimeAsync(1)
  expect((await first).value).toEqual({ state: 'done' })
  release(
    new Map([
      ['a', { state: 'running' }],
      ['b', { state: 'running' }],
    ]),
  )
  await vi.advanceTimersByTimeAsync(1)
  expect((await states.next()).value).toEqual({ state: 'running' })
  const none = states.next()
  await states.return?.()
  expect((await none).done).toBe(true)
})
