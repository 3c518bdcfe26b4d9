/** Where spans are sent to: an OTLP collector and a Zipkin, as far as they take spans. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A span as either protocol tells it, in the same form. */
export interface SeenSpan {
  readonly name: string
  readonly traceId: string
  readonly id: string
  readonly parentId: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  readonly service: unknown
  readonly events: readonly string[]
  /** Span ids; OTLP only. */
  readonly links: readonly string[]
  readonly failed: boolean
}

export interface Collector {
  readonly url: string
  /** Paths that were posted to. */
  readonly paths: Set<string>
  readonly spans: SeenSpan[]
  /** What is answered; null: nothing, the request is left open. */
  status: number | null
  /** Posts so far. */
  posts: number
}

/** Listens on a free port until the test has ended. */
export async function startCollector(protocol: 'otlp' | 'zipkin'): Promise<Collector> {
  const server = createServer(answer)
  const collector: Collector = { url: '', paths: new Set(), spans: [], status: 200, posts: 0 }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    collector.posts += 1
    collector.paths.add(`${request.method} ${request.url}`)
    if (collector.status === null) return
    response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}')
    if (collector.status !== 200) return
    const body = JSON.parse(Buffer.concat(chunks).toString())
    collector.spans.push(...(protocol === 'otlp' ? spansOfOtlp(body) : spansOfZipkin(body)))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return Object.assign(collector, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

/** https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
function spansOfOtlp(body: any): SeenSpan[] {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }: any) =>
    scopeSpans.flatMap(({ spans }: any) =>
      spans.map((span: any) => ({
        name: span.name,
        traceId: span.traceId,
        id: span.spanId,
        parentId: span.parentSpanId || undefined,
        attributes: valuesOf(span.attributes),
        service: valuesOf(resource.attributes)['service.name'],
        events: (span.events ?? []).map(({ name }: any) => name),
        links: (span.links ?? []).map(({ spanId }: any) => spanId),
        failed: span.status?.code === 2,
      })),
    ),
  )
}

function valuesOf(attributes: { key: string; value: Record<string, unknown> }[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}

/** https://zipkin.io/zipkin-api/#/default/post_spans */
function spansOfZipkin(body: any): SeenSpan[] {
  return body.map((span: any) => ({
    name: span.name,
    traceId: span.traceId,
    id: span.id,
    parentId: span.parentId,
    attributes: span.tags,
    service: span.localEndpoint.serviceName,
    events: (span.annotations ?? []).map(({ value }: any) => value),
    links: [],
    failed: span.tags['otel.status_code'] === 'ERROR',
  }))
}
