/** Sets tracing up: who gets the spans. It loads OpenTelemetry's SDK (0.1 s), so it is loaded only where tracing is configured. */
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
  /** Of an OTLP collector over HTTP, without `/v1/traces`; null for none. */
  readonly otlpEndpoint: string | null
  /** The same as the whole address that spans are posted to; it wins. */
  readonly otlpTracesEndpoint: string | null
  /** Of Zipkin: where spans are posted to, or its base address; null for none. */
  readonly zipkinAddress: string | null
}

/** What waits to be sent, in spans: more are dropped while a target is away. */
const MAX_QUEUED = 2_048
const EXPORT_TIMEOUT_MS = 5_000
/** How long the end of the service may wait for spans to be sent. */
const CLOSE_TIMEOUT_MS = 3_000

/**
 * Turns tracing on for this process; sampling, headers and resource attributes come from OpenTelemetry's own variables (`OTEL_TRACES_SAMPLER`,
 * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, …), which its SDK reads.
 * @returns what sends the rest and turns tracing off again
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
    // Names and messages come from packages: what they can fill is bounded.
    spanLimits: { attributeValueLengthLimit: 2_048, eventCountLimit: 32, linkCountLimit: 32 },
    spanProcessors: exporters.map(
      (exporter) =>
        new BatchSpanProcessor(exporter, {
          maxQueueSize: MAX_QUEUED,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
    ),
  })
  provider.register()
  setTracing(api)
  return async () => {
    setTracing(null)
    const waiting = new AbortController()
    const gaveUp = sleep(CLOSE_TIMEOUT_MS, true, { signal: waiting.signal }).catch(() => false)
    // What could not be sent has been said by `reporting`.
    const sent = provider.shutdown().then(
      () => false,
      () => false,
    )
    if (await Promise.race([sent, gaveUp])) cutOff()
    waiting.abort()
    for (const part of [api.trace, api.context, api.propagation]) part.disable()
  }
}

/** The Zipkin exporter has no time limit: its connection would keep the process alive for as long as the other side likes. */
function cutOff(): void {
  httpAgent.destroy()
  httpsAgent.destroy()
}

/** Says once that a target does not take spans, and once that it does again. */
function reporting(name: string, log: Logger, exporter: SpanExporter): SpanExporter {
  let failing = false
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // 0: `ExportResultCode.SUCCESS`.
        const failed = result.code !== 0
        if (failed && !failing)
          log.warn({ err: result.error }, `${name} does not take spans; they are dropped`)
        if (!failed && failing) log.info(`${name} takes spans again`)
        failing = failed
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

/** `zipkin_address` is where spans are posted to; a bare address is taken for Zipkin's root. */
function zipkinUrl(address: string): string {
  const url = new URL(address)
  return url.pathname === '/' ? new URL('/api/v2/spans', url).href : url.href
}
