import { describe, expect, it } from 'vitest'
import { parseRunMessage } from '../../src/farm/run-message.ts'

describe('a message about a run', () => {
  it.each([
    ['the old runner’s', { code: 'success', log_id: 'r1', codebase: 'x', revision: 'a' }, { runId: 'r1' }],
    ['a newer runner’s', { run_id: 'r1', result_code: 'success' }, { runId: 'r1' }],
    ['of a run that failed', { run_id: 'r1', result_code: 'build-failed' }, 'failed'],
    ['of one that the old runner had fail', { code: 'nothing-to-do', log_id: 'r1' }, 'failed'],
    ['without an id', { code: 'success' }, null],
    ['without a code', { run_id: 'r1' }, null],
    ['with an id that is a number', { run_id: 1, result_code: 'success' }, null],
    ['with an id that is an object', { log_id: { toString: 'x' }, code: 'success' }, null],
    ['with an empty id', { run_id: '', result_code: 'success' }, null],
    ['with an endless id', { run_id: 'x'.repeat(10_000), result_code: 'success' }, null],
    ['with an id that no database holds', { run_id: 'a\0b', result_code: 'success' }, null],
    ['that is a list', [{ run_id: 'r1', result_code: 'success' }], null],
    ['that is null', null, null],
    ['that is a text', 'success', null],
  ])('%s', (_, message, news) => {
    expect(parseRunMessage(JSON.stringify(message))).toEqual(news)
  })

  it.each([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['JSON that is cut', '{"run_id": "r1", "result_co'],
    ['nested a hundred thousand deep', '['.repeat(100_000)],
    ['larger than any', JSON.stringify({ run_id: 'r1', result_code: 'success', log: 'x'.repeat(1 << 20) })],
  ])('that is %s is passed over', (_, message) => {
    expect(parseRunMessage(message)).toBeNull()
  })
})
