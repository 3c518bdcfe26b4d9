/** Where Yoga reads requests otherwise than they are meant. */
import type { FastifyRequest } from 'fastify'
import { acceptedRanges } from '../requests/accept.ts'

/** @throws Error with status 400, where a parameter that is to be JSON is none */
export function prepareRequest(request: FastifyRequest): void {
  const { headers } = request.raw
  // Yoga takes media ranges in the order of the header and ignores their qualities. An empty header would accept
  // everything, so one that accepts nothing stays: the check in `accept.ts` refuses it.
  const ranges = acceptedRanges(headers.accept)
  if (headers.accept && ranges.length > 0) headers.accept = ranges.join(', ')
  if (request.method === 'GET') requireJson(request.query as Record<string, unknown>)
  // It takes an empty object for a body that is still to be read.
  else if (isEmptyObject(request.body)) request.body = { query: null }
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
