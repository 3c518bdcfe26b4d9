/** Reads the answers to requests for a range of bytes, and believes nothing that they say of themselves. */
import type { ByteRange } from './bucket.ts'

/**
 * The size of the whole object.
 * @param contentRange header of the answer
 * @throws TypeError if the answer has another range
 */
export function sizeOfRange(contentRange: string | null | undefined, { start, length }: ByteRange): number {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '') ?? []
  const end = Math.min(start + length, Number(size))
  if (Number(first) !== start || Number(last) !== end - 1)
    throw new TypeError(
      `it answered with the range "${contentRange ?? 'of the whole'}" instead of ${start}-${start + length - 1}`,
    )
  return Number(size)
}

/** A whole body. @throws TypeError if it has another length; what `body` throws */
export async function bodyOf(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  length: number,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let done = 0
  for await (const chunk of body) {
    if (done + chunk.length > length) throw new TypeError(`it sent more than ${length} bytes`)
    bytes.set(chunk, done)
    done += chunk.length
  }
  if (done < length) throw new TypeError(`it sent ${done} of ${length} bytes`)
  return bytes
}
