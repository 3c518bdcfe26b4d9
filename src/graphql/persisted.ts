/** Operations known beforehand by their hash. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'graphql-yoga'
import { UsageError } from '../errors.ts'
import { refusedRequest } from './present-error.ts'

/** What a client sends of an operation. */
export interface OperationRequest {
  readonly query?: string | null | undefined
  readonly documentId?: unknown
  readonly extensions?: Record<string, unknown> | null | undefined
}

/**
 * Operations by their hash, as a manifest lists them (the client preset of GraphQL Code Generator writes one). A client names one as `documentId`
 * (`sha256:HASH`, GraphQL over HTTP's draft) or in `extensions.persistedQuery.sha256Hash`, as Apollo's does.
 */
export class PersistedOperations {
  readonly #documents: ReadonlyMap<string, string>
  readonly #only: boolean

  /** @param only whether others are refused */
  constructor(documents: ReadonlyMap<string, string>, only: boolean) {
    this.#documents = documents
    this.#only = only
  }

  /** @throws GraphQLError for a hash that is not listed, for what may not be asked otherwise, and for nothing at all */
  queryOf(request: OperationRequest): string {
    const hash = hashOf(request)
    if (hash === null) {
      if (this.#only)
        throw refusedRequest(
          'PERSISTED_QUERY_ONLY',
          'This service only executes operations that it knows; name one by its hash as `documentId`',
        )
      if (request.query == null)
        throw refusedRequest(
          'BAD_REQUEST',
          'The request names no operation: it has no `query` and no `documentId`',
        )
      return request.query
    }
    const known = this.#documents.get(hash)
    // A client that sends the text too has not heard yet that the hash is enough; where any text may be sent, this one may.
    if (known === undefined && request.query && !this.#only) return request.query
    if (known === undefined)
      throw refusedRequest(
        'PERSISTED_QUERY_NOT_FOUND',
        `This service knows no operation ${hash.slice(0, 80)}`,
      )
    return known
  }

  /** For operations over HTTP. */
  readonly plugin: Plugin = {
    onParams: ({ params, setParams, request }) => {
      // Yoga reads other parameters than the usual ones of a body alone.
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
 * Reads a manifest: JSON, hashes (SHA-256 in hexadecimal of what the client named the operation by) and documents.
 * @throws UsageError for a file that is none
 */
export async function readManifest(file: string): Promise<ReadonlyMap<string, string>> {
  try {
    const manifest: unknown = JSON.parse(await readFile(file, 'utf8'))
    const entries = Object.entries(manifest as object)
    if (!entries.every(([, document]) => typeof document === 'string')) throw new Error('it is no manifest')
    // Some clients hash what they send; so it is known by that as well.
    return new Map(
      entries.flatMap(([hash, document]) => [
        [hash, document],
        [createHash('sha256').update(document).digest('hex'), document],
      ]),
    )
  } catch (error) {
    throw new UsageError(
      `The manifest of operations cannot be read from ${file}: ${(error as Error).message}. It is JSON: {"HASH": "query …", …}`,
    )
  }
}

function hashOf({ documentId, extensions }: OperationRequest): string | null {
  const persisted = extensions?.['persistedQuery'] as { sha256Hash?: unknown } | null | undefined
  const named = documentId ?? persisted?.sha256Hash
  return typeof named === 'string' ? named.replace(/^sha256:/, '') : null
}
