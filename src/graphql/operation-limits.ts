/** The end of every query and mutation: in time, on its client's leaving, or when its last part is sent; what it has opened is closed then. */
import type { Plugin } from 'graphql-yoga'
import { QueryLimitError } from '../errors.ts'
import type { Context } from '../resolvers/context.ts'
import { refusal } from './present-error.ts'
import { withFinally } from './subscription-abort.ts'

export interface OperationBounds {
  /** Of one operation, in milliseconds. One in parts (`@defer`, `@stream`) has as long for its first. */
  readonly timeoutMs: number
  /** Operations at a time from one address. Subscriptions have bounds of their own. */
  readonly perClient: number
}

/** What an executor answers: a result, or a stream of partial ones. */
type Answer = object
type Execute = (args: unknown) => Answer | Promise<Answer>

/** Gives each operation a signal of its own (`Context.signal`), and sees to its end. */
export function operationEnds({ timeoutMs, perClient }: OperationBounds): Plugin<Context> {
  const running = new Map<string, number>()
  return {
    onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution, extendContext }) {
      const { client, signal: outer, reports } = args.contextValue
      const own = running.get(client) ?? 0
      if (own >= perClient) return setResultAndStopExecution({ errors: [tooManyAtATime(perClient)] })
      running.set(client, own + 1)
      const ending = new AbortController()
      const leave = () => ending.abort(outer.reason)
      outer.addEventListener('abort', leave, { once: true })
      if (outer.aborted) leave()
      extendContext({ signal: ending.signal })

      let ended = false
      const end = () => {
        if (ended) return
        ended = true
        const left = (running.get(client) ?? 1) - 1
        if (left > 0) running.set(client, left)
        else running.delete(client)
        outer.removeEventListener('abort', leave)
        void reports.close()
      }
      const finish = (answer: Answer): Answer => {
        if (Symbol.asyncIterator in answer) return withFinally(answer as AsyncIterable<never>, end)
        end()
        return answer
      }
      setExecuteFn(((given: unknown) => {
        try {
          const answer = (executeFn as Execute)(given)
          return answer instanceof Promise ? inTime(answer, ending).then(finish, failed) : finish(answer)
        } catch (error) {
          return failed(error)
        }
      }) as typeof executeFn)

      function failed(error: unknown): never {
        end()
        throw error
      }
    },
  }

  /** The answer, or a refusal when the time is up: then all that the operation still does is told to stop. */
  async function inTime(answer: Promise<Answer>, ending: AbortController): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Answer>((resolve) => {
      timer = setTimeout(() => {
        const error = tooLong(timeoutMs)
        ending.abort(error)
        resolve({ errors: [error] })
      }, timeoutMs)
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

function tooLong(limitMs: number) {
  const message = `The operation took longer than ${limitMs / 1000} s and was stopped; ask for less at a time, or with mode: ENQUEUE`
  return refusal(new QueryLimitError('OPERATION_TIMEOUT', limitMs, message, true), { status: 504 })
}

function tooManyAtATime(limit: number) {
  const message = `There are ${limit} operations from this address at this moment, as many as there may be; wait for one`
  return refusal(new QueryLimitError('TOO_MANY_OPERATIONS', limit, message, true), {
    status: 429,
    headers: { 'retry-after': '1' },
  })
}
