import { describe, expect, it } from 'vitest'
import { type Use, withBoth } from '../../../src/diff/making/with-both.ts'

/** Opens a resource, and records what happens to it. */
function resource(
  name: string,
  events: string[],
  failure?: { opening?: Error; closing?: Error },
): Use<string> {
  return async (signal, use) => {
    events.push(`${name} is being opened`)
    await Promise.resolve()
    signal.throwIfAborted()
    if (failure?.opening) throw failure.opening
    const result = await use(name).finally(() => events.push(`${name} was closed`))
    if (failure?.closing) throw failure.closing
    return result
  }
}

/** Opens a resource only when it is no longer wanted. */
const endless: Use<string> = (signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

const { signal } = new AbortController()

describe('two resources', () => {
  it('are opened at once, and stay until the work has ended', async () => {
    const events: string[] = []
    const result = await withBoth(
      signal,
      resource('tea', events),
      resource('milk', events),
      async (...both) => {
        events.push(`${both.join(' and ')} are used`)
        return both.length
      },
    )
    expect(result).toBe(2)
    expect(events.slice(0, 2).sort()).toEqual(['milk is being opened', 'tea is being opened'])
    expect(events[2]).toBe('tea and milk are used')
    expect(events.slice(3).sort()).toEqual(['milk was closed', 'tea was closed'])
  })

  const failure = new Error('it is empty')
  it.each<[string, (events: string[]) => [Use<string>, Use<string>]]>([
    ['the first cannot be opened', (events) => [resource('tea', events, { opening: failure }), endless]],
    [
      'the second cannot be opened',
      (events) => [resource('tea', events), resource('milk', events, { opening: failure })],
    ],
    [
      'neither can, and the other error comes first',
      (events) => [
        resource('tea', events, { opening: failure }),
        () => Promise.reject(new Error('there is no milk')),
      ],
    ],
    [
      'the second cannot be closed',
      (events) => [resource('tea', events), resource('milk', events, { closing: failure })],
    ],
  ])('fail with the error of the first that has one: %s', async (_, both) => {
    const events: string[] = []
    await expect(withBoth(signal, ...both(events), async () => {})).rejects.toBe(failure)
    const ofTea = events.filter((event) => event.startsWith('tea'))
    expect(ofTea.at(-1)).toBe(ofTea.length > 1 ? 'tea was closed' : 'tea is being opened')
  })

  it('are closed where the work fails, whose error is thrown', async () => {
    const events: string[] = []
    const work = withBoth(signal, resource('tea', events), resource('milk', events), () =>
      Promise.reject(failure),
    )
    await expect(work).rejects.toBe(failure)
    expect(events.slice(2).sort()).toEqual(['milk was closed', 'tea was closed'])
  })

  it('are not waited for after the caller has left', async () => {
    const caller = new AbortController()
    const work = withBoth(caller.signal, endless, endless, async () => {})
    const reason = new Error('enough')
    caller.abort(reason)
    await expect(work).rejects.toBe(reason)
  })
})
