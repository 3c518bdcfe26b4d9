import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { GraphqlOutcome, Metrics } from '../metrics.ts'

/** Counts operations as they end; a subscription, as it begins. */
export function countOperations(metrics: Metrics): Plugin {
  const refused = () => metrics.operationEnded('unknown', 'refused', 0)
  const executed = (args: Parameters<typeof operationType>[0]) => {
    const type = operationType(args)
    const started = performance.now()
    return (result: unknown) =>
      metrics.operationEnded(type, outcomeOf(result), (performance.now() - started) / 1000)
  }
  return {
    onParse:
      () =>
      ({ result }) => {
        if (result instanceof Error) refused()
      },
    onValidate:
      () =>
      ({ valid }) => {
        if (!valid) refused()
      },
    onExecute({ args }) {
      const done = executed(args)
      return { onExecuteDone: ({ result }) => done(result) }
    },
    onSubscribe({ args }) {
      const done = executed(args)
      return { onSubscribeResult: ({ result }) => done(result) }
    },
  }
}

function operationType(args: {
  document: Parameters<typeof getOperationAST>[0]
  operationName?: string | null | undefined
}): string {
  return getOperationAST(args.document, args.operationName)?.operation ?? 'unknown'
}

function outcomeOf(result: unknown): GraphqlOutcome {
  const { errors } = result as { errors?: readonly unknown[] }
  return errors?.length ? 'errors' : 'ok'
}
