import { describe, expect, it } from 'vitest'
import { parseJanitorConf } from '../../src/config/janitor-conf.ts'

const parse = (text: string) => parseJanitorConf(text, 'janitor.conf')
/** The value of a quoted string. */
const textOf = (quoted: string) => parse(`redis_location: ${quoted}`).redis_location

describe('parseJanitorConf', () => {
  it('returns the known fields and skips all others', () => {
    const text = `# the farm
      artifact_location: "gs://builds/"
      database_location: "postgresql://differ@db.example.com/janitor"; redis_location: 'redis://' "localhost"
      zipkin_address: "http://zipkin/"
      campaign { name: "x" debian_build { build_suffix: "jan+lint" extra: [ "a", 'b', { c: 1 } ] } redis_location: "no" }
      campaign: < name: "y" > apt_repository: [ ] committer: "Janitor \\"Bot\\" \\x3cbot@example.org\\076"
      [ext.field]: -1.5e3 distribution: { n: 0x1F t: true e: SOME_NAME }
      user_agent: "differ/1.0 \\U0001F375"`
    expect(parse(text)).toEqual({
      artifact_location: 'gs://builds/',
      database_location: 'postgresql://differ@db.example.com/janitor',
      redis_location: 'redis://localhost',
      zipkin_address: 'http://zipkin/',
    })
  })

  it('returns the last value of a field that occurs twice', () => {
    expect(parse('redis_location: "a" redis_location: "b"')).toEqual({ redis_location: 'b' })
  })

  it('returns nothing for a file without known fields', () => {
    expect([parse(''), parse('\n # nothing\n'), parse('campaign { name: "x" }')]).toEqual([{}, {}, {}])
  })

  it.each([
    ['in double quotes', `"it's"`, "it's"],
    ['in single quotes', `'say "x"'`, 'say "x"'],
    ['in several pieces', `"a" 'b'\n  # a comment\n "c"`, 'abc'],
    ['in pieces without blanks', `"a"'b'"c"`, 'abc'],
    ['that is empty', `""`, ''],
    ['with escapes', String.raw`"\n\r\t\\\'\""`, '\n\r\t\\\'"'],
    ['with octal escapes of one to three digits', String.raw`"\0\12\1012\18"`, '\0\nA2\x018'],
    ['with hexadecimal escapes of one or two digits', String.raw`"\x9\x41\X4a1\x4g"`, '\tAJ1\x04g'],
    ['with escaped bytes of UTF-8', String.raw`"\303\274\xe2\x82\xac"`, 'ü€'],
    ['with signs of the format', `"tea — 🍵 # no comment; no end: {"`, 'tea — 🍵 # no comment; no end: {'],
  ])('reads a string %s', (_, quoted, value) => {
    expect(textOf(quoted)).toBe(value)
  })

  it.each([
    ['comments', '# one\n#two\nx: 1 # three'],
    ['all white space', 'x\t:\v1\f\r\ny:2'],
    ['separators', 'x: 1, y: 2; z { };'],
    ['numbers', 'x: 0 x: -10 x: 0x1F x: -0Xab x: 017 x: 1.5 x: .5 x: 5. x: 1e9 x: -1.5E-3 x: 2.f'],
    ['words', 'x: true x: False x: SOME_NAME x: inf x: -inf x: nan x: _x9'],
    ['messages with and without a colon', 'x { a: 1 } x: { a: 1 } x < a: 1 > x: <> y{}'],
    ['messages within messages', 'x { y < z { a: "}" } > b: \'>\' }'],
    ['lists of values', 'x: [] x: [1] x: ["a" "b", \'c\', -1.5, WORD] x: [ # comment\n 1 , 2 ]'],
    ['lists of messages', 'x [] x [{}, <a: 1>] x: [{ a: 1 }]'],
    [
      'extensions',
      '[a.b.c]: 1 [ a . b ]{ } x { [type.googleapis.com/a.b-c.D] { a: 1 } } [ # comment\n e ] < >',
    ],
    ['escapes in other fields', String.raw`x: "\u00fc\U0001F375\a\?"`],
    ['fields of a known name in messages', 'x { zipkin_address: 5 redis_location { } }'],
    ['names that begin with a known name', 'zipkin_addresses: "no" zipkin_address_: "no"'],
  ])('skips %s', (_, text) => {
    expect(parse(`zipkin_address: "before" ${text}\nredis_location: "after"`)).toEqual({
      zipkin_address: 'before',
      redis_location: 'after',
    })
  })

  it.each([
    ['a string over two lines', 'x: "a\nb"', 'line 1, column 4: the string is not closed in its line'],
    ['a string with two kinds of quotes', `x: "a'`, 'line 1, column 4: the string is not closed in its line'],
    ['an unsupported escape', String.raw`zipkin_address: "\z"`, String.raw`unsupported escape \z`],
    ['a half Unicode escape', String.raw`zipkin_address: "\ud83c"`, String.raw`unsupported escape \u`],
    ['a message that does not end', 'x {\n y <', 'line 2, column 5: the file ends before a closing >'],
    ['a list that does not end', 'x: [1,\n', 'line 2, column 1: the file ends before a closing ]'],
    ['messages that never end', 'a {'.repeat(200_000), 'the file ends before a closing }'],
    ['an extension that does not end', '[a.b: 1', 'line 1, column 8: the file ends before a closing ]'],
    ['mismatched brackets', 'x < a: 1 }', 'line 1, column 10: this } closes nothing'],
    ['a bracket too many', 'x { } }', 'line 1, column 7: expected the name of a field, not }'],
    ['a value without a field', '\n\n  : 1', 'line 3, column 3: expected the name of a field, not :'],
    ['a string without a field', '"x"', 'line 1, column 1: expected the name of a field, not "x"'],
    ['a field without a value', 'x:\n}', 'line 2, column 1: expected the value of x'],
    ['a field at the end of the file', 'x: 1\ny', 'line 2, column 2: expected the value of y'],
    ['two separators', 'x: 1,,', 'line 1, column 6: expected the name of a field, not ,'],
    ['a known field that is a number', 'zipkin_address: 5', 'zipkin_address must be a string in quotes'],
    ['a known field that is a list', 'zipkin_address: ["a"]', 'zipkin_address must be a string in quotes'],
    ['a known field that is a message', 'zipkin_address { }', 'zipkin_address must be a string in quotes'],
  ])('rejects %s and says where', (_, text, message) => {
    expect(() => parse(text)).toThrow(message)
  })

  it('finds the position of an error in a long file', () => {
    const text = `${'x { y: "z" } # comment\n'.repeat(100_000)}oops`
    expect(() => parse(text)).toThrow('line 100001, column 5: expected the value of oops')
  })
})
