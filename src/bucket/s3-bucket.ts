/** A bucket of S3, or of a store with the same protocol. An object's version is its entity tag. */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { maskSecrets } from '../mask-secrets.ts'
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

export interface S3Location {
  readonly bucket: string
  readonly prefix: string
  readonly endpoint: string | null
  readonly region: string | null
  readonly hasPathStyle: boolean
}

/** Stores other than Amazon's sign with a region, too, but mostly have only one. */
const DEFAULT_REGION = 'us-east-1'
const CONNECT_TIMEOUT_MS = 3_000
/** Callers repeat what matters, and know for how long. */
const ATTEMPTS = 2

/**
 * Credentials are found as by Amazon's other tools: environment, profiles, roles of containers and machines.
 * Smaller clients than Amazon's do not know these roles.
 */
export function openS3Bucket(location: S3Location): Bucket {
  const { endpoint, region, hasPathStyle } = location
  // Without any here, the client asks the environment and the profile.
  const ownRegion = region ?? (endpoint === null ? null : DEFAULT_REGION)
  const client = new S3Client({
    forcePathStyle: hasPathStyle,
    ...(endpoint !== null && { endpoint }),
    ...(ownRegion !== null && { region: ownRegion }),
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS },
    // A range has no checksum of its own: readers check what they read.
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  return new S3Bucket(location, client)
}

class S3Bucket implements Bucket {
  readonly location: string
  readonly #bucket: string
  readonly #prefix: string
  readonly #client: S3Client

  constructor({ bucket, prefix }: S3Location, client: S3Client) {
    this.location = `s3://${bucket}/${prefix}`
    this.#bucket = bucket
    this.#prefix = prefix
    this.#client = client
  }

  read(
    key: string,
    range: ByteRange,
    version: string | null,
    signal: AbortSignal,
  ): Promise<ObjectPart | null> {
    return this.#typed(signal, async () => {
      const command = new GetObjectCommand({
        ...this.#object(key),
        Range: `bytes=${range.start}-${range.start + range.length - 1}`,
        ...(version !== null && { IfMatch: version }),
      })
      const response = await orNull(this.#client.send(command, { abortSignal: signal }), isMissing)
      if (!response) return null
      const body = response.Body as unknown as NodeJS.ReadableStream & { destroy(error?: unknown): void }
      const stop = () => body.destroy(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
      try {
        const sizeBytes = sizeOfRange(response.ContentRange, range)
        const chunks = body as AsyncIterable<Buffer>
        const bytes = await bodyOf(chunks, Math.min(range.length, sizeBytes - range.start))
        return { bytes, version: response.ETag ?? '', sizeBytes }
      } finally {
        signal.removeEventListener('abort', stop)
        body.destroy()
      }
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
      const condition = replaces === null ? { IfNoneMatch: '*' } : { IfMatch: replaces }
      const object = { ...this.#object(key), ...condition }
      const isWhole = source.sizeBytes <= PART_BYTES
      // Not to send much for nothing; and some stores know no conditions for an object in parts (Ceph 16).
      if (!isWhole && (await this.#versionOf(key, signal)) !== replaces) return null
      const send = isWhole ? this.#sendWhole : this.#sendParts
      const sent = send.call(this, object, source, signal)
      const response = await orNull(
        sent,
        (error) => (isMissing(error) && replaces !== null) || statusOf(error) === 412,
      )
      // Ceph 16 does not name the tag of an object in parts.
      return response && (response.ETag || this.#versionOf(key, signal))
    })
  }

  async #versionOf(key: string, signal: AbortSignal): Promise<string | null> {
    const part = await this.read(key, { start: 0, length: 1 }, null, signal)
    return part?.version ?? null
  }

  async #sendWhole(
    object: Target,
    source: ObjectSource,
    abortSignal: AbortSignal,
  ): Promise<{ ETag?: string | undefined }> {
    const Body = await source.read({ start: 0, length: source.sizeBytes })
    return this.#client.send(new PutObjectCommand({ ...object, Body }), { abortSignal })
  }

  async #sendParts(
    object: Target,
    source: ObjectSource,
    abortSignal: AbortSignal,
  ): Promise<{ ETag?: string | undefined }> {
    const { Bucket, Key } = object
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand({ Bucket, Key }), {
      abortSignal,
    })
    try {
      const Parts: CompletedPart[] = []
      for (let start = 0; start < source.sizeBytes; start += PART_BYTES) {
        const PartNumber = Parts.length + 1
        const Body = await source.read({ start, length: Math.min(PART_BYTES, source.sizeBytes - start) })
        const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body })
        const { ETag, ChecksumCRC32 } = await this.#client.send(part, { abortSignal })
        Parts.push({ PartNumber, ETag, ChecksumCRC32 })
      }
      const whole = { ...object, UploadId, MpuObjectSize: source.sizeBytes, MultipartUpload: { Parts } }
      return await this.#client.send(new CompleteMultipartUploadCommand(whole), { abortSignal })
    } catch (error) {
      const ended = AbortSignal.timeout(5_000)
      const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId })
      // `removeUnfinished` tries again.
      await this.#client.send(abort, { abortSignal: ended }).catch(() => {})
      throw error
    }
  }

  remove(key: string, signal: AbortSignal): Promise<void> {
    return this.#typed(signal, async () => {
      await this.#client.send(new DeleteObjectCommand(this.#object(key)), { abortSignal: signal })
    })
  }

  removeUnfinished(olderThanMs: number, signal: AbortSignal): Promise<number> {
    return this.#typed(signal, async () => {
      const list = { Bucket: this.#bucket, Prefix: this.#prefix }
      let removed = 0
      let at: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> = {}
      for (let isLast = false; !isLast; ) {
        const command = new ListMultipartUploadsCommand({ ...list, ...at })
        const page = await this.#client.send(command, { abortSignal: signal })
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          const isOurs = Key?.startsWith(this.#prefix)
          if (!isOurs || !Initiated || Date.now() - Initiated.getTime() < olderThanMs) continue
          const abort = new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId })
          await orNull(this.#client.send(abort, { abortSignal: signal }), isMissing)
          removed += 1
        }
        at = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
        isLast = !page.IsTruncated
      }
      return removed
    })
  }

  close(): void {
    this.#client.destroy()
  }

  #object(key: string): Target {
    return { Bucket: this.#bucket, Key: this.#prefix + key }
  }

  async #typed<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      if (error instanceof SourceError) throw error.cause
      signal.throwIfAborted()
      if (!(error instanceof Error) || error instanceof RangeError || error instanceof BucketError)
        throw error
      const status = statusOf(error)
      // 409: another write of the same object is in progress.
      const isTransient =
        status === null ? isOfConnection(error) : [408, 409, 429].includes(status) || status >= 500
      const what = maskSecrets(`${error.name}: ${error.message}`).slice(0, 500)
      throw new BucketError(this.location, what, { isTransient, cause: error })
    }
  }
}

interface Target {
  readonly Bucket: string
  readonly Key: string
}

/** Null if there was no answer. */
function statusOf(error: unknown): number | null {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? null) : null
}

/** An object that is not there, or not in the version that was named. */
function isMissing(error: unknown): boolean {
  const status = statusOf(error)
  return status === 412 || (status === 404 && (error as Error).name !== 'NoSuchBucket')
}

/** Other errors without an answer are of the configuration: no region, no credentials. */
function isOfConnection(error: Error): boolean {
  return error instanceof TypeError || 'code' in error || error.name === 'TimeoutError'
}

async function orNull<T>(request: Promise<T>, isNull: (error: unknown) => boolean): Promise<T | null> {
  return request.catch((error: unknown) => {
    if (isNull(error)) return null
    throw error
  })
}
