/** Operations that clients name by a hash instead of sending their text. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import { UsageError } from '../errors.ts'
import { refusedRequest } from './present-error.ts'

/** What a client sends to name an operation. */
export interface OperationRequest {
  readonly query?: string | null | undefined
  readonly documentId?: unknown
  readonly extensions?: Record<string, unknown> | null | undefined
}

/** Texts that clients have registered, in all. A document takes some kilobytes. */
const MAX_REGISTERED_BYTES = 8e6

/**
 * Finds operations by their hashes. A client sends a hash in one of two ways:
 * - `documentId: "sha256:HASH"`, from the draft of GraphQL over HTTP, for an operation of a manifest, such as
 *   the client preset of GraphQL Code Generator writes;
 * - `extensions.persistedQuery`, Apollo's protocol of automatic persisted queries. It may name an operation
 *   of a manifest, too. For another one, the client sends the text once with the hash, which registers it.
 *
 * `@graphql-yoga/plugin-persisted-operations` and `plugin-apq` do not replace this: the first refuses a listed
 * operation that is sent with its text, as Apollo Client does; together they answer each other's requests; and
 * both work over HTTP only, so WebSocket would still need `queryOf`.
 */
export class PersistedOperations {
  readonly #documents: ReadonlyMap<string, string>
  readonly #only: boolean
  readonly #registered = new LRUCache<string, string>({
    maxSize: MAX_REGISTERED_BYTES,
    sizeCalculation: ({ length }, { length: hashLength }) => length + hashLength,
  })

  /**
   * @param documents operations by hash
   * @param only whether to refuse all other operations
   */
  constructor(documents: ReadonlyMap<string, string>, only: boolean) {
    this.#documents = documents
    this.#only = only
  }

  /**
   * Returns the text of the operation.
   * @throws GraphQLError for an unknown hash, for an operation that is not allowed, and if there is none
   */
  queryOf(request: OperationRequest): string {
    if (request.query != null && typeof request.query !== 'string')
      throw refusedRequest('BAD_REQUEST', '`query` must be a string')
    const persisted = request.extensions?.persistedQuery ?? null
    if (typeof request.documentId === 'string')
      return this.#byDocumentId(request.documentId.replace(/^sha256:/, ''), request.query)
    if (persisted !== null) return this.#automatic(persisted, request.query)
    return this.#unnamed(request.query)
  }

  #unnamed(query: string | null | undefined): string {
    if (this.#only)
      throw refusedRequest(
        'PERSISTED_QUERY_ONLY',
        'This service executes only the operations of its manifest; send the hash of one as `documentId`',
      )
    if (query == null) throw refusedRequest('BAD_REQUEST', 'The request has neither `query` nor `documentId`')
    return query
  }

  #byDocumentId(hash: string, query: string | null | undefined): string {
    const listed = this.#documents.get(hash)
    if (listed !== undefined) return listed
    // A client that sends the text as well does not rely on the hash.
    if (query && !this.#only) return query
    throw refusedRequest(
      'PERSISTED_QUERY_NOT_FOUND',
      `This service has no operation with the hash ${hash.slice(0, 80)}`,
    )
  }

  /**
   * Follows https://www.apollographql.com/docs/apollo-server/performance/apq. Clients know two answers by
   * their messages, which are no sentences for that reason, and some of them only with the status 200.
   */
  #automatic(persisted: unknown, query: string | null | undefined): string {
    const { version, sha256Hash } = persisted as { version?: unknown; sha256Hash?: unknown }
    if (version !== 1 || typeof sha256Hash !== 'string')
      throw refusedRequest('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported', 200)
    const hash = sha256Hash.toLowerCase()
    const known = this.#documents.get(hash) ?? (this.#only ? undefined : this.#registered.get(hash))
    if (known !== undefined) return known
    // graphql-ws sends an empty text with a hash alone.
    if (!query) throw refusedRequest('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound', 200)
    const text = this.#unnamed(query)
    if (sha256(text) !== hash)
      throw refusedRequest(
        'PERSISTED_QUERY_MISMATCH',
        'The hash of the request is not the SHA-256 of its query; send the hash of this very text, or none',
      )
    this.#registered.set(hash, text)
    return text
  }

  /** Applies this to operations over HTTP. */
  readonly plugin: Plugin = {
    onParams: ({ params, setParams, request }) => {
      // Yoga reads `documentId` from a body only.
      const documentId = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : null
      const query = this.queryOf({
        ...params,
        ...(documentId !== null && { documentId }),
      } as OperationRequest)
      if (query !== params.query) setParams({ ...params, query })
    },
  }
}

/**
 * Reads a manifest: a JSON object of operations by their ids, as GraphQL Code Generator and relay-compiler write it,
 * or the list that Apollo's generate-persisted-query-manifest writes. An id is usually the hash of a text.
 * @throws UsageError for a file that is missing or is not a manifest
 */
export async function readManifest(file: string): Promise<ReadonlyMap<string, string>> {
  try {
    const entries = entriesOf(JSON.parse(await readFile(file, 'utf8')))
    // Code Generator hashes a normalized text. Some clients hash the text that they send, so that works too.
    return new Map(
      entries.flatMap(([id, document]) => [
        [id, document],
        [sha256(document), document],
      ]),
    )
  } catch (error) {
    throw new UsageError(
      `Cannot read the operations manifest ${file}: ${(error as Error).message}. ` +
        'It must be JSON like {"HASH": "query …", …}, or a manifest of Apollo Client',
    )
  }
}

const APOLLO_FORMAT = 'apollo-persisted-query-manifest'

/** The operations of a manifest by id. @throws Error for anything else */
function entriesOf(manifest: unknown): [id: string, document: string][] {
  const { format, version, operations } = manifest as Record<string, unknown>
  if (format !== APOLLO_FORMAT) return Object.entries(manifest as object).map(checkedEntry)
  if (version !== 1 || !Array.isArray(operations))
    throw new Error(`its format is ${APOLLO_FORMAT}, whose version must be 1, with a list of operations`)
  return operations.map(({ id, body }: { id?: unknown; body?: unknown }) => checkedEntry([id, body]))
}

function checkedEntry([id, document]: readonly unknown[]): [string, string] {
  if (typeof id !== 'string' || typeof document !== 'string') throw new Error('its values must be strings')
  return [id, document]
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
