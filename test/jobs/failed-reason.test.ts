import { expect, it } from 'vitest'
import { ArtifactsMissingError, WorkerLostError } from '../../src/errors.ts'
import { formatFailedReason, parseFailedReason } from '../../src/jobs/bullmq/failed-reason.ts'
import { CancelledError } from '../../src/jobs/retry-policy.ts'

it('restores typed errors and cancellations, without their stack', () => {
  expect(parseFailedReason(formatFailedReason(new CancelledError()))).toBeInstanceOf(CancelledError)
  const error = new ArtifactsMissingError('r1')
  const text = formatFailedReason(error)
  expect(text).not.toContain('stack')
  expect(parseFailedReason(text)).toBeInstanceOf(ArtifactsMissingError)
  expect({ ...parseFailedReason(text) }).toEqual({ ...error })
})

it.each([
  ['{"message":"no name"}', 'Error', 'no name'],
  ['{"name":5,"message":6}', '5', '6'],
  ['{"name":"Error"}', 'Error', '{"name":"Error"}'],
  ['["message"]', 'Error', '["message"]'],
  ['null', 'Error', 'null'],
  ['plain text', 'Error', 'plain text'],
  ['', 'Error', ''],
])('reads the reason %j', (text, name, message) => {
  const error = parseFailedReason(text)
  expect(error).toBeInstanceOf(Error)
  expect([error.name, error.message]).toEqual([name, message])
})

it('reads BullMQ’s reason for a job that lost its worker too often', () => {
  expect(parseFailedReason('job stalled more than allowable limit')).toBeInstanceOf(WorkerLostError)
})
