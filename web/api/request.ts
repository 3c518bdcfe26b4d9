/**
 * Queries and mutations over HTTP. Plain `fetch`, because views keep what they show in stores of their own, with bounds: a client with a cache would hold
 * all of it once more, and without any.
 */
import type { TypedDocumentString } from '../generated/graphql.ts'
import { token } from './token.ts'

/** The service did not answer, or not with GraphQL. */
export class ServiceUnreachable extends Error {
  override readonly name = 'ServiceUnreachable'
  constructor(cause?: unknown) {
    super('The service does not answer. Is it running, and this computer connected?', { cause })
  }
}

/** The service answered with an error that no type of the schema stands for: a refusal, or a fault. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

interface Answer<T> {
  readonly data?: T | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

const endpoint = () => new URL('graphql', document.baseURI)

/**
 * Asks for what a document names. The service knows this page's documents by their hashes, so a query is a short GET, which has an ETag.
 * @throws ServiceUnreachable; RequestRefused; what `signal` aborts with
 */
export async function request<T, V>(
  operation: TypedDocumentString<T, V>,
  variables: V,
  signal?: AbortSignal,
): Promise<T> {
  const documentId = operation.__meta__?.['hash'] as string
  const isQuery = /^\s*query\b/m.test(String(operation))
  const named = { documentId, variables }
  const answer = await (isQuery ? get<T>(named, signal) : post<T>(named, signal))
  const code = answer.errors?.[0]?.extensions?.code
  // A page that was loaded before the service became another one still has the text.
  const whole =
    code === 'PERSISTED_QUERY_NOT_FOUND'
      ? await post<T>({ query: String(operation), variables }, signal)
      : answer
  const [error] = whole.errors ?? []
  if (error) throw new RequestRefused(error.message, error.extensions?.code ?? '')
  if (whole.data == null) throw new ServiceUnreachable()
  return whole.data
}

function get<T>(named: { documentId: string; variables: unknown }, signal?: AbortSignal) {
  const url = endpoint()
  url.searchParams.set('documentId', named.documentId)
  url.searchParams.set('variables', JSON.stringify(named.variables))
  return send<T>(url, { headers: { accept: ACCEPT } }, signal)
}

function post<T>(body: object, signal?: AbortSignal) {
  const headers: Record<string, string> = { accept: ACCEPT, 'content-type': 'application/json' }
  const shown = token()
  if (shown) headers['authorization'] = `Bearer ${shown}`
  return send<T>(endpoint(), { method: 'POST', headers, body: JSON.stringify(body) }, signal)
}

const ACCEPT = 'application/graphql-response+json, application/json'

async function send<T>(url: URL, init: RequestInit, signal?: AbortSignal): Promise<Answer<T>> {
  try {
    const response = await fetch(url, { ...init, ...(signal && { signal }) })
    return (await response.json()) as Answer<T>
  } catch (error) {
    signal?.throwIfAborted()
    throw new ServiceUnreachable(error)
  }
}
