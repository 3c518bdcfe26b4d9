import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/errors.ts'
import { maskSecrets } from '../../src/mask-secrets.ts'
import { connectionOptions } from '../../src/redis/redis-url.ts'

describe('a Redis URL', () => {
  it.each([
    ['redis://queue', { host: 'queue', port: 6379 }],
    ['redis://queue:1234/5', { host: 'queue', port: 1234, db: 5 }],
    ['redis://:p%40ss@[::1]:1234', { host: '::1', port: 1234, password: 'p@ss' }],
    ['redis://user:secret@10.0.0.1/', { host: '10.0.0.1', port: 6379, username: 'user', password: 'secret' }],
    [
      'rediss://queue.example.org',
      { host: 'queue.example.org', port: 6379, tls: { servername: 'queue.example.org' } },
    ],
    [
      'redis+sentinel://:secret@one,two:1234/main?db=2&sentinel_password=other',
      {
        sentinels: [
          { host: 'one', port: 26379 },
          { host: 'two', port: 1234 },
        ],
        name: 'main',
        db: 2,
        password: 'secret',
        sentinelPassword: 'other',
      },
    ],
    [
      'rediss+sentinel://one/main',
      { sentinels: [{ host: 'one', port: 26379 }], name: 'main', tls: {}, enableTLSForSentinelMode: true },
    ],
  ])('is parsed: %s', (url, expected) => {
    expect(connectionOptions(url)).toEqual(expected)
  })

  it.each([
    'http://queue',
    'redis://',
    'redis:queue',
    'redis://queue/x',
    'redis+sentinel://one',
    'redis://:secret@h:x',
  ])('is refused, and not repeated in the error, if it is invalid: %s', (url) => {
    expect(() => connectionOptions(url)).toThrow(UsageError)
    expect(() => connectionOptions(url)).not.toThrow(/secret/)
  })

  it('is printed without its passwords', () => {
    expect(maskSecrets('redis+sentinel://u:secret@one,two/main?sentinel_password=other&db=1')).toBe(
      'redis+sentinel://u:***@one,two/main?sentinel_password=***&db=1',
    )
    expect(maskSecrets('redis://:secret@one')).not.toContain('secret')
  })
})
