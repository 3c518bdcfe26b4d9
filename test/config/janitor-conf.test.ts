/** janitor.conf, held to the grammar of protobuf's text format. */
import { describe, expect, it } from 'vitest'
import { parseJanitorConf } from '../../src/config/janitor-conf.ts'

const parse = (text: string) => parseJanitorConf(text, 'janitor.conf')
/** What a string in quotes, as it stands in the file, means. */
const textOf = (quoted: string) => parse(`user_agent: ${quoted}`).user_agent

describe('a text', () => {
  it.each([
    ['in double quotes', `"it's"`, "it's"],
    ['in single quotes', `'say "x"'`, 'say "x"'],
    ['of several pieces', `"a" 'b'\n  # a remark\n "c"`, 'abc'],
    ['of pieces without blanks', `"a"'b'"c"`, 'abc'],
    ['that is empty', `""`, ''],
    ['with the escapes of C', String.raw`"\a\b\f\n\r\t\v\?\\\'\""`, '\x07\b\f\n\r\t\v?\\\'"'],
    ['in octal, of one to three digits', String.raw`"\0\12\1012\18"`, '\0\nA2\x018'],
    ['in hexadecimal, of one or two digits', String.raw`"\x9\x41\X4a1\x4g"`, '\tAJ1\x04g'],
    ['in bytes that are UTF-8 together', String.raw`"\303\274\xe2\x82\xac"`, 'ü€'],
    ['in bytes of two pieces', String.raw`"\xc3\xbc" "!"`, 'ü!'],
    ['in Unicode, of four digits', String.raw`"\u00fc\u20AC1"`, 'ü€1'],
    ['in Unicode, of eight digits', String.raw`"\U0001F375\U0010ffff"`, '🍵\u{10ffff}'],
    ['in Unicode, as two halves', String.raw`"\ud83c\udf75"`, '🍵'],
    ['as it is', `"tea — 🍵 # no remark; no end: {"`, 'tea — 🍵 # no remark; no end: {'],
  ])('%s is read', (_, quoted, text) => {
    expect(textOf(quoted)).toBe(text)
  })

  it.each([
    ['that does not end in its line', '"a\nb"', 'line 1, column 15: the line ends inside a text'],
    ['that ends in another quote', `"a'`, 'line 1, column 16: the line ends inside a text'],
    ['with an escape that is none', String.raw`"\z"`, 'line 1, column 15: this escape is not known'],
    ['with a digit that is not octal', String.raw`"\8"`, 'line 1, column 15: this escape is not known'],
    ['with no digit of hexadecimal', String.raw`"\xg"`, 'line 1, column 15: this escape is not known'],
    ['with too few digits', String.raw`"\u12"`, 'line 1, column 15: this escape is not known'],
    ['beyond Unicode', String.raw`"\U00110000"`, 'line 1, column 15: this escape is not known'],
    ['with half a character', String.raw`"\ud83c!"`, 'line 1, column 15: this escape is not known'],
    ['with half a character, long', String.raw`"\U0000d83c"`, 'line 1, column 15: this escape is not known'],
  ])('%s is refused', (_, quoted, message) => {
    expect(() => textOf(quoted)).toThrow(`janitor.conf, ${message}`)
  })
})

describe('what does not matter', () => {
  it.each([
    ['remarks', '# one\n#two\nx: 1 # three'],
    ['all white space', 'x\t:\v1\f\r\ny:2'],
    ['separators', 'x: 1, y: 2; z { };'],
    [
      'numbers',
      'x: 0 x: 10 x: -10 x: - # minus\n 7 x: 0x1F x: -0Xab x: 017 x: 1.5 x: .5 x: 5. x: 1e9 x: -1.5E-3 x: 2.f x: 10F x: 0.5',
    ],
    ['words', 'x: true x: False x: SOME_NAME x: inf x: -inf x: -Infinity x: nan x: _x9'],
    ['messages with and without a colon', 'x { a: 1 } x: { a: 1 } x < a: 1 > x: <> y{}'],
    ['messages within messages', 'x { y < z { a: "}" } > b: \'>\' }'],
    ['lists of values', 'x: [] x: [1] x: ["a" "b", \'c\', -1.5, WORD] x: [ # remark\n 1 , 2 ]'],
    ['lists of messages', 'x [] x [{}, <a: 1>] x: [{ a: 1 }]'],
    [
      'extensions',
      '[a.b.c]: 1 [ a . b ]{ } x { [type.googleapis.com/a.b-c.D] { a: 1 } } [ # remark\n e ] < >',
    ],
    ['fields of a known name deeper down', 'x { user_agent: 5 redis_location { } }'],
    ['names that only begin alike', 'user_agents: "no" user_agent_: "no"'],
  ])('(%s) is skipped', (_, text) => {
    expect(parse(`user_agent: "before" ${text}\nredis_location: "behind"`)).toEqual({
      user_agent: 'before',
      redis_location: 'behind',
    })
  })

  it('may be all there is', () => {
    expect([parse(''), parse('\n # nothing\n'), parse('campaign { name: "x" }')]).toEqual([{}, {}, {}])
  })
})

describe('a mistake', () => {
  it.each([
    ['a field without a value', 'x:\n}', 'line 2, column 1: a value is expected'],
    ['a scalar without a colon', 'x 1', 'line 1, column 3: ":" or "{" is expected behind x'],
    ['scalars in a list without a colon', 'x [1]', 'line 1, column 4: a message is expected'],
    ['a list in a list', 'x: [[1]]', 'line 1, column 5: a value is expected'],
    ['a comma at the end of a list', 'x: [1, ]', 'line 1, column 8: a value is expected'],
    ['a list without commas', 'x: [1 2]', 'line 1, column 7: "," or "]" is expected'],
    ['a list that does not end', 'x: [1,\n', 'line 2, column 1: a value is expected'],
    ['two separators', 'x: 1,,', 'line 1, column 6: a field name is expected'],
    ['a separator ahead of all', '; x: 1', 'line 1, column 1: a field name is expected'],
    ['another bracket than the one opened', 'x < a: 1 }', 'line 1, column 10: a field name is expected'],
    ['a bracket too many', 'x { } }', 'line 1, column 7: a field name is expected'],
    ['a message that does not end', 'x {\n y <', 'line 2, column 5: the file ends where > is missing'],
    ['a name that begins with a digit', '9x: 1', 'line 1, column 1: a field name is expected'],
    ['a name with a dash', 'a-b: 1', 'line 1, column 2: ":" or "{" is expected behind a'],
    ['an extension without a name', '[]: 1', 'line 1, column 2: the name of an extension is expected'],
    ['an extension that does not end', '[a.b: 1', 'line 1, column 5: the name of an extension is expected'],
    ['a number with two points', 'x: 1.2.3', 'line 1, column 4: a value is expected'],
    ['a number with letters', 'x: 12ab', 'line 1, column 4: a value is expected'],
    ['an octal number with a 9', 'x: 019', 'line 1, column 4: a value is expected'],
    ['a number with a plus', 'x: +1', 'line 1, column 4: a value is expected'],
    ['a word with a minus', 'x: -true', 'line 1, column 5: a number is expected'],
    ['a remark as in C', '// x\nx: 1', 'line 1, column 1: a field name is expected'],
    ['a known field that is a number', 'user_agent: 5', 'user_agent must be a text in quotes'],
    ['a known field that is a list', 'user_agent: ["a"]', 'user_agent must be a text in quotes'],
    ['a known field that is a message', 'user_agent { }', 'user_agent must be a text in quotes'],
  ])('(%s) is named with its place', (_, text, message) => {
    expect(() => parse(text)).toThrow(message)
  })

  it('in a long file is found', () => {
    const text = `${'x { y: "z" } # remark\n'.repeat(100_000)}oops`
    expect(() => parse(text)).toThrow('line 100001, column 5: ":" or "{" is expected behind oops')
  })
})
