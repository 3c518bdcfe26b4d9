import { describe, expect, it } from 'vitest'
import { acceptedRanges, preferredEncoding, preferredMediaType } from '../../src/requests/accept.ts'

describe('the accepted media ranges', () => {
  it.each<[accept: string | undefined, ranges: string[]]>([
    [undefined, ['*/*']],
    ['', []],
    ['text/html, */*;q=0.1', ['text/html', '*/*']],
    ['text/html;q=0.5, application/json', ['application/json', 'text/html']],
    ['text/html;q=0, image/*', ['image/*']],
    ['*/*;q=0', []],
    ['application/json;charset=utf-8, text/html;charset=latin1', ['application/json']],
    ['multipart/mixed;deferSpec=20220824;q=0.5, application/json', ['application/json', 'multipart/mixed']],
    ['multipart/mixed; boundary="a;b"', ['multipart/mixed']],
    ['html, text/html', ['text/html']],
  ])('of %j are %j', (accept, ranges) => {
    expect(acceptedRanges(accept)).toEqual(ranges)
  })
})

describe('the preferred media type', () => {
  const AVAILABLE = ['text/plain', 'application/json', 'multipart/mixed'] as const
  it.each<[accept: string | undefined, type: string | null]>([
    [undefined, 'text/plain'],
    ['', null],
    ['*/*', 'text/plain'],
    ['application/*', 'application/json'],
    ['text/plain;q=0.5, application/json;q=0.6', 'application/json'],
    ['text/plain;q=0, */*', 'application/json'],
    ['TEXT/PLAIN', 'text/plain'],
    ['text/plain;version=0.0.4;q=0.3', 'text/plain'],
    ['multipart/mixed;deferSpec=20220824', 'multipart/mixed'],
    ['text/plain;charset=latin1', null],
    ['text/plain; Charset="UTF-8"', 'text/plain'],
    ['image/png', null],
  ])('of %j is %j', (accept, type) => {
    expect(preferredMediaType(accept, AVAILABLE)).toBe(type)
  })
})

describe('the preferred content coding', () => {
  it.each<[acceptEncoding: string | undefined, coding: string | null]>([
    [undefined, null],
    ['', null],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, br;q=0.5', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['gzip;q=0', null],
    ['*;q=0', null],
    ['deflate', null],
    ['gzip, identity', 'gzip'],
    ['gzip;q=0.5, identity', null],
    ['gzip;q=high', null],
  ])('of %j is %j', (acceptEncoding, coding) => {
    expect(preferredEncoding(acceptEncoding, ['br', 'gzip'])).toBe(coding)
  })
})
