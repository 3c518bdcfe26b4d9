import type { FastifyInstance } from 'fastify'
import { getOperationAST } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { GraphqlOutcome, Metrics } from '../metrics.ts'
import { negotiate } from '../rest/negotiation.ts'

const CONTENT_TYPES = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
} as const

/** `/metrics`: OpenMetrics for who prefers it, as Prometheus does; its older text for everybody else. */
export function registerMetrics(server: FastifyInstance, metrics: Metrics): void {
  server.get('/metrics', async (request, reply) => {
    const accepted = negotiate(['application/openmetrics-text', 'text/plain'], request.headers.accept)
    const format = accepted === 'application/openmetrics-text' ? 'openmetrics' : 'prometheus'
    return reply
      .headers({ 'content-type': CONTENT_TYPES[format], 'cache-control': 'no-store', vary: 'Accept' })
      .send(await metrics.read(format))
  })
}

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
