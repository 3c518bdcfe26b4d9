/** Artifacts in a bucket of Google Cloud Storage: objects `{prefix}{run id}/{file}`. */
import { setMaxListeners } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import PQueue from 'p-queue'
import {
  ArtifactRetrievalError,
  ArtifactRetrievalTimeoutError,
  ArtifactsMissingError,
  DifferError,
} from '../errors.ts'
import type { Binary, LocalPackage } from '../model.ts'
import { timeLimit } from '../time-limit.ts'
import { type PassedOverFile, parseBinaryName, passedOverFiles } from './binary-name.ts'
import { isPlainName } from './directory.ts'
import { download } from './gcs-download.ts'
import { listObjects, type StoredObject } from './gcs-listing.ts'
import { parseGcsLocation } from './gcs-location.ts'
import { openRequests, type Requests, retrying, StoreAnswerError } from './gcs-requests.ts'
import { withStructureCheck } from './package-structure.ts'
import type { ArtifactStore } from './store.ts'

export interface GcsOptions {
  /** Address of an emulator, which gets no credentials. Default: the real store. */
  readonly endpoint?: string
  /** How long after its first failure a request may be retried. Default: 20 s. */
  readonly retryForMs?: number
  /** Objects in one page of a listing. Default: 1000. */
  readonly pageSize?: number
  /** Timeout of `list`. Default: 60 s. The listing within a `fetch` has only the caller's timeout. */
  readonly listingLimitMs?: number
}

/** For all runs together. */
const MAX_DOWNLOADS = 8

/** A package with the object that holds it. */
interface ListedBinary extends Binary {
  readonly object: StoredObject
}

/**
 * Transient failures are retried for 20 s. Callers wait longer than that, so they can tell a bucket that is
 * down (an error) from one that is slow (a timeout).
 * @param location as `parseGcsLocation` accepts it
 * @throws TypeError for another location
 */
export async function openGcsStore(location: string, options: GcsOptions = {}): Promise<ArtifactStore> {
  const parsed = parseGcsLocation(location)
  if (!parsed)
    throw new TypeError(`The location of a bucket must be gs://BUCKET/[PREFIX/], not "${location}"`)
  return new GcsStore(parsed, await openRequests(options.endpoint), options)
}

class GcsStore implements ArtifactStore {
  readonly location: string
  readonly #bucket: string
  readonly #prefix: string
  readonly #requests: Requests
  readonly #retryForMs: number
  readonly #pageSize: number
  readonly #listingLimitMs: number
  readonly #downloads = new PQueue({ concurrency: MAX_DOWNLOADS })
  readonly #closing = new AbortController()

  constructor(
    { bucket, prefix }: { bucket: string; prefix: string },
    requests: Requests,
    options: GcsOptions,
  ) {
    this.location = `gs://${bucket}/${prefix}`
    this.#bucket = bucket
    this.#prefix = prefix
    this.#requests = requests
    this.#retryForMs = options.retryForMs ?? 20_000
    this.#pageSize = options.pageSize ?? 1000
    this.#listingLimitMs = options.listingLimitMs ?? 60_000
  }

  async list(runId: string, signal?: AbortSignal): Promise<Binary[]> {
    const listed = await this.#listing(runId, signal, (aborted) => this.#list(runId, aborted))
    return listed.map(({ object: _, ...binary }) => binary)
  }

  passedOver(runId: string, signal?: AbortSignal): Promise<PassedOverFile[]> {
    return this.#listing(runId, signal, async (aborted) => {
      const { folder, objects } = await this.#objects(runId, aborted)
      return passedOverFiles(objects.map(({ name }) => name.slice(folder.length)))
    })
  }

  /** @throws ArtifactRetrievalTimeoutError after the timeout of a listing; what `list` throws */
  async #listing<T>(
    runId: string,
    signal: AbortSignal | undefined,
    list: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const tooLong = () => new ArtifactRetrievalTimeoutError(runId, this.#listingLimitMs)
    return this.#typed(runId, timeLimit(this.#listingLimitMs, signal, tooLong), list)
  }

  /** Null: the store knows other checksums, and a listing already has them. */
  async sha256({ runId, filename }: Binary): Promise<null> {
    if (!isPlainName(runId) || !parseBinaryName(filename)) throw new ArtifactsMissingError(runId)
    return null
  }

  fetch(
    runId: string,
    dir: string,
    signal?: AbortSignal,
    filenames?: ReadonlySet<string>,
  ): Promise<LocalPackage[]> {
    return this.#typed(runId, signal, async (aborted) => {
      const listed = await this.#list(runId, aborted)
      return this.#fetchAll(
        listed.filter(({ filename }) => filenames?.has(filename) ?? true),
        dir,
        aborted,
      )
    })
  }

  async check(signal: AbortSignal): Promise<void> {
    const query = new URLSearchParams({ prefix: this.#prefix, maxResults: '1' })
    const path = `/b/${encodeURIComponent(this.#bucket)}/o?${query}`
    await (await this.#requests.get(path, signal)).arrayBuffer()
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('The artifact store has been closed'))
  }

  async #objects(runId: string, signal: AbortSignal): Promise<{ folder: string; objects: StoredObject[] }> {
    // To the bucket, `../x` is an ordinary name. It is rejected so that all stores accept the same ids.
    if (!isPlainName(runId)) throw new ArtifactsMissingError(runId)
    const folder = `${this.#prefix}${runId}/`
    const objects = await listObjects(this.#requests, this.#bucket, folder, {
      pageSize: this.#pageSize,
      retryForMs: this.#retryForMs,
      signal,
    })
    return { folder, objects: objects.filter(({ name }) => name.startsWith(folder)) }
  }

  async #list(runId: string, signal: AbortSignal): Promise<ListedBinary[]> {
    const { folder, objects } = await this.#objects(runId, signal)
    const listed = objects
      .map((object) => binaryOf(object, folder, runId))
      .filter((binary): binary is ListedBinary => binary !== null)
    if (listed.length === 0) throw new ArtifactsMissingError(runId)
    return listed.sort((a, b) => (a.filename < b.filename ? -1 : 1))
  }

  /** Downloads all files. If one fails, aborts the others and waits until none is running. */
  async #fetchAll(
    listed: readonly ListedBinary[],
    dir: string,
    signal: AbortSignal,
  ): Promise<LocalPackage[]> {
    const failed = new AbortController()
    const either = AbortSignal.any([signal, failed.signal])
    await mkdir(dir, { recursive: true, mode: 0o700 })
    // Each file adds a listener. Without this, Node.js warns of a leak at the eleventh.
    setMaxListeners(0, either)
    const outcomes = await Promise.allSettled(
      listed.map(async ({ object, ...binary }) => {
        try {
          const path = join(dir, binary.filename)
          await this.#queued(either, () =>
            retrying(either, this.#retryForMs, () =>
              download(this.#requests, this.#bucket, object, path, either),
            ),
          )
          return await withStructureCheck({ ...binary, path })
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

  /**
   * Runs `work` when a download slot is free. An abort ends the wait for a slot at once, because other runs
   * may hold the slots for long; work that has begun is waited for.
   */
  #queued(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => reject(signal.reason)
      if (signal.aborted) return leave()
      signal.addEventListener('abort', leave, { once: true })
      const begin = async () => {
        signal.removeEventListener('abort', leave)
        if (!signal.aborted) await work()
      }
      this.#downloads.add(begin).then(() => resolve(), reject)
    })
  }

  /** Runs `work` until `given` or `close` aborts it, and maps its errors to those of `ArtifactStore`. */
  async #typed<T>(
    runId: string,
    given: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    given?.throwIfAborted()
    try {
      return await work(AbortSignal.any(given ? [given, this.#closing.signal] : [this.#closing.signal]))
    } catch (error) {
      given?.throwIfAborted()
      if (error instanceof DifferError) throw error
      if (error instanceof StoreAnswerError && error.status === 404) throw new ArtifactsMissingError(runId)
      throw new ArtifactRetrievalError(runId, error)
    }
  }
}

/** Null if the object is not a package directly below `folder`. */
function binaryOf(object: StoredObject, folder: string, runId: string): ListedBinary | null {
  if (!object.name.startsWith(folder)) return null
  const filename = object.name.slice(folder.length)
  const parsed = parseBinaryName(filename)
  if (!parsed) return null
  const { sizeBytes, md5, crc32c } = object
  const checksum = md5 ? `md5:${md5}` : crc32c ? `crc32c:${crc32c}` : null
  return { runId, filename, ...parsed, sizeBytes, ...(checksum && { checksum }), object }
}
