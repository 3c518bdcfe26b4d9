/**
 * Exports spans. Loading OpenTelemetry's SDK takes 0.1 s, so this module is only loaded if tracing is
 * configured.
 */
import { globalAgent as httpAgent } from 'node:http'
import { globalAgent as httpsAgent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import * as api from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node'
import type { Logger } from './log.ts'
import { setTracing } from './tracing.ts'
import { VERSION } from './version.ts'

export interface TracingTargets {
  /** Base URL of an OTLP collector (HTTP), to which `/v1/traces` is added; null for none. */
  readonly otlpEndpoint: string | null
  /** The full URL that spans are posted to, instead of `otlpEndpoint`. */
  readonly otlpTracesEndpoint: string | null
  /** The URL that spans are posted to for Zipkin, or Zipkin's base URL; null for none. */
  readonly zipkinAddress: string | null
}

/** Spans that may wait to be sent; further ones are dropped. */
const MAX_QUEUED_SPANS = 2_048
const EXPORT_TIMEOUT_MS = 5_000
/** `ExportResultCode.SUCCESS` of `@opentelemetry/core`, which is no direct dependency. */
const EXPORT_SUCCESS = 0
/** How long the service waits at its end for spans to be sent. */
const CLOSE_TIMEOUT_MS = 3_000

/**
 * Turns tracing on for this process. OpenTelemetry's SDK reads sampling, headers and resource attributes from
 * its own environment variables (`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`,
 * …).
 * @returns a function that sends the remaining spans and turns tracing off
 */
export function startTracing(
  { otlpEndpoint, otlpTracesEndpoint, zipkinAddress }: TracingTargets,
  log: Logger,
): () => Promise<void> {
  const otlpUrl =
    otlpTracesEndpoint ?? (otlpEndpoint && new URL('v1/traces', otlpEndpoint.replace(/\/*$/, '/')).href)
  const exporters: SpanExporter[] = []
  if (otlpUrl)
    exporters.push(
      reporting('OTLP', log, new OTLPTraceExporter({ url: otlpUrl, timeoutMillis: EXPORT_TIMEOUT_MS })),
    )
  if (zipkinAddress)
    exporters.push(reporting('Zipkin', log, new ZipkinExporter({ url: zipkinUrl(zipkinAddress) })))
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'differ', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [envDetector] })),
    // Names and messages come from packages, and may be of any size.
    spanLimits: { attributeValueLengthLimit: 2_048, eventCountLimit: 32, linkCountLimit: 32 },
    spanProcessors: exporters.map(
      (exporter) =>
        new BatchSpanProcessor(exporter, {
          maxQueueSize: MAX_QUEUED_SPANS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
    ),
  })
  provider.register()
  setTracing(api)
  return async () => {
    setTracing(null)
    const waiting = new AbortController()
    // Aborted when the spans are sent in time.
    const gaveUp = sleep(CLOSE_TIMEOUT_MS, true, { signal: waiting.signal }).catch(() => false)
    // `reporting` has logged a failure to send.
    const sent = provider.shutdown().then(
      () => false,
      () => false,
    )
    if (await Promise.race([sent, gaveUp])) closeConnections()
    waiting.abort()
    for (const part of [api.trace, api.context, api.propagation]) part.disable()
  }
}

/** The Zipkin exporter has no timeout: its connection would keep the process alive until Zipkin closes it. */
function closeConnections(): void {
  httpAgent.destroy()
  httpsAgent.destroy()
}

/** Logs once that a target does not accept spans, and once that it does again. */
function reporting(name: string, log: Logger, exporter: SpanExporter): SpanExporter {
  let failing = false
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== EXPORT_SUCCESS
        if (failed && !failing)
          log.warn({ err: result.error }, `${name} does not accept spans; they are dropped`)
        if (!failed && failing) log.info(`${name} accepts spans again`)
        failing = failed
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

/** A URL without a path is Zipkin's base URL. */
function zipkinUrl(address: string): string {
  const url = new URL(address)
  return url.pathname === '/' ? new URL('/api/v2/spans', url).href : url.href
}
