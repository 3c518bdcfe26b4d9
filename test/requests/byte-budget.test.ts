/** How many bytes of responses may be in memory. */
import { describe, expect, it } from 'vitest'
import { OverloadedError, QueryLimitError } from '../../src/errors.ts'
import { ByteBudget } from '../../src/requests/byte-budget.ts'

const MB = 2 ** 20
const LIMITS = { perOperation: 4 * MB, perClient: 6 * MB, inAll: 10 * MB }

describe('the bytes of an operation', () => {
  it('are limited, and the refusal names the limit and what to do', () => {
    const bytes = new ByteBudget(LIMITS).open('client')
    bytes.charge(3 * MB)
    const refused = () => bytes.charge(2 * MB)
    expect(refused).toThrow(QueryLimitError)
    expect(refused).toThrow(/more than 4 MiB.*`url`/)
    bytes.charge(MB)
  })

  it('count only while they are in memory', async () => {
    const bytes = new ByteBudget(LIMITS).open('client')
    for (let i = 0; i < 3; i++) expect(await bytes.during(3 * MB, async () => i)).toBe(i)
    await expect(bytes.during(3 * MB, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    const both = [bytes.during(3 * MB, async () => 'first'), bytes.during(3 * MB, async () => 'second')]
    const [first, second] = await Promise.allSettled(both)
    expect([first?.status, second?.status]).toEqual(['fulfilled', 'rejected'])
  })

  it('count anew for each event of a subscription', () => {
    const budget = new ByteBudget(LIMITS)
    const bytes = budget.open('client')
    for (let i = 0; i < 10; i++) {
      bytes.charge(3 * MB)
      bytes.restart()
    }
    expect(budget.inFlight).toBe(0)
  })
})

describe('the bytes of a client', () => {
  it('are limited over all its responses until these have been sent', () => {
    const budget = new ByteBudget(LIMITS)
    const [first, second] = [budget.open('client'), budget.open('client')]
    first.charge(4 * MB)
    expect(() => second.charge(3 * MB)).toThrow(OverloadedError)
    budget.open('other').charge(4 * MB)
    first.close()
    budget.open('client').charge(3 * MB)
  })

  it('are refused if all clients together have too many', () => {
    const budget = new ByteBudget(LIMITS)
    for (const client of ['a', 'b']) budget.open(client).charge(4 * MB)
    expect(() => budget.open('c').charge(3 * MB)).toThrow(/to all clients have 10 MiB/)
  })

  it('do not count for small responses, which are sent whatever others use up', () => {
    const budget = new ByteBudget({ ...LIMITS, perClient: 0, inAll: 0 })
    for (let i = 0; i < 100; i++) budget.open('client').charge(60_000)
    expect(budget.inFlight).toBe(0)
  })

  it('are given back once', () => {
    const budget = new ByteBudget(LIMITS)
    const [first, second] = [budget.open('client'), budget.open('client')]
    for (const bytes of [first, second]) bytes.charge(2 * MB)
    const before = budget.inFlight
    for (let i = 0; i < 3; i++) first.close()
    expect(budget.inFlight).toBe(before / 2)
    second.close()
    expect(budget.inFlight).toBe(0)
    // A field that is still being resolved must not take bytes that are never given back.
    expect(() => second.charge(MB)).toThrow(OverloadedError)
    expect(budget.inFlight).toBe(0)
  })

  it('may be those of one response over REST that is larger than all limits, but not of several', () => {
    const budget = new ByteBudget(LIMITS)
    for (let i = 0; i < 2; i++) budget.open('client').chargeAnySize(100 * MB)
    expect(() => budget.open('client').chargeAnySize(100 * MB)).toThrow(OverloadedError)
  })

  it('are refused while the process is short of memory', () => {
    const budget = new ByteBudget(LIMITS, () => {
      throw new OverloadedError(1, 'short of memory')
    })
    budget.open('client').charge(1000)
    expect(() => budget.open('client').charge(MB)).toThrow('short of memory')
    expect(budget.inFlight).toBe(0)
  })
})
