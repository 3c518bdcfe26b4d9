import { describe, expect, it } from 'vitest'
import { readAsStrings, Strings } from '../../../src/diff/summary/content/strings.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('binary data as lines', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['text', ['text']],
    ['abc', ['\\x616263']],
    ['\0\x01', ['\\x0001']],
    ['tea pot\0', ['tea pot', '\\x00']],
    ['\0tea pot', ['\\x00', 'tea pot']],
    ['\0abc\0text\0abc', ['\\x0061626300', 'text', '\\x00616263']],
    ['abc\0text', ['\\x61626300', 'text']],
    ['one\ttwo\nthree', ['one\ttwo', '\\x0a', 'three']],
  ])('reads %j', (text, expected) => {
    expect(readAsStrings(bytes(text))).toEqual(expected)
  })

  it('shows the beginning of long stretches, and tells them apart by their SHA-256', () => {
    const long = Buffer.alloc(100_000, 1)
    const other = Buffer.from(long)
    other[99_999] = 2
    const [one = '', two = ''] = [readAsStrings(long)[0], readAsStrings(other)[0]]
    expect(one.length).toBeLessThan(3_000)
    expect(one.slice(0, 2_000)).toBe(two.slice(0, 2_000))
    expect(one).not.toBe(two)
  })

  it('says which lines are the same, by kind and content', () => {
    const one = new Strings(bytes('\0same\0other'))
    const two = new Strings(bytes('same\0\0\0same'))
    expect(one.isSame(1, two, 0)).toBe(true)
    expect(one.isSame(1, two, 2)).toBe(true)
    expect(one.isSame(3, two, 0)).toBe(false)
    expect(one.isSame(0, two, 1)).toBe(false)
    expect(new Strings(bytes('\\x00')).isSame(0, new Strings(bytes('\0')), 0)).toBe(false)
  })
})
