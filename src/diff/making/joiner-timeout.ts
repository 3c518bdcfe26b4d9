/** Limits how long a request waits for a diff that another caller has started. */
import { DiffCommandTimeoutError } from '../../errors.ts'
import type { Limits, ResultKind } from '../../model.ts'
import { timeLimit } from '../../time-limit.ts'
import type { Urgency } from './tool-slots.ts'

interface Joiner {
  readonly urgency: Urgency
  readonly limits: Limits
  readonly signal?: AbortSignal
}

/**
 * The signal that ends a joiner's waiting. A request that joins background work has a shorter time limit than
 * that work: it gets a `DiffCommandTimeoutError` after its own limit, and the work continues.
 * @param limits those of the work that is joined
 */
export function joinerTimeout(
  kind: ResultKind,
  joiner: Joiner,
  limits: Limits | undefined,
): AbortSignal | undefined {
  const { urgency, signal } = joiner
  const { timeoutMs } = joiner.limits
  if (urgency !== 'request' || !limits || limits.timeoutMs <= timeoutMs) return signal
  return waitingSignal(kind, timeoutMs, signal)
}

/**
 * A signal that also aborts after `timeoutMs`, with a `DiffCommandTimeoutError`. A request needs it while
 * another process makes the diff, too, which may be background work with larger limits.
 */
export function waitingSignal(
  kind: ResultKind,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): AbortSignal {
  return timeLimit(timeoutMs, signal, () => new DiffCommandTimeoutError(kind, timeoutMs))
}
