/**
 * The domain's errors as clients of the old service know them: status, text and headers. The source is the
 * table "Errors" in docs/rest.md. The texts are a contract; do not reword them.
 */
import {
  ArtifactRetrievalError,
  ArtifactRetrievalTimeoutError,
  ArtifactsMissingError,
  CampaignNotFoundError,
  DatabaseUnavailableError,
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
  DifferError,
  FileNotFoundError,
  ForeignPageError,
  InvalidPackageError,
  OverloadedError,
  PackageNotFoundError,
  QueueUnavailableError,
  RunNotFoundError,
  RunNotSuccessfulError,
  StateNotConfiguredError,
  UnauthorizedError,
} from '../errors.ts'
import type { ResultKind } from '../model.ts'
import type { HttpError } from '../responses/http-error.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'

/**
 * The response to an expected error; null for any other.
 * @param kind of the requested diff. An invalid package is answered as a failure of the tool that would have
 *   read it.
 */
export function legacyError(error: unknown, kind: ResultKind): HttpError | null {
  const response =
    error instanceof InvalidPackageError ? commandFailed(kind, error.message, error) : responseTo(error)
  return response && withRetryAfter(response, error)
}

/** For `/ready`, too, which is not about a diff. */
export function databaseUnavailable(error: DatabaseUnavailableError): HttpError {
  return unavailable('Database unavailable', error)
}

export function overloaded(error: OverloadedError): HttpError {
  return unavailable('Overloaded', error)
}

export function unauthorized({ message }: UnauthorizedError): HttpError {
  return {
    status: 401,
    text: message,
    title: 'Unauthorized',
    details: message,
    headers: { 'www-authenticate': 'Bearer' },
  }
}

export function foreignPage({ message }: ForeignPageError): HttpError {
  return { status: 403, text: message, title: 'Foreign page', details: message }
}

/** @param acceptable media types, as the old service listed them */
export function notAcceptable(acceptable: readonly string[]): HttpError {
  const text = `Acceptable content types: ${acceptable.join(', ')}`
  return { status: 406, text, title: 'Content negotiation failed', details: text }
}

/** Adds when a retry makes sense, if the service remembers the failure. */
function withRetryAfter(response: HttpError, error: unknown): HttpError {
  if (!(error instanceof DifferError) || error.rememberedMs === undefined) return response
  return { ...response, headers: { ...response.headers, 'retry-after': seconds(error.rememberedMs) } }
}

function responseTo(error: unknown): HttpError | null {
  if (error instanceof RunNotFoundError) return missing('missing artifacts', 'Run not found', error)
  if (error instanceof RunNotSuccessfulError) return missing('missing artifacts', 'Run not successful', error)
  if (error instanceof ArtifactsMissingError) return missing(error.message, 'Artifacts missing', error)
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
    return commandFailed(error.command, error.stderr || error.message, error)
  if (error instanceof DatabaseUnavailableError) return databaseUnavailable(error)
  if (error instanceof QueueUnavailableError) return unavailable('Queue unavailable', error)
  if (error instanceof OverloadedError) return overloaded(error)
  if (error instanceof UnauthorizedError) return unauthorized(error)
  if (error instanceof ForeignPageError) return foreignPage(error)
  if (error instanceof CampaignNotFoundError)
    return { status: 404, text: error.message, title: 'Campaign not found', details: error.message }
  if (error instanceof StateNotConfiguredError)
    return { status: 501, text: error.message, title: 'No state', details: error.message }
  if (error instanceof PackageNotFoundError || error instanceof FileNotFoundError)
    return { status: 404, text: error.message, title: 'Not in the packages', details: error.message }
  if (error instanceof DiffNotReadyError)
    return { status: 404, text: error.message, title: 'Not made yet', details: error.message }
  return null
}

/** Clients read the header on every 404, and one of them fails without it. */
function missing(
  text: string,
  title: string,
  { runId, message }: { runId: string; message: string },
): HttpError {
  return {
    status: 404,
    text,
    title,
    details: message,
    runId,
    headers: { unavailable_run_id: headerValueOf(runId) },
  }
}

function commandFailed(command: ResultKind, text: string, { message }: Error): HttpError {
  // The old service had no summaries: they are answered like diffoscope reports, without its reason phrase.
  const status =
    command === 'debdiff'
      ? { status: 400 }
      : { status: 500, ...(command === 'diffoscope' && { reason: 'diffoscope error' }) }
  return { ...status, text, title: 'Command failed', details: message, command }
}

function unavailable(
  title: string,
  { retryAfterMs, message }: { retryAfterMs: number; message: string },
): HttpError {
  return {
    status: 503,
    text: message,
    title,
    details: message,
    headers: { 'retry-after': seconds(retryAfterMs) },
  }
}

/** A value of `Retry-After`. */
function seconds(ms: number): string {
  return String(Math.ceil(ms / 1000))
}

const TAB = 0x09
const SPACE = 0x20
const DELETE = 0x7f

/**
 * An id for a header, as its UTF-8 bytes: Node.js writes each character of a header as one Latin-1 byte.
 * Control characters, which no header may contain, are dropped.
 */
function headerValueOf(id: string): string {
  const allowed = Buffer.from(id).filter((byte) => byte === TAB || (byte >= SPACE && byte !== DELETE))
  return Buffer.from(allowed).toString('latin1')
}
