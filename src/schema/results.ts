/** Unions of what a field returns and its expected failures: one for each concept, whichever field returns it. */
import type { ObjectRef } from '@pothos/core'
import {
  ArtifactRetrievalError,
  ArtifactRetrievalTimeoutError,
  ArtifactsMissingError,
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
  FileNotFoundError,
  InvalidPackageError,
  OverloadedError,
  PackageNotFoundError,
  QueueUnavailableError,
} from '../errors.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'
import { builder, type Types } from './builder.ts'

type ErrorClass = new (...args: never[]) => Error

/**
 * Defines a union of a type and the errors that a field may have instead. A resolver throws these errors.
 * @param what the type, for the description: "The run"
 * @param failure what a failure means, if the result is not just unavailable
 */
export function resultType<T, const Errors extends readonly ErrorClass[]>(
  name: string,
  type: ObjectRef<Types, T>,
  errors: Errors,
  what: string,
  failure = 'it is unavailable',
) {
  return builder.errorUnion(name, {
    description: `${what}, or the reason why ${failure}.`,
    types: [type, ...errors],
    omitDefaultTypes: true,
    resolveType: () => type.name,
  })
}

/** Expected failures of listing the packages of a run. */
export const LISTING_ERRORS = [ArtifactsMissingError, ArtifactRetrievalTimeoutError, ArtifactRetrievalError]

/** Expected failures of requesting a diff. */
export const DIFF_ERRORS = [
  DiffNotReadyError,
  ...LISTING_ERRORS,
  InvalidPackageError,
  DiffCommandTimeoutError,
  DiffCommandMemoryError,
  DiffCommandError,
  OverloadedError,
  QueueUnavailableError,
]

/** Expected failures of requesting the report of a file. */
export const FILE_ERRORS = [PackageNotFoundError, FileNotFoundError, ...DIFF_ERRORS]
