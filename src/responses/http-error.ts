/** The domain's errors as the old service's clients know them: status, text, headers. Source: the table "Errors" of docs/rest.md. */
import { STATUS_CODES } from 'node:http'
import {
  ArtifactRetrievalError,
  ArtifactRetrievalTimeoutError,
  ArtifactsMissingError,
  DatabaseUnavailableError,
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
  DifferError,
  InvalidPackageError,
  OverloadedError,
  QueueUnavailableError,
  RunNotFoundError,
  RunNotSuccessfulError,
} from '../errors.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'

export interface HttpError {
  readonly status: number
  /** A reason phrase of its own, where the old service had one. */
  readonly reason?: string
  /** The whole body in the text form. */
  readonly text: string
  /** A short constant name of the case, in the JSON form. */
  readonly title: string
  /** A sentence, in the JSON form. */
  readonly details: string
  readonly runId?: string
  readonly command?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The answer to an expected failure; null for anything else. */
export function httpErrorFor(error: unknown): HttpError | null {
  const answer = statusOf(error)
  return answer && withRetry(answer, error)
}

/** One that is remembered says when it is worth asking again. */
function withRetry(answer: HttpError, error: unknown): HttpError {
  if (!(error instanceof DifferError) || error.rememberedMs === undefined) return answer
  const retryAfter = String(Math.ceil(error.rememberedMs / 1000))
  return { ...answer, headers: { ...answer.headers, 'retry-after': retryAfter } }
}

function statusOf(error: unknown): HttpError | null {
  if (error instanceof RunNotFoundError)
    return { ...missing('missing artifacts', error), title: 'Run not found' }
  if (error instanceof RunNotSuccessfulError)
    return { ...missing('missing artifacts', error), title: 'Run not successful' }
  if (error instanceof ArtifactsMissingError)
    return { ...missing(error.message, error), title: 'Artifacts missing' }
  if (error instanceof ArtifactRetrievalTimeoutError)
    return {
      status: 504,
      text: 'Timeout retrieving artifacts',
      title: 'Artifact retrieval timeout',
      details: error.message,
      runId: error.runId,
    }
  if (error instanceof ArtifactRetrievalError)
    return {
      status: 502,
      text: error.message,
      title: 'Artifact retrieval failed',
      details: error.message,
      runId: error.runId,
    }
  if (error instanceof DiffCommandTimeoutError)
    return {
      status: 504,
      text: error.command === 'debdiff' ? 'Timeout running debdiff' : 'diffoscope timed out',
      title: 'Command timeout',
      details: error.message,
      command: error.command,
    }
  if (error instanceof DiffCommandMemoryError)
    return {
      status: 503,
      text: `${error.command} used too much memory`,
      title: 'Memory limit exceeded',
      details: error.message,
      command: error.command,
    }
  if (error instanceof DiffCommandError)
    return { ...commandFailed(error.command, error.stderr || error.message), details: error.message }
  if (error instanceof DatabaseUnavailableError)
    return { ...unavailable(error), title: 'Database unavailable' }
  if (error instanceof QueueUnavailableError) return { ...unavailable(error), title: 'Queue unavailable' }
  if (error instanceof DiffNotReadyError)
    return { status: 404, text: error.message, title: 'Not made yet', details: error.message }
  if (error instanceof OverloadedError) return { ...unavailable(error), title: 'Overloaded' }
  return null
}

/** A package that no tool could have compared: what the tool that was asked for would have answered. */
export function answerToInvalidPackage(
  error: InvalidPackageError,
  command: 'debdiff' | 'diffoscope',
): HttpError {
  return withRetry({ ...commandFailed(command, error.message), details: error.message }, error)
}

/** A fault of ours: the reference finds it in the log. */
export function internalError(reference: string): HttpError {
  return {
    status: 500,
    text: `500: Internal Server Error (reference ${reference})`,
    title: 'Internal server error',
    details: `The service failed; the reference of this failure in its log is ${reference}`,
  }
}

export function notAcceptable(acceptable: readonly string[]): HttpError {
  const text = `Acceptable content types: ${acceptable.join(', ')}`
  return { status: 406, text, title: 'Content negotiation failed', details: text }
}

/** What HTTP itself has a name for: `404: Not Found`. */
export function httpError(status: number, details: string): HttpError {
  const title = STATUS_CODES[status] ?? 'Error'
  return { status, text: `${status}: ${title}`, title, details }
}

/** Clients read the header on every 404, and one of them fails without it. */
function missing(text: string, error: { runId: string; message: string }) {
  return {
    status: 404,
    text,
    details: error.message,
    runId: error.runId,
    headers: { unavailable_run_id: latin1OfUtf8(error.runId) },
  }
}

function commandFailed(command: 'debdiff' | 'diffoscope', text: string) {
  const status = command === 'debdiff' ? { status: 400 } : { status: 500, reason: 'diffoscope error' }
  return { ...status, text, title: 'Command failed', command }
}

function unavailable(error: { retryAfterMs: number; message: string }) {
  return {
    status: 503,
    text: error.message,
    details: error.message,
    headers: { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) },
  }
}

/** Node.js writes header values as Latin-1, so these characters go out as the id's UTF-8 bytes. What no header may hold is left out. */
function latin1OfUtf8(id: string): string {
  return Buffer.from(id, 'utf8')
    .toString('latin1')
    .replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '')
}
