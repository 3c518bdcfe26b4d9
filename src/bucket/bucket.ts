/**
 * What a place must do in which several machines share a cache. Every driver passes the shared tests in
 * `test/bucket/bucket-suite.ts`.
 *
 * An object is written once, completely or not at all, and replaced only by a caller who names the version that it
 * knows. So a reader may put an object together from several reads, as long as it names the version, too.
 */

/** Bytes of an object, which may be fewer than `length` only at its end. */
export interface ByteRange {
  readonly start: number
  readonly length: number
}

export interface ObjectPart {
  readonly bytes: Buffer
  /** Changes whenever the object is replaced: an entity tag, or a generation. */
  readonly version: string
  /** Of the whole object. */
  readonly sizeBytes: number
}

/** The bytes of an object that is published. They are read piece by piece, and may be read twice. */
export interface ObjectSource {
  readonly sizeBytes: number
  /** All the bytes of the range. @throws errors of the system */
  read(range: ByteRange): Promise<Buffer>
}

export interface Bucket {
  /** Without secrets. */
  readonly location: string

  /**
   * @param version that is read; null for any
   * @returns null if there is no such object, or not in this version
   * @throws BucketError; `signal.reason`
   */
  read(key: string, range: ByteRange, version: string | null, signal: AbortSignal): Promise<ObjectPart | null>

  /**
   * Writes an object; the bucket checks the bytes that arrive, and shows no other than the whole. What was sent of
   * one that fails is removed, now or by `removeUnfinished`.
   * @param replaces the version that is replaced; null if there is none
   * @returns the new version; null if another one is there now, or none is to be replaced
   * @throws BucketError; `signal.reason`; what `source.read` throws
   */
  publish(
    key: string,
    source: ObjectSource,
    replaces: string | null,
    signal: AbortSignal,
  ): Promise<string | null>

  /** Removes an object, or does nothing if there is none. @throws BucketError; `signal.reason` */
  remove(key: string, signal: AbortSignal): Promise<void>

  /**
   * Removes what unfinished writes of any machine have left.
   * @param olderThanMs the age of the writes
   * @returns how many there were; 0 also where the bucket does that itself
   * @throws BucketError; `signal.reason`
   */
  removeUnfinished(olderThanMs: number, signal: AbortSignal): Promise<number>

  /** Closes connections. */
  close(): void
}

/** A bucket did not do what it was asked to. */
export class BucketError extends Error {
  override readonly name = 'BucketError'
  /** Whether the same request may succeed later. */
  readonly isTransient: boolean
  constructor(
    location: string,
    what: string,
    { isTransient, cause }: { isTransient: boolean; cause?: unknown },
  ) {
    super(`${location}: ${what}`, { cause })
    this.isTransient = isTransient
  }
}

/** Objects up to this size are sent by one request, larger ones in parts of this size. S3 wants 5 MiB at least. */
export const PART_BYTES = 8 << 20

/** Marks an error of a source, which is none of the bucket. */
export class SourceError extends Error {}

/** A source whose errors drivers can tell from their own. */
export function marked({ sizeBytes, read }: ObjectSource): ObjectSource {
  const markedRead = (range: ByteRange) =>
    read(range).catch((cause: unknown) => {
      throw new SourceError('the source failed', { cause })
    })
  return { sizeBytes, read: markedRead }
}
