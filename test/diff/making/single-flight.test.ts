import { describe, expect, it } from 'vitest'
import { SingleFlight } from '../../../src/diff/making/single-flight.ts'

/** Work that ends when the test says so, and what happened to it. */
function makeWork() {
  const starts: { signal: AbortSignal; end: (value: string) => void; fail: (error: Error) => void }[] = []
  const make = (signal: AbortSignal) =>
    new Promise<string>((end, fail) => {
      starts.push({ signal, end, fail })
    })
  return { starts, make }
}

const itself = (value: string) => value
const soon = () => new Promise((resolve) => setImmediate(resolve))

describe('a shared computation', () => {
  it('is made once for 100 callers, who all get its value', async () => {
    const shared = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const callers = Array.from({ length: 100 }, () => shared.run('key', undefined, make, itself))
    starts[0]?.end('value')
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['value']))
    expect(starts).toHaveLength(1)
    expect(shared.size).toBe(0)
  })

  it('is another one for another key', async () => {
    const shared = new SingleFlight<string>()
    const callers = ['a', 'b'].map((key) => shared.run(key, undefined, async () => key, itself))
    expect(await Promise.all(callers)).toEqual(['a', 'b'])
  })

  it('goes on when one of its callers goes away, who stops waiting at once', async () => {
    const shared = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const leaver = new AbortController()
    const left = shared.run('key', leaver.signal, make, itself)
    const stayed = shared.run('key', undefined, make, itself)
    leaver.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    expect(starts[0]?.signal.aborted).toBe(false)
    starts[0]?.end('value')
    expect(await stayed).toBe('value')
  })

  it('is told to stop when the last caller goes away', async () => {
    const shared = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const leavers = [new AbortController(), new AbortController()]
    const left = leavers.map(({ signal }) => shared.run('key', signal, make, itself))
    for (const leaver of leavers) leaver.abort(new Error('gone'))
    await Promise.allSettled(left)
    expect(starts[0]?.signal.aborted).toBe(true)
    expect(shared.has('key')).toBe(false)
  })

  it('starts afresh for who comes after it was told to stop, though the old work has not ended', async () => {
    const shared = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const leaver = new AbortController()
    const left = shared.run('key', leaver.signal, make, itself)
    leaver.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    const late = shared.run('key', undefined, make, itself)
    expect(starts).toHaveLength(2)
    starts[0]?.fail(new Error('stopped'))
    await soon()
    expect(shared.has('key')).toBe(true)
    starts[1]?.end('fresh')
    expect(await late).toBe('fresh')
  })

  it('is not begun for a caller that is gone already', async () => {
    const shared = new SingleFlight<string>()
    const { starts, make } = makeWork()
    await expect(shared.run('key', AbortSignal.abort(new Error('gone')), make, itself)).rejects.toThrow(
      'gone',
    )
    expect(starts).toHaveLength(0)
  })

  it('fails for all who wait, and is not remembered', async () => {
    const shared = new SingleFlight<string>()
    const { starts, make } = makeWork()
    const callers = [1, 2, 3].map(() => shared.run('key', undefined, make, itself))
    starts[0]?.fail(new Error('broken'))
    const outcomes = await Promise.allSettled(callers)
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.message)).toEqual([
      'broken',
      'broken',
      'broken',
    ])
    expect(await shared.run('key', undefined, async () => 'mended', itself)).toBe('mended')
  })
})

describe('the value of a shared computation', () => {
  it('is disposed of once, after its last user is done with it', async () => {
    const disposed: string[] = []
    const shared = new SingleFlight<string>(async (value) => void disposed.push(value))
    const ends: (() => void)[] = []
    const use = () => new Promise<void>((end) => ends.push(end))
    const users = [1, 2].map(() => shared.run('key', undefined, async () => 'value', use))
    await soon()
    ends[0]?.()
    await users[0]
    expect(disposed).toEqual([])
    // Who comes while it is in use shares it.
    users.push(
      shared.run(
        'key',
        undefined,
        async () => 'another',
        (value) => expect(value).toBe('value') as void,
      ),
    )
    ends[1]?.()
    await Promise.all(users)
    expect(disposed).toEqual(['value'])
  })

  it('is disposed of although all went away before it was there', async () => {
    const disposed: string[] = []
    const shared = new SingleFlight<string>(async (value) => void disposed.push(value))
    const { starts, make } = makeWork()
    const leaver = new AbortController()
    const left = shared.run('key', leaver.signal, make, itself)
    leaver.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    starts[0]?.end('too late')
    await soon()
    expect(disposed).toEqual(['too late'])
  })
})
