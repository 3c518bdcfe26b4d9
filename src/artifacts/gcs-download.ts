/** One object to one file, held to what the listing said of it. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BrokenTransferError, type Requests } from './gcs-requests.ts'

/** An object as a listing has it. */
export interface StoredObject {
  readonly name: string
  readonly sizeBytes: number
  /** Base64; an object that was put together from parts has none. */
  readonly md5: string | null
  /** Base64; every object of the real store has one. */
  readonly crc32c: string | null
}

/**
 * Streams the object into `path`, made or overwritten. After an error the file holds what came.
 * @throws BrokenTransferError for another size or checksum; as `Requests.get`; an Error of the system for a file that cannot be written
 */
export async function download(
  requests: Requests,
  bucket: string,
  object: StoredObject,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  // Whatever ends the transfer (a full disk too) ends the request: its connection is not left to wait for a reader.
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  try {
    const answer = await requests.get(
      `/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object.name)}?alt=media`,
      either,
    )
    if (!answer.body) throw new BrokenTransferError(`${object.name} came without a body`)
    await pipeline(answer.body, held(requests, object), createWriteStream(path, { mode: 0o600 }), {
      signal: either,
    })
  } catch (error) {
    ended.abort()
    throw error
  }
}

/** Passes chunks on and throws, at the end or as soon as too much comes, where they are not the object. */
function held(requests: Requests, { name, sizeBytes, md5, crc32c }: StoredObject): Transform {
  let bytes = 0
  // MD5 is native and takes a quarter of the time; both are against accidents only.
  const digest = md5 ? createHash('md5') : null
  const crc = !md5 && crc32c ? requests.newCrc32c() : null
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      if (bytes > sizeBytes) return done(new BrokenTransferError(`${name} is longer than ${sizeBytes} bytes`))
      digest?.update(chunk)
      crc?.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      const sum = digest?.digest('base64') ?? crc?.toString() ?? null
      if (bytes < sizeBytes)
        return done(new BrokenTransferError(`${name} ended after ${bytes} of ${sizeBytes} bytes`))
      if (sum !== null && sum !== (md5 ?? crc32c))
        return done(new BrokenTransferError(`${name} has another checksum than it should`))
      done()
    },
  })
}
