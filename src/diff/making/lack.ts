/** What becomes of a report that lacks packages. */
import {
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
  type DifferError,
  InvalidPackageError,
} from '../../errors.ts'
import type { Limits } from '../../model.ts'
import { deserializeError } from '../../serialize-error.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import type { Lack, LackingPackage } from '../cache/origin.ts'
import type { Urgency } from './tool-slots.ts'

/**
 * Whether a failure is due to the package that was compared, so that the others can be compared all the same.
 * A full disk or a missing tool concerns all packages. The kernel kills the tool for a package that takes too
 * much memory.
 */
export function isOfPackage(error: unknown): error is DifferError {
  if (error instanceof DiffCommandError) return !error.retryable || error.signal !== null
  return (
    error instanceof InvalidPackageError ||
    error instanceof DiffCommandTimeoutError ||
    error instanceof DiffCommandMemoryError
  )
}

export function failureOf({ error }: LackingPackage): Error {
  return deserializeError(error)
}

/**
 * Whether a report that lacks packages may lack fewer if it is made under `limits`. What failed for a reason
 * that may pass is left to background jobs, whose retries have growing delays.
 */
export function mayImprove(
  { origin: { lacks } }: CacheEntry,
  { limits, urgency }: { readonly limits: Limits; readonly urgency: Urgency },
): boolean {
  if (!lacks) return false
  return limitsMayHelp(lacks, limits) || (urgency === 'background' && passingFailure(lacks) !== null)
}

/** Whether larger limits may help a package, no other change. */
export function limitsMayHelp(lacks: Lack, limits: Limits): boolean {
  const areLarger = (Object.keys(limits) as (keyof Limits)[]).some((key) => limits[key] > lacks.limits[key])
  return areLarger && lacks.packages.some((one) => !(failureOf(one) instanceof InvalidPackageError))
}

/** The first failure that may pass by itself; null if there is none. */
export function passingFailure({ packages }: Lack): Error | null {
  const mayPass = (error: Error) => error instanceof DiffCommandError && error.retryable
  return packages.map(failureOf).find(mayPass) ?? null
}

export function firstFailure({ packages: [first] }: Lack): Error {
  if (first === undefined) throw new Error('A report that lacks packages names none')
  return failureOf(first)
}
