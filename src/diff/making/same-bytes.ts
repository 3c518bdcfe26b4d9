import { type FileHandle, open } from 'node:fs/promises'

const STEP_BYTES = 1 << 20

/**
 * Whether two files have the same contents. Reads both in steps and stops at the first difference.
 * @throws system errors; `signal.reason`
 */
export async function sameBytes(pathA: string, pathB: string, signal?: AbortSignal): Promise<boolean> {
  const a = await open(pathA, 'r')
  try {
    const b = await open(pathB, 'r')
    try {
      const [sizeA, sizeB] = [(await a.stat()).size, (await b.stat()).size]
      if (sizeA !== sizeB) return false
      const [left, right] = [Buffer.allocUnsafe(STEP_BYTES), Buffer.allocUnsafe(STEP_BYTES)]
      for (let position = 0; position < sizeA; position += STEP_BYTES) {
        signal?.throwIfAborted()
        const step = Math.min(STEP_BYTES, sizeA - position)
        const bytesRead = await Promise.all([
          readFully(a, left, step, position),
          readFully(b, right, step, position),
        ])
        if (bytesRead.some((bytes) => bytes !== step)) return false
        if (left.compare(right, 0, step, 0, step) !== 0) return false
      }
      return true
    } finally {
      await b.close()
    }
  } finally {
    await a.close()
  }
}

async function readFully(file: FileHandle, into: Buffer, length: number, position: number): Promise<number> {
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(into, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}
