/** Typed errors as the text that BullMQ stores as the reason of a failed job, and back. */
import { WorkerLostError } from '../../errors.ts'
import { deserializeError, type SerializedError, serializeError } from '../../serialize-error.ts'
import { CancelledError } from '../retry-policy.ts'

/** BullMQ's reason for a job that lost its worker too often. */
const STALLED = 'job stalled more than allowable limit'

/** @returns JSON with the name, message and fields; without cause and stack, which the failing worker logs */
export function formatFailedReason(error: unknown): string {
  const { stack: _, ...rest } = serializeError(error)
  return JSON.stringify(rest)
}

/** Reads any text: one that is not from `formatFailedReason` becomes the message of an Error. */
export function parseFailedReason(text: string): Error {
  return text === STALLED ? new WorkerLostError() : deserializeError(parse(text), [CancelledError])
}

function parse(text: string): SerializedError {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && 'message' in value) {
      const { name = 'Error', message } = value as { name?: unknown; message: unknown }
      return { ...value, name: String(name), message: String(message) }
    }
  } catch {
    // Not JSON: BullMQ's own reason, or that of an older release.
  }
  return { name: 'Error', message: text }
}
