import { pino } from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { QueueErrorLog } from '../../src/jobs/bullmq/queue-error-log.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function logTo(lines: Record<string, unknown>[]) {
  return new QueueErrorLog(pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) }))
}

it('logs an error once a minute, and says how many it suppressed', () => {
  const lines: Record<string, unknown>[] = []
  const log = logTo(lines)
  for (let count = 0; count < 5; count++) log.report(new Error(`lost lock ${count}`), 'the worker failed')
  log.report(new Error('other'), 'the queue failed')
  expect(lines).toMatchObject([
    { level: 40, msg: 'the worker failed', err: { message: 'lost lock 0' } },
    { level: 40, msg: 'the queue failed', err: { message: 'other' } },
  ])
  vi.advanceTimersByTime(60_000)
  for (let count = 0; count < 2; count++) log.report(new Error('again'), 'the worker failed')
  expect(lines.slice(2)).toMatchObject([
    { msg: 'the worker failed', err: { message: 'again' }, suppressed: 4 },
  ])
  vi.advanceTimersByTime(60_000)
  log.report(new Error('again'), 'the worker failed')
  expect(lines.at(-1)).toMatchObject({ suppressed: 1 })
})

it.each([
  Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
  new Error('Connection is closed.'),
  new Error('LOADING Redis is loading the dataset in memory'),
])('ignores connection errors: $message', (error) => {
  const lines: Record<string, unknown>[] = []
  logTo(lines).report(error, 'the worker failed')
  expect(lines).toEqual([])
})
