/**
 * Spans. Until `telemetry.ts` turns tracing on, each function only calls its `work`, and no OpenTelemetry
 * library is loaded. Like OpenTelemetry's own API, tracing is on or off for the whole process.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Attributes, Context, Span, SpanContext, SpanOptions } from '@opentelemetry/api'

export type { Attributes, SpanContext }

type Api = typeof import('@opentelemetry/api')

const TRACER = 'differ'
/** `SpanStatusCode.ERROR`, without loading the library. */
const STATUS_ERROR = 2

let api: Api | null = null

/** Turns tracing on for the whole process, or off with null. Only `telemetry.ts` calls it. */
export function setTracing(loaded: Api | null): void {
  api = loaded
}

/** Runs `work` in a child span of the active span. */
export function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return api ? runIn(api, api.context.active(), name, { attributes }, work) : work()
}

/**
 * Runs `work` in the root span of a new trace: for work that no request waits for, whichever one caused it.
 */
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
  const span = trace.getTracer(TRACER).startSpan(name, options, parent)
  try {
    return await context.with(trace.setSpan(parent, span), work)
  } catch (error) {
    recordError(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** The same stream, with a span from its first read until it ends or its reader stops. */
export function streamInSpan<T>(
  name: string,
  attributes: Attributes,
  stream: AsyncIterable<T>,
): AsyncIterable<T> {
  return api ? spanned(api, name, attributes, stream) : stream
}

async function* spanned<T>({ trace }: Api, name: string, attributes: Attributes, stream: AsyncIterable<T>) {
  const span = trace.getTracer(TRACER).startSpan(name, { attributes })
  try {
    yield* stream
  } catch (error) {
    recordError(span, error)
    throw error
  } finally {
    span.end()
  }
}

/** Adds attributes to the active span. */
export function annotate(attributes: Attributes): void {
  api?.trace.getActiveSpan()?.setAttributes(attributes)
}

/** The active span, for `noteJoined` or a log line. */
export function activeSpan(): SpanContext | undefined {
  return api?.trace.getActiveSpan()?.spanContext()
}

/**
 * Records in the active span that it waits for work that another span has started: as an event, and as a link
 * for exporters that know links.
 */
export function noteJoined(starter: SpanContext | undefined): void {
  if (!starter) return
  const span = api?.trace.getActiveSpan()
  span?.addEvent('joined', { 'differ.trace_id': starter.traceId, 'differ.span_id': starter.spanId })
  span?.addLink({ context: starter })
}

/** The span of a request, until the end of its response. */
export interface RequestSpan {
  /** Runs `work` with this span active in it, and in all that it starts. */
  enter<T>(work: () => T): T
  /** @param name method and route, so that there are few different names */
  end(name: string, attributes: Attributes, failed: boolean): void
}

/** Null if tracing is off. The client's `traceparent`, if it sent one, becomes the parent. */
export function startRequestSpan(headers: IncomingHttpHeaders): RequestSpan | null {
  if (!api) return null
  const { trace, context, propagation, ROOT_CONTEXT, SpanKind } = api
  const parent = propagation.extract(ROOT_CONTEXT, headers)
  const span = trace.getTracer(TRACER).startSpan('request', { kind: SpanKind.SERVER }, parent)
  const active = trace.setSpan(parent, span)
  return {
    enter: (work) => context.with(active, work),
    end(name, attributes, failed) {
      span.updateName(name).setAttributes(attributes)
      if (failed) span.setStatus({ code: STATUS_ERROR })
      span.end()
    },
  }
}

function recordError(span: Span, error: unknown): void {
  span.recordException(error as Error)
  span.setStatus({ code: STATUS_ERROR, message: error instanceof Error ? error.name : String(error) })
}
