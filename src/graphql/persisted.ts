/** Operations that clients name by a hash instead of sending their text. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'graphql-yoga'
import { UsageError } from '../errors.ts'
import { refusedRequest } from './present-error.ts'

/** What a client sends to name an operation. */
export interface OperationRequest {
  readonly query?: string | null | undefined
  readonly documentId?: unknown
  readonly extensions?: Record<string, unknown> | null | undefined
}

/**
 * Finds operations by the hashes of a manifest, such as the client preset of GraphQL Code Generator writes. A
 * client sends a hash as `documentId` (`sha256:HASH`, from the draft of GraphQL over HTTP) or, like Apollo
 * Client, as `extensions.persistedQuery.sha256Hash`.
 *
 * `@graphql-yoga/plugin-persisted-operations` does not replace this. It decides by the text before it looks
 * at the hash, so it would refuse a listed operation that is sent with both, as Apollo Client does, and
 * answer an unknown hash with a text by another code. It also works over HTTP only, so WebSocket would still
 * need `queryOf`.
 */
export class PersistedOperations {
  readonly #documents: ReadonlyMap<string, string>
  readonly #only: boolean

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
    const hash = hashOf(request)
    if (hash !== null) return this.#listedQuery(hash, request.query)
    if (this.#only)
      throw refusedRequest(
        'PERSISTED_QUERY_ONLY',
        'This service executes only the operations of its manifest; send the hash of one as `documentId`',
      )
    if (request.query == null)
      throw refusedRequest('BAD_REQUEST', 'The request has neither `query` nor `documentId`')
    return request.query
  }

  #listedQuery(hash: string, query: string | null | undefined): string {
    const listed = this.#documents.get(hash)
    if (listed !== undefined) return listed
    // A client that sends the text as well does not rely on the hash.
    if (query && !this.#only) return query
    throw refusedRequest(
      'PERSISTED_QUERY_NOT_FOUND',
      `This service has no operation with the hash ${hash.slice(0, 80)}`,
    )
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
 * Reads a manifest: a JSON object of operations by the SHA-256 of their text, in hexadecimal.
 * @throws UsageError for a file that is missing or is not a manifest
 */
export async function readManifest(file: string): Promise<ReadonlyMap<string, string>> {
  try {
    const manifest: unknown = JSON.parse(await readFile(file, 'utf8'))
    const entries = Object.entries(manifest as object)
    if (!entries.every(([, document]) => typeof document === 'string'))
      throw new Error('its values must be strings')
    // Code Generator hashes a normalized text. Some clients hash the text that they send, so that works too.
    return new Map(
      entries.flatMap(([hash, document]) => [
        [hash, document],
        [createHash('sha256').update(document).digest('hex'), document],
      ]),
    )
  } catch (error) {
    throw new UsageError(
      `Cannot read the operations manifest ${file}: ${(error as Error).message}. ` +
        'It must be JSON like {"HASH": "query …", …}',
    )
  }
}

/** The hash without its `sha256:` prefix; null if the request has none. */
function hashOf({ documentId, extensions }: OperationRequest): string | null {
  const persisted = extensions?.persistedQuery as { sha256Hash?: unknown } | null | undefined
  const hash = documentId ?? persisted?.sha256Hash
  return typeof hash === 'string' ? hash.replace(/^sha256:/, '') : null
}
