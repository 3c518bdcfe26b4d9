import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { timeLimit } from '../src/time-limit.ts'

/** Resolves with the reason when the signal aborts. */
const abortOf = (signal: AbortSignal) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))

describe('a time limit', () => {
  it('is reached also if garbage is collected before', async () => {
    const stopped = new AbortController()
    const aborts = Array.from({ length: 20 }, () => abortOf(timeLimit(100, stopped.signal)))
    aborts.push(abortOf(timeLimit(100)))
    for (let round = 0; round < 5; round += 1) {
      // Defined by `--expose-gc` in vitest.config.ts.
      globalThis.gc?.()
      await sleep(1)
    }
    for (const reason of await Promise.all(aborts)) expect(reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('has the reason that it was given', async () => {
    const reason = new Error('too late')
    expect(await abortOf(timeLimit(1, new AbortController().signal, () => reason))).toBe(reason)
  })

  it('ends with the signal that it was given', async () => {
    const stopped = new AbortController()
    const aborted = abortOf(timeLimit(60_000, stopped.signal))
    stopped.abort('stopped')
    expect(await aborted).toBe('stopped')
    expect(timeLimit(60_000, stopped.signal).aborted).toBe(true)
  })
})
