/** Limits how long queries and mutations may take, and how many a client may run at once. */
import type { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { OverloadedError, QueryLimitError } from '../errors.ts'
import { ClientCounter } from '../requests/client-counter.ts'
import type { Context } from '../resolvers/context.ts'
import { OperationScope } from './operation-scope.ts'
import { refusal, refusedRequest } from './present-error.ts'
import { observeValues } from './subscription-abort.ts'

export interface OperationLimits {
  /**
   * Longest time for one operation, in milliseconds. With `@defer` or `@stream` it applies to the first part.
   */
  readonly timeoutMs: number
  /** Operations that one address may run at once. Subscriptions have separate limits. */
  readonly perClient: number
}

interface Options extends OperationLimits {
  /** @throws OverloadedError if the process is too short of memory to execute an operation */
  readonly assertReadable: () => void
}

/** What an executor returns: a result, or a stream of partial results. */
type Answer = object
type Execute = (args: unknown) => Answer | Promise<Answer>

/**
 * Gives each query and mutation its own signal and resources. They are released when the result, or the last
 * part of it, is complete, and when the client disconnects.
 */
export function useOperationLimits({ timeoutMs, perClient, assertReadable }: Options): Plugin<Context> {
  const clients = new ClientCounter()
  return {
    onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution, extendContext }) {
      const { client } = args.contextValue
      const shortage = errorOf(assertReadable)
      if (shortage) return setResultAndStopExecution({ errors: [shortage] })
      if (clients.count(client) >= perClient)
        return setResultAndStopExecution({ errors: [tooManyOperations(perClient)] })
      const subtract = clients.add(client)
      const scope = new OperationScope(args.contextValue)
      scope.onDisconnect((reason) => scope.abort(reason))
      extendContext(scope.context)

      const end = () => {
        subtract()
        // What was requested after the first field that failed is no longer needed.
        scope.abort(ENDED)
        scope.end()
      }
      const endLater = (answer: Answer): Answer => {
        if (Symbol.asyncIterator in answer)
          return observeValues(answer as AsyncIterable<never>, { onEnd: end })
        end()
        // Whatever failed when the client left is no fault of the service, and has no reader.
        return scope.isAbandoned ? { errors: [clientHasLeft()] } : answer
      }
      const fail = (error: unknown): Answer => {
        end()
        if (scope.isAbandoned) return { errors: [clientHasLeft()] }
        throw error
      }
      setExecuteFn(((given: unknown) => {
        try {
          const answer = (executeFn as Execute)(given)
          return answer instanceof Promise
            ? withTimeout(answer, timeoutMs, scope).then(endLater, fail)
            : endLater(answer)
        } catch (error) {
          return fail(error)
        }
      }) as typeof executeFn)
    },
  }
}

const ENDED = new Error('The operation has ended')

/** The error for an operation that must not be executed now; null if it may. */
function errorOf(assertReadable: () => void): GraphQLError | null {
  try {
    assertReadable()
    return null
  } catch (error) {
    if (!(error instanceof OverloadedError)) throw error
    const retryAfter = String(Math.ceil(error.retryAfterMs / 1000))
    return refusal(error, { status: 503, headers: { 'retry-after': retryAfter } })
  }
}

/**
 * Returns the answer. After the time limit it returns an error instead, and stops what the operation still
 * does.
 */
async function withTimeout(
  answer: Promise<Answer>,
  timeoutMs: number,
  scope: OperationScope,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => {
      const error = tookTooLong(timeoutMs)
      scope.abort(error)
      resolve({ errors: [error] })
    }, timeoutMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

function tookTooLong(limitMs: number) {
  const message =
    `The operation took longer than ${limitMs / 1000} s and was stopped; ` +
    'request less at once, or use mode: ENQUEUE'
  return refusal(new QueryLimitError('OPERATION_TIMEOUT', limitMs, message, true), { status: 504 })
}

function clientHasLeft() {
  return refusedRequest('CLIENT_CLOSED_REQUEST', 'The client closed the connection before the response', 499)
}

function tooManyOperations(limit: number) {
  const message = `This address is already running ${limit} operations, the maximum; wait until one has ended`
  return refusal(new QueryLimitError('TOO_MANY_OPERATIONS', limit, message, true), {
    status: 429,
    headers: { 'retry-after': '1' },
  })
}
