/**
 * Every failure that Differ expects, once. Thrown by the parts below, mapped to union members by `schema/errors.ts`
 * and to statuses by `rest/errors.ts`; anything else that is thrown is a fault, logged with a reference and masked.
 *
 * Messages are sentences for the person who asked. Facts are fields, so that nobody parses a message.
 */
import type { DiffKind } from './model.ts'

/** The base: `retryable` says whether the same request may succeed later without anybody changing anything. */
export abstract class DifferError extends Error {
  abstract readonly retryable: boolean
  /** Of a failure that is remembered: milliseconds until it is worth asking again. */
  rememberedMs?: number
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
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

/** The run exists but did not succeed (or has not finished: `resultCode` null), so it built nothing to compare. */
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

/** The store holds nothing under the run's id, or no `.deb`/`.udeb`. */
export class ArtifactsMissingError extends DifferError {
  readonly retryable = false
  readonly runId: string
  constructor(runId: string) {
    super(`No artifacts for run id: ${runId}`)
    this.runId = runId
  }
}

/** The store did not deliver within `limitMs`. */
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

/** The store failed otherwise: out of reach, permission denied, a broken transfer. */
export class ArtifactRetrievalError extends DifferError {
  readonly retryable = true
  readonly runId: string
  constructor(runId: string, cause?: unknown) {
    super(`Unable to retrieve artifacts for run id: ${runId}`, { cause })
    this.runId = runId
  }
}

/** A file offered as a Debian binary package is none; no tool has seen it. */
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

/** The tool was still running after `limitMs` of wall-clock time and was stopped. */
export class DiffCommandTimeoutError extends DifferError {
  readonly retryable = true
  readonly command: DiffKind
  readonly limitMs: number
  /** Of the background job that makes it under larger limits; null where there is none. */
  readonly jobId: string | null
  constructor(command: DiffKind, limitMs: number, jobId: string | null = null) {
    super(`${command} took longer than ${limitMs / 1000} s`)
    this.command = command
    this.limitMs = limitMs
    this.jobId = jobId
  }
}

/** The tool ran out of the memory that it may use. */
export class DiffCommandMemoryError extends DifferError {
  readonly retryable = false
  readonly command: DiffKind
  readonly limitBytes: number
  constructor(command: DiffKind, limitBytes: number) {
    super(`${command} used more memory than the limit of ${Math.round(limitBytes / 1e6)} MB`)
    this.command = command
    this.limitBytes = limitBytes
  }
}

/**
 * The tool failed in another way. `stderr` is what it said, shortened and without paths of temporary directories;
 * `reason` is our own finding (`died by SIGSEGV`, `wrote more than 4 GB`), null where the exit code says it all.
 */
export class DiffCommandError extends DifferError {
  readonly retryable: boolean
  readonly command: DiffKind
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stderr: string
  readonly reason: string | null
  constructor(
    command: DiffKind,
    facts: {
      exitCode: number | null
      signal?: string | null
      stderr: string
      reason?: string | null
      retryable?: boolean
    },
  ) {
    const how =
      facts.reason ?? (facts.signal ? `died by ${facts.signal}` : `failed with exit code ${facts.exitCode}`)
    super(`${command} ${how}`)
    this.command = command
    this.exitCode = facts.exitCode
    this.signal = facts.signal ?? null
    this.stderr = facts.stderr
    this.reason = facts.reason ?? null
    this.retryable = facts.retryable ?? false
  }
}

/** A stored report is not what a report must be; `reason` names what and where. It is set aside and made again. */
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

/** No job has this id, or it is long over. */
export class JobNotFoundError extends DifferError {
  readonly retryable = false
  readonly jobId: string
  constructor(jobId: string) {
    super(`Job ${jobId} does not exist, or is long over`)
    this.jobId = jobId
  }
}

/** No batch has this id, or it is long over. */
export class BatchNotFoundError extends DifferError {
  readonly retryable = false
  readonly batchId: string
  constructor(batchId: string) {
    super(`Batch ${batchId} does not exist, or is long over`)
    this.batchId = batchId
  }
}

/** This starts work, and who asks has not shown the token. */
export class UnauthorizedError extends DifferError {
  readonly retryable = false
  constructor() {
    super('This starts work and needs the token of this service: send it as `Authorization: Bearer TOKEN`')
  }
}

/** More work is asked for than may wait. */
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

/** The queue's server does not answer. */
export class QueueUnavailableError extends DifferError {
  readonly retryable = true
  readonly retryAfterMs = 5_000
  constructor(cause?: unknown) {
    super('Queue unavailable', { cause })
  }
}

/** What a client asks for is more than one operation may ask for. */
export class QueryLimitError extends DifferError {
  readonly retryable: boolean
  /** For programs: `PAGE_TOO_LARGE`. */
  readonly code: string
  /** The most that is allowed, in the unit that the message names. */
  readonly limit: number
  constructor(code: string, limit: number, message: string, retryable = false) {
    super(message)
    this.code = code
    this.limit = limit
    this.retryable = retryable
  }
}

/** What a user typed or configured cannot be used; the message says what to do instead. */
export class UsageError extends DifferError {
  readonly retryable = false
}
