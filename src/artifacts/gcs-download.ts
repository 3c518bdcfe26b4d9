/** Downloads one object to one file and checks its size and checksum against the listing. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { StoredObject } from './gcs-listing.ts'
import { BrokenTransferError, Crc32c, type Requests } from './gcs-requests.ts'

/**
 * Streams the object into `path`, which is created or overwritten. After an error the file holds what had
 * arrived.
 * @throws BrokenTransferError if the size or the checksum differs; as `Requests.get`; an Error of the system
 *   if the file cannot be written
 */
export async function download(
  requests: Requests,
  bucket: string,
  object: StoredObject,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  // Any failure, a full disk included, must abort the request: its connection would otherwise wait for a
  // reader.
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  try {
    const response = await requests.get(
      `/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object.name)}?alt=media`,
      either,
    )
    if (!response.body) throw new BrokenTransferError(`${object.name} came without a body`)
    await pipeline(response.body, checked(object), createWriteStream(path, { mode: 0o600 }), {
      signal: either,
    })
  } catch (error) {
    failed.abort()
    throw error
  }
}

/**
 * Passes chunks through. Fails as soon as there are too many bytes, and at the end if size or checksum
 * differ.
 */
function checked({ name, sizeBytes, md5, crc32c }: StoredObject): Transform {
  let bytes = 0
  // One checksum is enough: they are there to detect accidents.
  const hash = md5 ? createHash('md5') : null
  const crc = !md5 && crc32c ? new Crc32c() : null
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      if (bytes > sizeBytes) return done(new BrokenTransferError(`${name} is longer than ${sizeBytes} bytes`))
      hash?.update(chunk)
      crc?.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      const digest = hash?.digest('base64') ?? crc?.digest() ?? null
      if (bytes < sizeBytes)
        return done(new BrokenTransferError(`${name} ended after ${bytes} of ${sizeBytes} bytes`))
      if (digest !== null && digest !== (md5 ?? crc32c))
        return done(
          new BrokenTransferError(`${name} has the checksum ${digest}, the listing says ${md5 ?? crc32c}`),
        )
      done()
    },
  })
}
