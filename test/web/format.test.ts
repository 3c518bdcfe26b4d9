/** How the page writes numbers and times, without a browser. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { age, clock, count, time } from '../../web/ui/format.ts'

const WEB = join(import.meta.dirname, '../../web')
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

describe('The page writes', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [377_899, '377,899'],
    [1_234_567, '1,234,567'],
    [-12_345, '-12,345'],
  ])('the number %i as %s', (value, text) => {
    expect(count(value)).toBe(text)
  })

  it.each([
    [-5, '0m ago'],
    [0, '0m ago'],
    [59, '59m ago'],
    [60, '1h ago'],
    [1439, '23h ago'],
    [1440, '1d ago'],
    [30 * 1440, '30d ago'],
  ])('a time %i minutes ago as %s', (minutes, text) => {
    expect(age(ago(minutes))).toBe(text)
  })

  it('an old time as its date', () => {
    expect(age('2020-02-29T10:00:00Z')).toBe('2020-02-29')
  })

  it('a moment where the reader is', () => {
    const date = new Date(2026, 10, 8, 9, 5, 3)
    expect(time(date.toISOString())).toBe('8 Nov 2026, 09:05')
    expect(clock(date)).toBe('09:05:03')
  })

  it('without Intl, whose data delays the first paint', () => {
    const sources = readdirSync(WEB, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.tsx?$/.test(path),
    )
    const users = sources.filter((path) => /\bIntl\.|toLocale/.test(readFileSync(join(WEB, path), 'utf8')))
    expect(users).toEqual([])
  })
})
