import { describe, expect, it } from 'vitest'
import { maskSecrets, maskSecretsInJson } from '../src/mask-secrets.ts'

const CASES: [text: string, masked: string][] = [
  ['postgresql://differ:hunter2@db/janitor', 'postgresql://differ:***@db/janitor'],
  ['postgresql://differ:hun"ter\\2@db/janitor', 'postgresql://differ:***@db/janitor'],
  ['redis://u:hunt@er2@cache', 'redis://u:***@cache'],
  ['/x?token=hun"t\\er2&y=1', '/x?token=***&y=1'],
  ['redis://:hunter2@cache:6379 refused', 'redis://:***@cache:6379 refused'],
  [
    'redis+sentinel://u:hunter2@one,two/main?sentinel_password=hunter2&db=1',
    'redis+sentinel://u:***@one,two/main?sentinel_password=***&db=1',
  ],
  [
    'GET https://bucket/o?X-Goog-Signature=hunter2&alt=media',
    'GET https://bucket/o?X-Goog-Signature=***&alt=media',
  ],
  ['https://storage/o?key=hunter2#part', 'https://storage/o?key=***#part'],
  [
    'http://zipkin:9411/?api_key=hunter2&x-credential=hunter2',
    'http://zipkin:9411/?api_key=***&x-credential=***',
  ],
  ['/callback?access_token=hunter2&client_secret=hunter2', '/callback?access_token=***&client_secret=***'],
  ['http://localhost:9920/debdiff/a/b?filter_boring=1', 'http://localhost:9920/debdiff/a/b?filter_boring=1'],
  ['mail differ@example.org: see http://x/y', 'mail differ@example.org: see http://x/y'],
  ['postgresql://db/janitor\ncontact: a@b', 'postgresql://db/janitor\ncontact: a@b'],
]

describe('secrets', () => {
  it.each(CASES)('are masked in text: %j', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked)
    expect(maskSecrets(text)).not.toContain('hunter2')
  })

  it.each(CASES)('are masked in JSON, within its strings: %j', (text, masked) => {
    const record = { msg: text, err: { message: text }, mail: 'a@b', port: 5432 }
    const json = maskSecretsInJson(JSON.stringify(record))
    expect(JSON.parse(json)).toEqual({ msg: masked, err: { message: masked }, mail: 'a@b', port: 5432 })
  })
})
