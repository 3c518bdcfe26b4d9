import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import PQueue from 'p-queue'
import {
  ArtifactRetrievalError,
  ArtifactRetrievalTimeoutError,
  ArtifactsMissingError,
  DifferError,
} from '../errors.ts'
import type { Binary, LocalPackage } from '../model.ts'
import { parseBinaryName } from './binary-name.ts'
import { isPlainName } from './directory.ts'
import { download, type StoredObject } from './gcs-download.ts'
import { parseGcsLocation } from './gcs-location.ts'
import { openRequests, retrying, StoreAnswerError } from './gcs-requests.ts'
import { checkIsPackage } from './package-structure.ts'
import type { ArtifactStore } from './store.ts'

export interface GcsOptions {
  /** Of an emulator; without it the client's own. */
  readonly endpoint?: string
  /** How long after its first failure a request is tried again. */
  readonly retryForMs?: number
  /** What one page of a listing holds at most. */
  readonly pageSize?: number
  /** What a listing by itself may take. Those of a fetch have the limit of that. */
  readonly listingLimitMs?: number
}

/** Of all runs together. */
const PARALLEL_DOWNLOADS = 8
/** Far more files than a build has: a listing that goes on is of something else. */
const MAX_OBJECTS = 50_000
interface Listed extends Binary {
  readonly object: StoredObject
}

/**
 * Artifacts in a bucket of Google Cloud Storage: objects `{prefix}{run id}/{file}`. What fails in a way that may pass is tried again for 20 s, well within
 * the callers' limits, so that a store that is away is told from one that is slow.
 * @param location as `parseGcsLocation` takes it
 */
export async function openGcsStore(location: string, options: GcsOptions = {}): Promise<ArtifactStore> {
  const place = parseGcsLocation(location)
  if (!place) throw new TypeError(`${location} is not of the form gs://BUCKET/`)
  const { bucket, prefix } = place
  const { retryForMs = 20_000, pageSize = 1000, listingLimitMs = 60_000 } = options
  const requests = await openRequests(options.endpoint)
  const downloads = new PQueue({ concurrency: PARALLEL_DOWNLOADS })
  const closing = new AbortController()

  async function list(runId: string, signal: AbortSignal): Promise<Listed[]> {
    // An id that climbs is an ordinary name to the store; it is refused as everywhere else.
    if (!isPlainName(runId)) throw new ArtifactsMissingError(runId)
    const folder = `${prefix}${runId}/`
    const listed = (await objectsIn(folder, signal)).flatMap((object): Listed[] => {
      const filename = object.name.slice(folder.length)
      const parsed = object.name.startsWith(folder) && parseBinaryName(filename)
      const checksum = object.md5 ? `md5:${object.md5}` : object.crc32c ? `crc32c:${object.crc32c}` : null
      return parsed
        ? [{ runId, filename, ...parsed, sizeBytes: object.sizeBytes, ...(checksum && { checksum }), object }]
        : []
    })
    if (listed.length === 0) throw new ArtifactsMissingError(runId)
    return listed.sort((a, b) => (a.filename < b.filename ? -1 : 1))
  }

  async function objectsIn(folder: string, signal: AbortSignal): Promise<StoredObject[]> {
    const objects: StoredObject[] = []
    let pageToken: string | undefined
    do {
      const query = new URLSearchParams({
        prefix: folder,
        delimiter: '/',
        maxResults: String(pageSize),
        fields: 'items(name,size,md5Hash,crc32c),nextPageToken',
        ...(pageToken !== undefined && { pageToken }),
      })
      const page = await retrying(signal, retryForMs, async () => {
        const answer = await requests.get(`/b/${encodeURIComponent(bucket)}/o?${query}`, signal)
        return (await answer.json()) as ObjectPage
      })
      for (const { name, size, md5Hash, crc32c } of page.items ?? [])
        objects.push({ name, sizeBytes: Number(size), md5: md5Hash ?? null, crc32c: crc32c ?? null })
      if (objects.length > MAX_OBJECTS) throw new Error(`There are more than ${MAX_OBJECTS} objects`)
      pageToken = page.nextPageToken
    } while (pageToken)
    return objects
  }

  /** All of them or an error, and then no download goes on. */
  async function fetchAll(
    listed: readonly Listed[],
    dir: string,
    signal: AbortSignal,
  ): Promise<LocalPackage[]> {
    const failed = new AbortController()
    const either = AbortSignal.any([signal, failed.signal])
    // One for each file, of which there may be many.
    setMaxListeners(0, either)
    const outcomes = await Promise.allSettled(
      listed.map(async ({ object, ...binary }) => {
        try {
          const path = join(dir, binary.filename)
          await inTurn(either, () =>
            retrying(either, retryForMs, () => download(requests, bucket, object, path, either)),
          )
          await checkIsPackage(path, binary.filename)
          return { ...binary, path }
        } catch (error) {
          failed.abort(error)
          throw error
        }
      }),
    )
    signal.throwIfAborted()
    if (failed.signal.aborted) throw failed.signal.reason
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  }

  /** Waits for its turn, but not after an abort: those ahead may be other runs'. What has begun is waited for. */
  function inTurn(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => reject(signal.reason)
      if (signal.aborted) return leave()
      signal.addEventListener('abort', leave, { once: true })
      const begin = async () => {
        signal.removeEventListener('abort', leave)
        if (!signal.aborted) await work()
      }
      downloads.add(begin).then(() => resolve(), reject)
    })
  }

  /** Says what went wrong in the contract's terms. */
  async function retrieving<T>(
    runId: string,
    given: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    given?.throwIfAborted()
    try {
      return await work(AbortSignal.any(given ? [given, closing.signal] : [closing.signal]))
    } catch (error) {
      given?.throwIfAborted()
      if (error instanceof DifferError) throw error
      if (error instanceof StoreAnswerError && error.status === 404) throw new ArtifactsMissingError(runId)
      throw new ArtifactRetrievalError(runId, error)
    }
  }

  return {
    location: `gs://${bucket}/${prefix}`,

    async list(runId, signal) {
      const limit = AbortSignal.timeout(listingLimitMs)
      try {
        const listed = await retrieving(
          runId,
          AbortSignal.any(signal ? [signal, limit] : [limit]),
          (either) => list(runId, either),
        )
        return listed.map(({ object: _, ...binary }) => binary)
      } catch (error) {
        if (error === limit.reason) throw new ArtifactRetrievalTimeoutError(runId, listingLimitMs)
        throw error
      }
    },

    // The store knows other checksums, which a listing brings.
    sha256: async ({ runId, filename }) => {
      if (!isPlainName(runId) || !parseBinaryName(filename)) throw new ArtifactsMissingError(runId)
      return null
    },

    fetch: (runId, dir, signal) =>
      retrieving(runId, signal, async (either) => fetchAll(await list(runId, either), dir, either)),

    check: async (signal) => {
      const query = new URLSearchParams({ prefix, maxResults: '1' })
      await (await requests.get(`/b/${encodeURIComponent(bucket)}/o?${query}`, signal)).arrayBuffer()
    },

    close: async () => closing.abort(new Error('The artifact store has been closed')),
  }
}

interface ObjectPage {
  readonly items?: readonly {
    readonly name: string
    /** A number in decimal. */
    readonly size: string
    readonly md5Hash?: string
    readonly crc32c?: string
  }[]
  readonly nextPageToken?: string
}
