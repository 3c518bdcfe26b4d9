/** Adjusts requests that Yoga would misread. */
import type { FastifyRequest } from 'fastify'
import { acceptedRanges } from '../requests/accept.ts'

/** @throws Error with status 400 if a URL parameter that must be JSON is not */
export function prepareRequest(request: FastifyRequest): void {
  const { headers } = request.raw
  // Yoga takes media ranges in the order of the header and ignores their qualities. An empty header would
  // accept everything, so one that accepts nothing stays: the check in `accept.ts` refuses it.
  const ranges = acceptedRanges(headers.accept)
  if (headers.accept && ranges.length > 0) headers.accept = ranges.join(', ')
  if (request.method === 'GET') requireJson(request.query as Record<string, unknown>)
  // Yoga takes an empty object for a body that it must still read.
  else if (isEmptyObject(request.body)) request.body = { query: null }
}

/** Yoga answers 500 to malformed JSON in these parameters. */
function requireJson(query: Record<string, unknown>): void {
  for (const name of ['variables', 'extensions']) {
    const text = query[name]
    try {
      if (text) JSON.parse(String(text))
    } catch {
      throw Object.assign(new Error(`The parameter "${name}" is not valid JSON`), { statusCode: 400 })
    }
  }
}

function isEmptyObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0
}
