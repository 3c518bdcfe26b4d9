import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { GraphqlOutcome, Metrics } from '../metrics/metrics.ts'

/** Counts and times operations: queries and mutations when they end, subscriptions when they begin. */
export function useOperationMetrics(metrics: Metrics): Plugin {
  const countRefused = () => metrics.operationEnded('unknown', 'refused', 0)
  const startTimer = (args: OperationArgs) => {
    const type = operationType(args)
    const started = performance.now()
    return (result: unknown) =>
      metrics.operationEnded(type, outcomeOf(result), (performance.now() - started) / 1000)
  }
  return {
    onParse:
      () =>
      ({ result }) => {
        if (result instanceof Error) countRefused()
      },
    onValidate:
      () =>
      ({ valid }) => {
        if (!valid) countRefused()
      },
    onExecute({ args }) {
      const count = startTimer(args)
      return { onExecuteDone: ({ result }) => count(result) }
    },
    onSubscribe({ args }) {
      const count = startTimer(args)
      return { onSubscribeResult: ({ result }) => count(result) }
    },
  }
}

interface OperationArgs {
  readonly document: Parameters<typeof getOperationAST>[0]
  readonly operationName?: string | null | undefined
}

/** `query`, `mutation` or `subscription`. */
function operationType({ document, operationName }: OperationArgs): string {
  return getOperationAST(document, operationName)?.operation ?? 'unknown'
}

function outcomeOf(result: unknown): GraphqlOutcome {
  const { errors } = result as { errors?: readonly unknown[] }
  return errors?.length ? 'errors' : 'ok'
}
