import { expect, test } from 'vitest'
import { shellSplit } from '../../src/config/shell-split.ts'
import { UsageError } from '../../src/errors.ts'

test.each([
  ['', []],
  [' \t\n ', []],
  ['diffoscope', ['diffoscope']],
  ['  nice -n 10\tdiffoscope\n', ['nice', '-n', '10', 'diffoscope']],
  [`'a b' "c d" e\\ f`, ['a b', 'c d', 'e f']],
  [`a'b'"c"d`, ['abcd']],
  [`'' ""`, ['', '']],
  [`'\\n' "\\n" \\n`, ['\\n', '\\n', 'n']],
  [`"\\"\\\\\\$\\\`"`, ['"\\$`']],
  [`"it's" 'say "x"'`, [`it's`, 'say "x"']],
  ['a\\\nb', ['ab']],
  ['\\\n', []],
  ['~ $HOME * #x', ['~', '$HOME', '*', '#x']],
])('splits %j into the words %j', (line, words) => {
  expect(shellSplit(line)).toEqual(words)
})

test.each([`'a`, `a "b`, 'a\\', `"a\\"`])('rejects %j', (line) => {
  expect(() => shellSplit(line)).toThrow(UsageError)
})
