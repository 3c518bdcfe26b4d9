/** Typed errors as text and back, for a queue that keeps them on another machine. */
import * as errors from '../errors.ts'
import { CancelledError } from './retry-policy.ts'

type ErrorClass = { readonly prototype: Error; readonly name: string }

/** Every error that can come back as what it was; others come back as plain errors with their names. */
const CLASSES: ReadonlyMap<string, ErrorClass> = new Map(
  [...Object.values(errors), CancelledError].map((one: ErrorClass) => [one.name, one]),
)

/** What BullMQ says of a job whose worker was gone too often. */
const STALLED = 'job stalled more than allowable limit'

/** Name, message and fields as JSON; the cause and the trace stay behind, in the log of whoever threw it. */
export function serializeError(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify({ name: 'Error', message: String(error) })
  const name = CLASSES.has(error.constructor.name) ? error.constructor.name : error.name
  return JSON.stringify({ ...error, name, message: error.message })
}

/** The error that `errorToText` was given, of its class. Any text is taken. */
export function deserializeError(text: string): Error {
  const { name, message, ...fields } = parsed(text)
  const error = new Error(String(message))
  const known = CLASSES.get(String(name))
  if (known) Object.setPrototypeOf(error, known.prototype)
  return Object.assign(error, fields, { name: String(name) })
}

function parsed(text: string): Record<string, unknown> {
  if (text === STALLED) return { name: 'Error', message: 'Its worker died each time' }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'message' in value) return { name: 'Error', ...value }
  } catch {
    // Text of somebody else's, such as an older release's.
  }
  return { name: 'Error', message: text }
}
