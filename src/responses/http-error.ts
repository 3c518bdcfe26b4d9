/**
 * An error as an HTTP response, and the errors that are not about diffs. Those of diffs are in
 * `rest/legacy-errors.ts`.
 */
import { STATUS_CODES } from 'node:http'

export interface HttpError {
  readonly status: number
  /** The reason phrase, if it is not the usual one of the status. */
  readonly reason?: string
  /** The whole body of the text form. */
  readonly text: string
  /** A short constant name of the case, for the JSON form. */
  readonly title: string
  /** A sentence, for the JSON form. */
  readonly details: string
  readonly runId?: string
  readonly command?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Where the page form leads back to. */
  readonly home?: string
}

/** An error that HTTP itself has a name for; its text is like `404: Not Found`. */
export function httpError(status: number, details: string): HttpError {
  const title = STATUS_CODES[status] ?? 'Error'
  return { status, text: `${status}: ${title}`, title, details }
}

/** An unexpected error. @param reference under which it is logged */
export function internalError(reference: string): HttpError {
  return {
    status: 500,
    text: `500: Internal Server Error (reference ${reference})`,
    title: 'Internal server error',
    details: `The service failed; the reference of this failure in its log is ${reference}`,
  }
}
