/** Where Yoga reads requests otherwise than they are meant. */
import type { FastifyRequest } from 'fastify'

/** @throws Error with status 400, where a parameter that is to be JSON is none */
export function prepareRequest(request: FastifyRequest): void {
  const { headers } = request.raw
  if (headers.accept) headers.accept = byPreference(headers.accept)
  if (request.method === 'GET') requireJson(request.query as Record<string, unknown>)
  // It takes an empty object for a body that is still to be read.
  else if (isEmptyObject(request.body)) request.body = { query: null }
}

/** The ranges of an `Accept` header, what the client likes best first, without what it refuses: Yoga takes them in order, and knows no weights. */
function byPreference(accept: string): string {
  const weighed = accept.split(',').map((range) => {
    const [, weight] = /;\s*q=([\d.]+)\s*(?:;|$)/i.exec(range) ?? []
    return { range: range.trim(), weight: weight === undefined ? 1 : Number(weight) }
  })
  const wanted = weighed.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight)
  return wanted.map(({ range }) => range).join(', ')
}

/** It takes what is none for a fault of ours. */
function requireJson(query: Record<string, unknown>): void {
  for (const name of ['variables', 'extensions']) {
    const text = query[name]
    try {
      if (text) JSON.parse(String(text))
    } catch {
      throw Object.assign(new Error(`"${name}" is not JSON`), { statusCode: 400 })
    }
  }
}

function isEmptyObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0
}
