/**
 * Queries and mutations over HTTP. A client with a cache is not used: views store what they show themselves,
 * within bounds, and a cache would store it again without bounds.
 */
import type { TypedDocumentString } from '../generated/graphql.ts'
import { token } from './token.ts'

/** The service did not respond, or not with GraphQL. */
export class ServiceUnreachable extends Error {
  override readonly name = 'ServiceUnreachable'
  constructor(cause?: unknown) {
    super('No response. Check that the service is running and that this computer is connected.', { cause })
  }
}

/** The service responded with an error that is no type of the schema. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
  readonly code: string
  readonly retryable: boolean
  readonly retryAfterMs: number | null
  constructor(message: string, { code = '', retryable = false, retryAfterMs = null }: Extensions = {}) {
    super(message)
    this.code = code
    this.retryable = retryable
    this.retryAfterMs = retryAfterMs
  }

  /** The type that the schema has for such a failure, where the field returns a union. */
  get typename(): string {
    const words = this.code.toLowerCase().split('_')
    return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Error`
  }
}

interface Extensions {
  readonly code?: string
  readonly retryable?: boolean
  readonly retryAfterMs?: number | null
}

interface Answer<T> {
  readonly data?: T | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: Extensions }[]
}

/** An operation as the service knows it: by the hash of its document. */
interface PersistedOperation {
  readonly documentId: string
  readonly variables: unknown
}

const ACCEPT = 'application/graphql-response+json, application/json'

const endpoint = () => new URL('graphql', document.baseURI)

/**
 * Executes an operation of this page. Queries are short GET requests, which have an ETag, because the service
 * knows the documents of this page by their hashes.
 * @throws ServiceUnreachable; RequestRefused; the reason of `signal`
 */
export async function request<T, V>(
  operation: TypedDocumentString<T, V>,
  variables: V,
  signal?: AbortSignal,
): Promise<T> {
  const documentId = operation.__meta__?.hash as string
  const isQuery = /^\s*query\b/m.test(String(operation))
  const persisted = { documentId, variables }
  const answer = await (isQuery ? get<T>(persisted, signal) : post<T>(persisted, signal))
  const code = answer.errors?.[0]?.extensions?.code
  // The service may have been upgraded after this page was loaded. The text of the operation still works.
  return dataOf(
    code === 'PERSISTED_QUERY_NOT_FOUND'
      ? await post<T>({ query: String(operation), variables }, signal)
      : answer,
  )
}

function dataOf<T>({ data, errors }: Answer<T>): T {
  const [error] = errors ?? []
  if (error) throw new RequestRefused(error.message, error.extensions)
  if (data == null) throw new ServiceUnreachable()
  return data
}

function get<T>({ documentId, variables }: PersistedOperation, signal?: AbortSignal) {
  const url = endpoint()
  url.searchParams.set('documentId', documentId)
  url.searchParams.set('variables', JSON.stringify(variables))
  return send<T>(url, { headers: { accept: ACCEPT } }, signal)
}

function post<T>(body: object, signal?: AbortSignal) {
  const bearer = token()
  const headers = {
    accept: ACCEPT,
    'content-type': 'application/json',
    ...(bearer && { authorization: `Bearer ${bearer}` }),
  }
  return send<T>(endpoint(), { method: 'POST', headers, body: JSON.stringify(body) }, signal)
}

async function send<T>(url: URL, init: RequestInit, signal?: AbortSignal): Promise<Answer<T>> {
  try {
    const response = await fetch(url, { ...init, ...(signal && { signal }) })
    return (await response.json()) as Answer<T>
  } catch (error) {
    signal?.throwIfAborted()
    throw new ServiceUnreachable(error)
  }
}
