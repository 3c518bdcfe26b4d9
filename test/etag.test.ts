import { describe, expect, it } from 'vitest'
import { codedEtag, etagOf, matchEtag } from '../src/etag.ts'

describe('an entity tag', () => {
  it('is the same for the same content, in quotes', () => {
    expect(etagOf('tea')).toMatch(/^"[\w-]{27}"$/)
    expect(etagOf('tea')).toBe(etagOf(Buffer.from('tea')))
    expect(etagOf('tea')).not.toBe(etagOf('tee'))
  })

  it('is another one for each content coding', () => {
    expect(codedEtag('"abc"', 'br')).toBe('"abc-br"')
  })

  it.each<[ifNoneMatch: string | undefined, matched: string | null]>([
    ['"abc"', '"abc"'],
    ['W/"abc"', '"abc"'],
    ['"x", "abc"', '"abc"'],
    ['*', '"abc"'],
    ['"abc-br"', '"abc-br"'],
    ['W/"abc-gzip", "x"', '"abc-gzip"'],
    ['"abc-zstd"', '"abc-zstd"'],
    ['"abc-xz"', null],
    ['"ab"', null],
    ['abc', null],
    ['', null],
    [undefined, null],
  ])('is matched by If-None-Match: %s as %s', (ifNoneMatch, matched) => {
    expect(matchEtag(ifNoneMatch, '"abc"')).toBe(matched)
  })
})
