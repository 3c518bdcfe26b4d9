/** The time that a caller has for a diff that others have begun. */
import { DiffCommandTimeoutError } from '../../errors.ts'
import type { Limits, ResultKind } from '../../model.ts'
import type { Urgency } from './tool-slots.ts'

interface Caller {
  readonly urgency: Urgency
  readonly limits: Limits
  readonly signal?: AbortSignal
}

/**
 * How long one who joins a diff in the making waits: a request that joins work under larger limits, in the background, ends with its own time
 * (`DiffCommandTimeoutError`), while the work goes on.
 * @param making limits of the work that is joined
 */
export function joinerTimeout(
  kind: ResultKind,
  { urgency, limits, signal }: Caller,
  making: Limits | undefined,
): AbortSignal | undefined {
  if (urgency !== 'request' || !making || making.timeoutMs <= limits.timeoutMs) return signal
  const late = new AbortController()
  setTimeout(() => late.abort(new DiffCommandTimeoutError(kind, limits.timeoutMs)), limits.timeoutMs).unref()
  return AbortSignal.any([late.signal, ...(signal ? [signal] : [])])
}
