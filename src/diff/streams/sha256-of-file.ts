import { createHash } from 'node:crypto'
import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

const PIECE_BYTES = 1 << 20

/** SHA-256 of the first `sizeBytes` of a file, in hexadecimal. @throws errors of the system; `signal.reason` */
export async function sha256OfFile(
  file: FileHandle,
  sizeBytes: number,
  signal?: AbortSignal,
): Promise<string> {
  return sha256OfPart(file, { offset: 0, sizeBytes }, signal)
}

/** SHA-256 of a part of a file, in hexadecimal. @throws errors of the system; `signal.reason` */
export async function sha256OfPart(
  file: FileHandle,
  { offset, sizeBytes }: { readonly offset: number; readonly sizeBytes: number },
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(1, sizeBytes)))
  for (let at = 0; at < sizeBytes; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, sizeBytes - at), offset + at)
    if (bytesRead === 0) break
    hash.update(piece.subarray(0, bytesRead))
    at += bytesRead
  }
  return hash.digest('hex')
}

/** The same, synchronously, for a file that was just written. @throws errors of the system */
export function sha256OfStart(descriptor: number, sizeBytes: number): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(1, sizeBytes)))
  for (let at = 0; at < sizeBytes; ) {
    const bytesRead = readSync(descriptor, piece, 0, Math.min(piece.length, sizeBytes - at), at)
    if (bytesRead === 0) break
    hash.update(piece.subarray(0, bytesRead))
    at += bytesRead
  }
  return hash.digest('hex')
}
