/** A bucket of Google Cloud Storage, over its JSON API. An object's version is its generation. */
import { randomUUID } from 'node:crypto'
import { Crc32c, openRequests, type Requests, StoreAnswerError } from '../artifacts/gcs-requests.ts'
import {
  type Bucket,
  BucketError,
  type ByteRange,
  marked,
  type ObjectPart,
  type ObjectSource,
  PART_BYTES,
  SourceError,
} from './bucket.ts'
import { bodyOf, sizeOfRange } from './ranges.ts'

export interface GcsLocation {
  readonly bucket: string
  readonly prefix: string
  readonly endpoint: string | null
}

export async function openGcsBucket(location: GcsLocation): Promise<Bucket> {
  return new GcsBucket(location, await openRequests(location.endpoint ?? undefined))
}

/** Of the checksum's calculation, so that it does not block the event loop. */
const PIECE_BYTES = 1 << 20

class GcsBucket implements Bucket {
  readonly location: string
  readonly #prefix: string
  readonly #path: string
  readonly #requests: Requests

  constructor({ bucket, prefix }: GcsLocation, requests: Requests) {
    this.location = `gs://${bucket}/${prefix}`
    this.#prefix = prefix
    this.#path = `/b/${encodeURIComponent(bucket)}/o`
    this.#requests = requests
  }

  read(
    key: string,
    range: ByteRange,
    version: string | null,
    signal: AbortSignal,
  ): Promise<ObjectPart | null> {
    return this.#typed(signal, async () => {
      const query = new URLSearchParams({ alt: 'media', ...(version !== null && { generation: version }) })
      const headers = { range: `bytes=${range.start}-${range.start + range.length - 1}` }
      const response = await orNull(
        this.#requests.get(`${this.#objectPath(key)}?${query}`, signal, headers),
        isMissing,
      )
      if (!response) return null
      const sizeBytes = sizeOfRange(response.headers.get('content-range'), range)
      const bytes = await bodyOf(response.body ?? [], Math.min(range.length, sizeBytes - range.start))
      return { bytes, version: response.headers.get('x-goog-generation') ?? '', sizeBytes }
    })
  }

  publish(
    key: string,
    given: ObjectSource,
    replaces: string | null,
    signal: AbortSignal,
  ): Promise<string | null> {
    return this.#typed(signal, async () => {
      const source = marked(given)
      // The bucket compares the checksum before it shows the object.
      const metadata = { name: this.#prefix + key, crc32c: await crc32cOf(source, signal) }
      const send = source.sizeBytes <= PART_BYTES ? this.#sendWhole : this.#sendParts
      const sent = send.call(this, metadata, source, replaces ?? '0', signal)
      const response = await orNull(sent, ({ status }) => status === 412)
      if (!response) return null
      const { generation } = (await response.json()) as { generation: string }
      return generation
    })
  }

  async #sendWhole(
    metadata: object,
    source: ObjectSource,
    replaces: string,
    signal: AbortSignal,
  ): Promise<Response> {
    const bytes = await source.read({ start: 0, length: source.sizeBytes })
    const head = `--part\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n--part\r\n\r\n`
    // Packages have a say in the bytes, so they must not be able to hold it.
    const boundary = `differ-${randomUUID()}`
    const body = Buffer.concat([
      Buffer.from(head.replaceAll('--part', `--${boundary}`)),
      bytes,
      Buffer.from(`\r\n--${boundary}--`),
    ])
    const headers = { 'content-type': `multipart/related; boundary=${boundary}` }
    const path = `${this.#path}?uploadType=multipart&ifGenerationMatch=${replaces}`
    return this.#requests.write({ method: 'POST', path, isUpload: true, headers, body }, signal)
  }

  /** A session that is not finished shows nothing, and ends by itself after a week. */
  async #sendParts(
    metadata: object,
    source: ObjectSource,
    replaces: string,
    signal: AbortSignal,
  ): Promise<Response> {
    const started = await this.#requests.write(
      {
        ...{
          method: 'POST',
          path: `${this.#path}?uploadType=resumable&ifGenerationMatch=${replaces}`,
          isUpload: true,
        },
        headers: { 'content-type': 'application/json', 'x-upload-content-length': String(source.sizeBytes) },
        body: Buffer.from(JSON.stringify(metadata)),
      },
      signal,
    )
    await started.arrayBuffer()
    const session = started.headers.get('location')
    if (!session) throw new TypeError('it began no upload')
    try {
      for (let start = 0; ; ) {
        const body = await source.read({ start, length: Math.min(PART_BYTES, source.sizeBytes - start) })
        const range = `bytes ${start}-${start + body.length - 1}/${source.sizeBytes}`
        const response = await this.#requests.write(
          { method: 'PUT', path: session, headers: { 'content-range': range }, body },
          signal,
        )
        if (response.status !== 308) return response
        await response.arrayBuffer()
        const next = Number(/^bytes=0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1] ?? -1) + 1
        if (next <= start) throw new TypeError('it did not keep a part of an upload')
        start = next
      }
    } catch (error) {
      // It ends by itself if this fails, too.
      const ended = AbortSignal.timeout(5_000)
      await this.#requests.write({ method: 'DELETE', path: session }, ended).catch(() => {})
      throw error
    }
  }

  remove(key: string, signal: AbortSignal): Promise<void> {
    return this.#typed(signal, async () => {
      const removed = this.#requests.write({ method: 'DELETE', path: this.#objectPath(key) }, signal)
      await (await orNull(removed, isMissing))?.arrayBuffer()
    })
  }

  async removeUnfinished(): Promise<number> {
    return 0
  }

  close(): void {}

  #objectPath(key: string): string {
    return `${this.#path}/${encodeURIComponent(this.#prefix + key)}`
  }

  async #typed<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      if (error instanceof SourceError) throw error.cause
      signal.throwIfAborted()
      const { message } = error as Error
      if (error instanceof StoreAnswerError) {
        const isTransient = error.status === 408 || error.status === 429 || error.status >= 500
        throw new BucketError(this.location, message, { isTransient, cause: error })
      }
      // fetch throws a TypeError for every failure of a connection, with the reason as its cause.
      if (!(error instanceof TypeError)) throw error
      const reason = error.cause instanceof Error ? error.cause.message : message
      throw new BucketError(this.location, reason, { isTransient: true, cause: error })
    }
  }
}

function isMissing({ status, message }: StoreAnswerError): boolean {
  return status === 404 && !message.includes('bucket does not exist')
}

async function orNull(
  request: Promise<Response>,
  isNull: (error: StoreAnswerError) => boolean,
): Promise<Response | null> {
  return request.catch((error: unknown) => {
    if (error instanceof StoreAnswerError && isNull(error)) return null
    throw error
  })
}

async function crc32cOf(source: ObjectSource, signal: AbortSignal): Promise<string> {
  const crc = new Crc32c()
  for (let start = 0; start < source.sizeBytes; start += PIECE_BYTES) {
    signal.throwIfAborted()
    crc.update(await source.read({ start, length: Math.min(PIECE_BYTES, source.sizeBytes - start) }))
  }
  return crc.digest()
}
