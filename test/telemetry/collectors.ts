/** Servers that receive spans as an OTLP collector or Zipkin does. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A received span, in the same form for both protocols. */
export interface SeenSpan {
  readonly name: string
  readonly traceId: string
  readonly id: string
  readonly parentId: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  readonly service: unknown
  readonly events: readonly string[]
  /** Ids of linked spans; OTLP only. */
  readonly links: readonly string[]
  readonly failed: boolean
}

export interface Collector {
  readonly url: string
  /** Methods and paths of the requests. */
  readonly paths: Set<string>
  readonly spans: SeenSpan[]
  /** The status to answer; null: none, requests stay open. */
  status: number | null
  /** Requests so far. */
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

interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** The part of https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding that the tests read. */
interface OtlpBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string
        readonly traceId: string
        readonly spanId: string
        readonly parentSpanId?: string
        readonly attributes: readonly OtlpAttribute[]
        readonly events?: readonly { readonly name: string }[]
        readonly links?: readonly { readonly spanId: string }[]
        readonly status?: { readonly code?: number }
      }[]
    }[]
  }[]
}

function spansOfOtlp({ resourceSpans }: OtlpBody): SeenSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        name: span.name,
        traceId: span.traceId,
        id: span.spanId,
        parentId: span.parentSpanId || undefined,
        attributes: valuesOf(span.attributes),
        service: valuesOf(resource.attributes)['service.name'],
        events: (span.events ?? []).map(({ name }) => name),
        links: (span.links ?? []).map(({ spanId }) => spanId),
        failed: span.status?.code === 2,
      })),
    ),
  )
}

function valuesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}

/** The part of https://zipkin.io/zipkin-api/#/default/post_spans that the tests read. */
type ZipkinBody = readonly {
  readonly name: string
  readonly traceId: string
  readonly id: string
  readonly parentId?: string
  readonly tags: Readonly<Record<string, unknown>>
  readonly localEndpoint: { readonly serviceName: string }
  readonly annotations?: readonly { readonly value: string }[]
}[]

function spansOfZipkin(body: ZipkinBody): SeenSpan[] {
  return body.map((span) => ({
    name: span.name,
    traceId: span.traceId,
    id: span.id,
    parentId: span.parentId,
    attributes: span.tags,
    service: span.localEndpoint.serviceName,
    events: (span.annotations ?? []).map(({ value }) => value),
    links: [],
    failed: span.tags['otel.status_code'] === 'ERROR',
  }))
}
