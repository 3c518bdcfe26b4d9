import { describe, expect, it } from 'vitest'
import { SingleFlight } from '../../../src/diff/making/single-flight.ts'

/** Computations that the test ends; `starts` has one element per start. */
function makeWork() {
  const starts: { signal: AbortSignal; end: (value: string) => void; fail: (error: Error) => void }[] = []
  const make = (signal: AbortSignal) =>
    new Promise<string>((end, fail) => {
      starts.push({ signal, end, fail })
    })
  return { starts, make }
}

const identity = (value: string) => value
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('a single flight', () => {
  it('computes a value once for 100 callers', async () => {
    const flights = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const callers = Array.from({ length: 100 }, () => flights.run('key', undefined, make, identity))
    starts[0]?.end('value')
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['value']))
    expect(starts).toHaveLength(1)
    expect(flights.size).toBe(0)
  })

  it('computes each key separately', async () => {
    const flights = new SingleFlight<string>()
    const callers = ['a', 'b'].map((key) => flights.run(key, undefined, async () => key, identity))
    expect(await Promise.all(callers)).toEqual(['a', 'b'])
  })

  it('continues when one of its callers leaves, which stops waiting at once', async () => {
    const flights = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const leaver = new AbortController()
    const left = flights.run('key', leaver.signal, make, identity)
    const stayed = flights.run('key', undefined, make, identity)
    leaver.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    expect(starts[0]?.signal.aborted).toBe(false)
    starts[0]?.end('value')
    expect(await stayed).toBe('value')
  })

  it('stops when the last caller leaves', async () => {
    const flights = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const leavers = [new AbortController(), new AbortController()]
    const left = leavers.map(({ signal }) => flights.run('key', signal, make, identity))
    for (const leaver of leavers) leaver.abort(new Error('gone'))
    await Promise.allSettled(left)
    expect(starts[0]?.signal.aborted).toBe(true)
    expect(flights.has('key')).toBe(false)
  })

  it('starts again for a caller that arrives after the stop, even if the old computation has not ended', async () => {
    const flights = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const leaver = new AbortController()
    const left = flights.run('key', leaver.signal, make, identity)
    leaver.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    const late = flights.run('key', undefined, make, identity)
    expect(starts).toHaveLength(2)
    starts[0]?.fail(new Error('stopped'))
    await nextTurn()
    expect(flights.has('key')).toBe(true)
    starts[1]?.end('second')
    expect(await late).toBe('second')
  })

  it('does not start for a caller whose signal has already aborted', async () => {
    const flights = new SingleFlight<string>()
    const { starts, make } = makeWork()
    await expect(flights.run('key', AbortSignal.abort(new Error('gone')), make, identity)).rejects.toThrow(
      'gone',
    )
    expect(starts).toHaveLength(0)
  })

  it('fails for all its callers, and starts again for the next one', async () => {
    const flights = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const callers = [1, 2, 3].map(() => flights.run('key', undefined, make, identity))
    starts[0]?.fail(new Error('broken'))
    const outcomes = await Promise.allSettled(callers)
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.message)).toEqual([
      'broken',
      'broken',
      'broken',
    ])
    expect(await flights.run('key', undefined, async () => 'repaired', identity)).toBe('repaired')
  })
})

describe('the value of a single flight', () => {
  it('is disposed of once, after its last user', async () => {
    const disposed: string[] = []
    const flights = new SingleFlight<string>(async (value) => void disposed.push(value))
    const ends: (() => void)[] = []
    const use = () => new Promise<void>((end) => ends.push(end))
    const users = [1, 2].map(() => flights.run('key', undefined, async () => 'value', use))
    await nextTurn()
    ends[0]?.()
    await users[0]
    expect(disposed).toEqual([])
    // A caller that arrives while the value is in use shares it.
    users.push(
      flights.run(
        'key',
        undefined,
        async () => 'another',
        (value) => {
          expect(value).toBe('value')
        },
      ),
    )
    ends[1]?.()
    await Promise.all(users)
    expect(disposed).toEqual(['value'])
  })

  it('is disposed of even if all callers left before it was computed', async () => {
    const disposed: string[] = []
    const flights = new SingleFlight<string>(async (value) => void disposed.push(value))
    const { starts, make } = makeWork()
    const leaver = new AbortController()
    const left = flights.run('key', leaver.signal, make, identity)
    leaver.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    starts[0]?.end('too late')
    await nextTurn()
    expect(disposed).toEqual(['too late'])
  })
})
