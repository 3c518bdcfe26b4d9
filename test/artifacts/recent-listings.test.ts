import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { withRecentListings } from '../../src/artifacts/recent-listings.ts'
import type { ArtifactStore } from '../../src/artifacts/store.ts'
import { ArtifactsMissingError } from '../../src/errors.ts'

function countingStore(further: Partial<ArtifactStore> = {}) {
  const list = vi.fn(async () => [])
  const store: ArtifactStore = {
    location: 'test',
    list,
    passedOver: async () => [],
    sha256: async () => null,
    fetch: async () => [],
    close: async () => {},
    ...further,
  }
  return { list, store: withRecentListings(store) }
}

it.each([
  { where: 'on the local disk', further: {}, ms: 1_000 },
  { where: 'in a bucket', further: { check: async () => {} }, ms: 10_000 },
])('a listing $where is used again for $ms ms, by all callers together', async ({ further, ms }) => {
  const { list, store } = countingStore(further)
  await Promise.all([store.list('a'), store.list('a'), store.list('b')])
  expect(list).toHaveBeenCalledTimes(2)
  const now = performance.now.bind(performance)
  let passedMs = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs)
  onTestFinished(() => clock.mockRestore())
  const pass = async (durationMs: number) => {
    passedMs += durationMs
    // The memory looks at the clock again after a millisecond.
    await sleep(10)
  }
  await pass(ms - 500)
  await store.list('a')
  expect(list).toHaveBeenCalledTimes(2)
  await pass(500)
  await store.list('a')
  expect(list).toHaveBeenCalledTimes(3)
  expect(store.check !== undefined).toBe('check' in further)
})

it('a failure is not remembered, and a caller that leaves ends no other call', async () => {
  const { list, store } = countingStore()
  list.mockRejectedValueOnce(new ArtifactsMissingError('a'))
  await expect(store.list('a')).rejects.toThrow(ArtifactsMissingError)
  const leave = new AbortController()
  const left = expect(store.list('a', leave.signal)).rejects.toThrow('gone')
  const stays = store.list('a')
  leave.abort(new Error('gone'))
  await left
  expect(await stays).toEqual([])
  expect(list).toHaveBeenCalledTimes(2)
  await expect(store.list('a', AbortSignal.abort(new Error('early')))).rejects.toThrow('early')
})
