import { describe, expect, it } from 'vitest'
import { ClientCounter } from '../../src/requests/client-counter.ts'

describe('a client counter', () => {
  it('counts what each client has open', () => {
    const counter = new ClientCounter()
    expect(counter.count('a')).toBe(0)
    const subtract = counter.add('a')
    counter.add('a')
    counter.add('b')
    expect([counter.count('a'), counter.count('b')]).toEqual([2, 1])
    subtract()
    expect([counter.count('a'), counter.count('b')]).toEqual([1, 1])
  })

  it('subtracts only once for each addition', () => {
    const counter = new ClientCounter()
    const subtract = counter.add('a')
    counter.add('a')
    subtract()
    subtract()
    expect(counter.count('a')).toBe(1)
  })
})
