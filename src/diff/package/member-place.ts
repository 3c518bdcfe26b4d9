/** Where the content of a file lies in an unpacked archive. Any thread of the process that opened the archive can read it. */
import { createHash } from 'node:crypto'
import { fillFrom } from './fill-from.ts'

export interface MemberPlace {
  /** Of the archive. */
  readonly fd: number
  readonly offset: number
  readonly sizeBytes: number
  /** What the content must have, in hexadecimal; null where this process has just written the archive. */
  readonly sha256: string | null
}

const MIN_SCRATCH_BYTES = 1 << 16

/** Memory that the next content uses again: getting new memory for each of a thousand files takes longer than reading them. */
export class Scratch {
  #bytes = Buffer.alloc(0)

  take(sizeBytes: number): Buffer {
    if (this.#bytes.length < sizeBytes)
      this.#bytes = Buffer.allocUnsafe(Math.max(sizeBytes, 2 * this.#bytes.length, MIN_SCRATCH_BYTES))
    return this.#bytes.subarray(0, sizeBytes)
  }

  /** Null if the content is not the one that the place must have. Valid until the next call. @throws as `fillFrom` */
  read({ fd, offset, sizeBytes, sha256 }: MemberPlace): Buffer | null {
    const content = fillFrom(fd, this.take(sizeBytes), offset)
    return sha256 === null || sha256Of(content) === sha256 ? content : null
  }
}

export function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
