/**
 * A signal that aborts after a time, or when `signal` does.
 *
 * Node.js 20 forgets an `AbortSignal.timeout` that only `AbortSignal.any` refers to when it collects garbage: what waits for the signal then waits for
 * ever (https://github.com/nodejs/node/issues/57736). A timer refers to its controller until it fires. It does not keep the process alive.
 * @param ms in milliseconds
 * @param reason of the abort after that time; default: a `DOMException` with the name `TimeoutError`
 */
export function timeLimit(ms: number, signal?: AbortSignal, reason: () => Error = timedOut): AbortSignal {
  const late = new AbortController()
  setTimeout(() => late.abort(reason()), ms).unref()
  return signal ? AbortSignal.any([signal, late.signal]) : late.signal
}

function timedOut(): Error {
  return new DOMException('The time limit was reached', 'TimeoutError')
}
