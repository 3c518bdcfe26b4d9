import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { DiffCommandError, RunNotFoundError } from '../src/errors.ts'
import { deserializeError, type SerializedError, serializeError } from '../src/serialize-error.ts'

const throughJson = (data: SerializedError): SerializedError => JSON.parse(JSON.stringify(data))
const throughPort = (data: SerializedError): SerializedError => {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(data)
  const received = receiveMessageOnPort(port2)?.message
  port1.close()
  return received
}

it.each([
  ['JSON', throughJson],
  ['a message port', throughPort],
])('restores class, message, fields and stack of a typed error sent as %s', (_, send) => {
  const error = new DiffCommandError('debdiff', { exitCode: 3, stderr: 'no\n', retryable: true })
  const restored = deserializeError(send(serializeError(error)))
  expect(restored).toBeInstanceOf(DiffCommandError)
  expect({ ...restored }).toEqual({ ...error })
  expect([restored.message, restored.stack]).toEqual([error.message, error.stack])
})

it('sends no cause, no function and no nested value', () => {
  const error = Object.assign(new Error('odd', { cause: new Error('why') }), {
    code: 'ENOSPC',
    path: null,
    list: [1],
    call: () => {},
  })
  const restored = deserializeError(throughPort(serializeError(error)))
  expect({ ...restored }).toEqual({ name: 'Error', code: 'ENOSPC', path: null })
  expect(restored.cause).toBeUndefined()
})

it('restores further classes only if they are passed', () => {
  class OwnError extends Error {
    override readonly name = 'OwnError'
  }
  const data = serializeError(new OwnError('mine'))
  expect(deserializeError(data, [OwnError])).toBeInstanceOf(OwnError)
  expect(deserializeError(data)).not.toBeInstanceOf(OwnError)
  expect(deserializeError(data)).toMatchObject({ name: 'OwnError', message: 'mine' })
})

it('does not mix up the classes', () => {
  expect(deserializeError(serializeError(new RunNotFoundError('r')))).toBeInstanceOf(RunNotFoundError)
  expect(deserializeError(serializeError('a string'))).toMatchObject({ name: 'Error', message: 'a string' })
  expect(deserializeError({ name: 'constructor', message: 'x' })).toMatchObject({ name: 'constructor' })
})
