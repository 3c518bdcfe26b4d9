/**
 * Refuses an operation that is too complex, before its first field, and tells clients what an operation costs if
 * they send `"extensions": {"cost": true}` with it.
 */
import { type ComplexityResult, complexityFromQuery } from '@pothos/plugin-complexity'
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, GraphQLError, Kind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { QueryLimitError } from '../errors.ts'
import type { ComplexityLimits, Context } from '../resolvers/context.ts'
import { refusal } from './present-error.ts'

/** Its cost depends on its variables, so it is checked when it is executed. */
export function useCostLimits(): Plugin<Context> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { limits, bytes } = args.contextValue
      const used = complexityOf(args)
      // The executor finds the same mistake in the variables, and says more about it.
      if (!used) return
      const withCost = <R extends ExecutionResult>(result: R): R => {
        const cost = {
          cost: part(used.complexity, limits.cost),
          depth: part(used.depth, limits.depth),
          fields: part(used.breadth, limits.fields),
          bytes: part(bytes.used, bytes.limit),
        }
        return { ...result, extensions: { ...result.extensions, cost } }
      }
      const isTold = isRequested(args.contextValue)
      const error = excess(used, limits)
      const refused = error && { errors: [error] }
      if (refused) return setResultAndStopExecution(isTold ? withCost(refused) : refused)
      if (!isTold) return
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (!(Symbol.asyncIterator in result)) return setResult(withCost(result))
          // Each part of an incremental response tells what all parts so far have cost.
          return { onNext: ({ result: next, setResult: setNext }) => setNext(withCost(next)) }
        },
      }
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const used = complexityOf(args)
      const error = used && excess(used, args.contextValue.limits)
      if (error) setResultAndStopExecution({ errors: [error] })
    },
  }
}

function part(used: number, limit: number) {
  return { used, limit, remaining: Math.max(0, limit - used) }
}

/** Null if the variables are invalid. */
function complexityOf({
  document,
  operationName,
  schema,
  variableValues,
  contextValue,
}: Pick<ExecutionArgs, 'document' | 'operationName' | 'schema' | 'variableValues' | 'contextValue'>) {
  const chosen = onlyOperation(document, operationName)
  try {
    return complexityFromQuery(chosen, {
      schema,
      ctx: contextValue as object,
      variables: { ...variableValues },
    })
  } catch (error) {
    if ((error as Error).name === GraphQLError.name) return null
    throw error
  }
}

function onlyOperation(document: DocumentNode, name: string | null | undefined): DocumentNode {
  if (name == null) return document
  const definitions = document.definitions.filter(
    (one) => one.kind !== Kind.OPERATION_DEFINITION || one.name?.value === name,
  )
  return { ...document, definitions }
}

function excess({ depth, breadth, complexity }: ComplexityResult, limits: ComplexityLimits) {
  if (depth > limits.depth) return tooComplex('TOO_DEEP', limits.depth, `is ${depth} levels deep`)
  if (breadth > limits.fields) return tooComplex('TOO_MANY_FIELDS', limits.fields, `has ${breadth} fields`)
  if (complexity <= limits.cost) return null
  return tooComplex('TOO_COSTLY', limits.cost, `has a cost of ${complexity}`, 'request smaller pages')
}

function tooComplex(code: string, limit: number, found: string, advice?: string): GraphQLError {
  const message = `The operation ${found}; at most ${limit} are allowed`
  return refusal(new QueryLimitError(code, limit, advice ? `${message}: ${advice}` : message))
}

function isRequested(context: Context): boolean {
  const { params } = context as { readonly params?: { readonly extensions?: { readonly cost?: unknown } } }
  return params?.extensions?.cost === true
}
