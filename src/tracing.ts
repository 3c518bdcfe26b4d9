/**
 * Spans: any part may say here what it is doing, whoever takes it down. Until `telemetry.ts` has set tracing up, each function is a plain call, and
 * no library of OpenTelemetry is loaded.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Attributes, Context, Span, SpanContext, SpanOptions } from '@opentelemetry/api'

export type { Attributes, SpanContext }

type Api = typeof import('@opentelemetry/api')

let api: Api | null = null

/** Turns tracing on, for the whole process, or off again with null. For `telemetry.ts`. */
export function setTracing(loaded: Api | null): void {
  api = loaded
}

/** Does `work` in a span below the one that is active. */
export function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return api ? runIn(api, api.context.active(), name, { attributes }, work) : work()
}

/** Does `work` in the first span of a trace of its own: for work that no request waits for, whoever caused it. */
export function inNewTrace<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return api ? runIn(api, api.ROOT_CONTEXT, name, { attributes }, work) : work()
}

async function runIn<T>(
  { trace, context }: Api,
  parent: Context,
  name: string,
  options: SpanOptions,
  work: () => Promise<T>,
): Promise<T> {
  const span = trace.getTracer('differ').startSpan(name, options, parent)
  try {
    return await context.with(trace.setSpan(parent, span), work)
  } catch (error) {
    noteFailure(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** Passes a stream on in a span that lasts from its first read to its end, or until nobody reads on. */
export function streamInSpan<T>(
  name: string,
  attributes: Attributes,
  stream: AsyncIterable<T>,
): AsyncIterable<T> {
  return api ? spanned(api, name, attributes, stream) : stream
}

async function* spanned<T>({ trace }: Api, name: string, attributes: Attributes, stream: AsyncIterable<T>) {
  const span = trace.getTracer('differ').startSpan(name, { attributes })
  try {
    yield* stream
  } catch (error) {
    noteFailure(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** Adds facts to the active span. */
export function annotate(attributes: Attributes): void {
  api?.trace.getActiveSpan()?.setAttributes(attributes)
}

/** The active span, to be named to others later (`noteJoined`) or in a log. */
export function activeSpan(): SpanContext | undefined {
  return api?.trace.getActiveSpan()?.spanContext()
}

/** Notes in the active span that it waits for work that another one started: as an event, and as a link where the exporter knows links. */
export function noteJoined(starter: SpanContext | undefined): void {
  if (!starter) return
  const span = api?.trace.getActiveSpan()
  span?.addEvent('joined', { 'differ.trace_id': starter.traceId, 'differ.span_id': starter.spanId })
  span?.addLink({ context: starter })
}

/** The span of a request, from its head to the end of its answer. */
export interface RequestSpan {
  /** Runs `work` so that this span is active in it and in all that it starts. */
  enter<T>(work: () => T): T
  /** @param name of few values: method and route */
  end(name: string, attributes: Attributes, failed: boolean): void
}

/** Null where tracing is off. The caller's `traceparent`, if it sent one, becomes the parent. */
export function startRequestSpan(headers: IncomingHttpHeaders): RequestSpan | null {
  if (!api) return null
  const { trace, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode } = api
  const parent = propagation.extract(ROOT_CONTEXT, headers)
  const span = trace.getTracer('differ').startSpan('request', { kind: SpanKind.SERVER }, parent)
  const active = trace.setSpan(parent, span)
  return {
    enter: (work) => context.with(active, work),
    end(name, attributes, failed) {
      span.updateName(name).setAttributes(attributes)
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

function noteFailure(span: Span, error: unknown): void {
  span.recordException(error as Error)
  // 2: `SpanStatusCode.ERROR`.
  span.setStatus({ code: 2, message: error instanceof Error ? error.name : String(error) })
}
