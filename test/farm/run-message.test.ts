import { describe, expect, it } from 'vitest'
import { parseRunMessage } from '../../src/farm/run-message.ts'

describe('parseRunMessage', () => {
  it.each([
    [
      'the old runner’s message',
      { code: 'success', log_id: 'r1', codebase: 'x', revision: 'a' },
      { runId: 'r1' },
    ],
    ['a newer runner’s message', { run_id: 'r1', result_code: 'success' }, { runId: 'r1' }],
    ['a failed run', { run_id: 'r1', result_code: 'build-failed' }, 'failed'],
    ['a failed run of the old runner', { code: 'nothing-to-do', log_id: 'r1' }, 'failed'],
    ['a message without an id', { code: 'success' }, null],
    ['a message without a result code', { run_id: 'r1' }, null],
    ['a number as id', { run_id: 1, result_code: 'success' }, null],
    ['an object as id', { log_id: { toString: 'x' }, code: 'success' }, null],
    ['an empty id', { run_id: '', result_code: 'success' }, null],
    ['a very long id', { run_id: 'x'.repeat(10_000), result_code: 'success' }, null],
    ['an id with a NUL character', { run_id: 'a\0b', result_code: 'success' }, null],
    ['a list', [{ run_id: 'r1', result_code: 'success' }], null],
    ['null', null, null],
    ['a string', 'success', null],
  ])('reads %s', (_, message, expected) => {
    expect(parseRunMessage(JSON.stringify(message))).toEqual(expected)
  })

  it.each([
    ['not JSON', 'hello'],
    ['empty', ''],
    ['truncated JSON', '{"run_id": "r1", "result_co'],
    ['a list nested 100,000 deep', '['.repeat(100_000)],
    ['too long', JSON.stringify({ run_id: 'r1', result_code: 'success', log: 'x'.repeat(1 << 20) })],
  ])('ignores a message that is %s', (_, message) => {
    expect(parseRunMessage(message)).toBeNull()
  })
})
