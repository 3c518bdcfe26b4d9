/**
 * All errors that Differ expects. `schema/errors.ts` maps them to union members, `rest/legacy-errors.ts` to
 * HTTP statuses. Any other error is unexpected: it is logged, and clients only get a reference to the log.
 *
 * A message is a sentence for the user. Clients that need facts read them from fields, not from the message.
 * Some messages are bodies of REST responses, and must not be reworded: see "Errors" in docs/rest.md.
 */
import type { ResultKind } from './model.ts'

/**
 * The base class. `retryable`: whether the same request may succeed later although nothing has been changed.
 */
export abstract class DifferError extends Error {
  abstract readonly retryable: boolean
  /** Set if the failure is cached: milliseconds until a retry is worthwhile. */
  rememberedMs?: number
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** The suggested delay before a retry, in milliseconds; null if it is not known. */
export function retryAfterMsOf(error: DifferError): number | null {
  return 'retryAfterMs' in error ? Number(error.retryAfterMs) : (error.rememberedMs ?? null)
}

/** The process that ran a job ended each time before the job did. */
export class WorkerLostError extends DifferError {
  readonly retryable = false
  constructor() {
    super(
      'The worker died each time it ran this job; look into the log of the workers, and whether the kernel ' +
        'killed them for lack of memory',
    )
  }
}

/** No run has this id. */
export class RunNotFoundError extends DifferError {
  readonly retryable = false
  readonly runId: string
  constructor(runId: string) {
    super(`Run ${runId} does not exist`)
    this.runId = runId
  }
}

/** The run exists, but failed or has not finished (`resultCode` null), so it has no packages to compare. */
export class RunNotSuccessfulError extends DifferError {
  readonly retryable = false
  readonly runId: string
  readonly resultCode: string | null
  constructor(runId: string, resultCode: string | null) {
    super(
      resultCode === null
        ? `Run ${runId} has not finished`
        : `Run ${runId} did not succeed: its result is ${resultCode}`,
    )
    this.runId = runId
    this.resultCode = resultCode
  }
}

/** The artifact store has nothing under the run's id, or no `.deb`, `.udeb` or `.ddeb`. */
export class ArtifactsMissingError extends DifferError {
  readonly retryable = false
  readonly runId: string
  constructor(runId: string) {
    super(`No artifacts for run id: ${runId}`)
    this.runId = runId
  }
}

/** The artifact store did not deliver within `limitMs`. */
export class ArtifactRetrievalTimeoutError extends DifferError {
  readonly retryable = true
  readonly runId: string
  readonly limitMs: number
  constructor(runId: string, limitMs: number) {
    super(`Retrieving the artifacts of run ${runId} took longer than ${limitMs / 1000} s`)
    this.runId = runId
    this.limitMs = limitMs
  }
}

/** The artifact store failed in another way: unreachable, permission denied, a broken transfer. */
export class ArtifactRetrievalError extends DifferError {
  readonly retryable = true
  readonly runId: string
  constructor(runId: string, cause?: unknown) {
    super(`Unable to retrieve artifacts for run id: ${runId}`, { cause })
    this.runId = runId
  }
}

/** An artifact is not a valid Debian binary package. It has not been given to a tool. */
export class InvalidPackageError extends DifferError {
  readonly retryable = false
  readonly filename: string
  readonly reason: string
  constructor(filename: string, reason: string) {
    super(`${filename} is not a Debian binary package: ${reason}`)
    this.filename = filename
    this.reason = reason
  }
}

/** Neither run has a package of this name. */
export class PackageNotFoundError extends DifferError {
  readonly retryable = false
  readonly package: string
  constructor(name: string) {
    super(`Neither run has a package ${JSON.stringify(name)}: name it like the summary does`)
    this.package = name
  }
}

/** The package has no such file, in none of its versions or not in the one that was named. */
export class FileNotFoundError extends DifferError {
  readonly retryable = false
  readonly package: string
  readonly path: string
  constructor(name: string, path: string) {
    super(
      `Package ${name} has no file ${JSON.stringify(path)}: name it without a leading slash, and files of the ` +
        'control archive as `control/NAME`',
    )
    this.package = name
    this.path = path
  }
}

/** The tool was stopped because it was still running after `limitMs` of wall-clock time. */
export class DiffCommandTimeoutError extends DifferError {
  readonly retryable = true
  readonly command: ResultKind
  readonly limitMs: number
  /** The background job that makes the diff under larger limits; null if there is none. */
  readonly jobId: string | null
  constructor(command: ResultKind, limitMs: number, jobId: string | null = null) {
    super(`${command} took longer than ${limitMs / 1000} s`)
    this.command = command
    this.limitMs = limitMs
    this.jobId = jobId
  }
}

/** The tool exceeded its memory limit. */
export class DiffCommandMemoryError extends DifferError {
  readonly retryable = false
  readonly command: ResultKind
  readonly limitBytes: number
  /** @param what is the subject of the message */
  constructor(command: ResultKind, limitBytes: number, what: string = command) {
    super(`${what} used more memory than the limit of ${Math.round(limitBytes / 1e6)} MB`)
    this.command = command
    this.limitBytes = limitBytes
  }
}

/**
 * The tool failed in another way. `stderr` is its standard error, shortened and without paths of temporary
 * directories. `reason` is what Differ found out (`wrote more than 4 GB`); null if the exit code says it all. `what` is
 * the subject of the message, if it is not the tool.
 */
export class DiffCommandError extends DifferError {
  readonly retryable: boolean
  readonly command: ResultKind
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stderr: string
  readonly reason: string | null
  constructor(
    command: ResultKind,
    facts: {
      exitCode: number | null
      signal?: string | null
      stderr: string
      reason?: string | null
      retryable?: boolean
      what?: string
    },
  ) {
    const how =
      facts.reason ??
      (facts.signal ? `was killed by ${facts.signal}` : `failed with exit code ${facts.exitCode}`)
    super(`${facts.what ?? command} ${how}`)
    this.command = command
    this.exitCode = facts.exitCode
    this.signal = facts.signal ?? null
    this.stderr = facts.stderr
    this.reason = facts.reason ?? null
    this.retryable = facts.retryable ?? false
  }
}

/** A stored report is invalid; `reason` says what and where. The report is set aside, and made again. */
export class DamagedReportError extends DifferError {
  readonly retryable = true
  readonly path: string
  readonly reason: string
  constructor(path: string, reason: string) {
    super(`The stored report is damaged: ${reason}`)
    this.path = path
    this.reason = reason
  }
}

/** No job has this id, or it ended so long ago that it has been removed. */
export class JobNotFoundError extends DifferError {
  readonly retryable = false
  readonly jobId: string
  constructor(jobId: string) {
    super(`Job ${jobId} does not exist, or has been removed since it ended`)
    this.jobId = jobId
  }
}

/** No batch has this id, or it ended so long ago that it has been removed. */
export class BatchNotFoundError extends DifferError {
  readonly retryable = false
  readonly batchId: string
  constructor(batchId: string) {
    super(`Batch ${batchId} does not exist, or has been removed since it ended`)
    this.batchId = batchId
  }
}

/** The request starts or cancels work, and the client did not send the token. */
export class UnauthorizedError extends DifferError {
  readonly retryable = false
  constructor() {
    super(
      'Starting or cancelling work needs the token of this service: send it as `Authorization: Bearer TOKEN`',
    )
  }
}

/** A page of another site has sent a request that starts or cancels work. */
export class ForeignPageError extends DifferError {
  readonly retryable = false
  /** @param origin that of the page, if the browser sent it */
  constructor(origin = 'another site') {
    super(
      `A page of ${origin.slice(0, 200)} must not start or cancel work; ` +
        'to allow it, add its origin to --cors-origins (DIFFER_CORS_ORIGINS), or set --base-url if it is the page of ' +
        'this service behind a proxy',
    )
  }
}

/** More work is requested than may wait. */
export class OverloadedError extends DifferError {
  readonly retryable = true
  readonly retryAfterMs: number
  constructor(retryAfterMs: number, message = 'Too many diffs are being made; try again later') {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** The database does not answer. */
export class DatabaseUnavailableError extends DifferError {
  readonly retryable = true
  readonly retryAfterMs = 5_000
  constructor(cause?: unknown) {
    super('Database unavailable', { cause })
  }
}

/** The request needs what summaries have said, and Differ has no database of its own to keep it in. */
export class StateNotConfiguredError extends DifferError {
  readonly retryable = false
  constructor() {
    super(
      'Campaigns need a database of this service: set DIFFER_STATE_DATABASE_URL to a PostgreSQL database in which ' +
        'it may create the schema "differ"',
    )
  }
}

/** The state knows no summary of this campaign. */
export class CampaignNotFoundError extends DifferError {
  readonly retryable = false
  readonly campaign: string
  constructor(campaign: string) {
    super(
      `No summary of campaign ${JSON.stringify(campaign)} is known: check the name, or make its summaries first`,
    )
    this.campaign = campaign
  }
}

/** The queue's server does not answer. */
export class QueueUnavailableError extends DifferError {
  readonly retryable = true
  readonly retryAfterMs = 5_000
  constructor(cause?: unknown) {
    super('Queue unavailable', { cause })
  }
}

/** An operation exceeds a limit. */
export class QueryLimitError extends DifferError {
  readonly retryable: boolean
  /** For programs: `PAGE_TOO_LARGE`. */
  readonly code: string
  /** The limit, in the unit that the message names. */
  readonly limit: number
  constructor(code: string, limit: number, message: string, retryable = false) {
    super(message)
    this.code = code
    this.limit = limit
    this.retryable = retryable
  }
}

/**
 * A regular expression to search for is invalid, or takes too long. `position` is where it goes wrong, in UTF-16
 * units from 0; null if no position is to blame.
 */
export class SearchPatternError extends DifferError {
  readonly retryable = false
  readonly position: number | null
  constructor(reason: string, position: number | null = null) {
    super(position === null ? reason : `The pattern is invalid at position ${position}: ${reason}`)
    this.position = position
  }
}

/** Input or configuration of a user is invalid; the message says what to do instead. */
export class UsageError extends DifferError {
  readonly retryable = false
}
