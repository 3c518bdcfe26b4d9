/** Feeds a file to a report scanner in small steps, reading ahead, so that it is as fast as the disk and holds nothing up. */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { DamagedReportError } from '../../../errors.ts'
import { JsonTextError } from './json-text.ts'
import { ReportScanner, type ReportVisitor } from './report-scanner.ts'
import { hasUnusual, INPUT_BYTES, INPUT_OFFSET, memory, SLACK_BYTES } from './simd-scan.ts'

const CHUNK_BYTES = 512 * 1024
/** How much is scanned before the clock is looked at, and how long before others have their turn. */
const STEP_BYTES = 16 * 1024
const STEP_MS = 5
/** Room in front of each chunk for what the scanner left of the one before. */
const HEADROOM_BYTES = 4096

export interface ScannedFile {
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  /** SHA-256 of the content, in hexadecimal. */
  readonly digest: string
}

/**
 * Scans the whole report; `afterChunk` is awaited between steps (each takes a few milliseconds), and ends the scan by returning true.
 * @throws DamagedReportError naming what is wrong and where, also where the file changed meanwhile; the signal's reason; file system errors.
 */
export async function scanFile(
  path: string,
  visitor: ReportVisitor,
  options: { signal?: AbortSignal | undefined; afterChunk?: () => Promise<boolean | void> | boolean } = {},
): Promise<ScannedFile> {
  const file = await open(path)
  try {
    const before = await file.stat({ bigint: true })
    const sizeBytes = Number(before.size)
    if (sizeBytes === 0) throw new DamagedReportError(path, 'it is empty')
    const digest = await feed(path, file, sizeBytes, visitor, options)
    const after = await file.stat({ bigint: true })
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs)
      throw new DamagedReportError(path, 'it changed while it was read')
    return { sizeBytes, mtimeNs: before.mtimeNs, digest }
  } finally {
    await file.close()
  }
}

async function feed(
  path: string,
  file: FileHandle,
  size: number,
  visitor: ReportVisitor,
  options: Parameters<typeof scanFile>[2] & {},
): Promise<string> {
  const scanner = new ReportScanner(visitor)
  const hash = createHash('sha256')
  const buffers = [0, 1].map(() => Buffer.allocUnsafeSlow(HEADROOM_BYTES + CHUNK_BYTES)) as [Buffer, Buffer]
  const read = (offset: number, buffer: Buffer) =>
    offset < size ? readFully(file, buffer, Math.min(CHUNK_BYTES, size - offset), offset) : undefined
  let left = Buffer.alloc(0)
  let suspiciousLeft = false
  let [current, next] = buffers
  let pending = read(0, current)
  try {
    for (let offset = 0; offset < size; ) {
      const length = (await pending) as number
      if (length === 0) throw new DamagedReportError(path, `it ends too early (byte ${offset})`)
      options.signal?.throwIfAborted()
      // What is left lies in the other buffer, which the next read fills.
      left.copy(current, HEADROOM_BYTES - left.length)
      const start = HEADROOM_BYTES - left.length
      pending = read(offset + length, next)
      pending?.catch(() => {})

      hash.update(current.subarray(HEADROOM_BYTES, HEADROOM_BYTES + length))
      const suspicious = isSuspicious(current, HEADROOM_BYTES, length)
      scanner.suspicious = suspicious || suspiciousLeft
      const bytes = current.subarray(start, HEADROOM_BYTES + length)
      const used = await pushInSteps(scanner, bytes, offset - left.length, offset + length >= size)
      left = Buffer.from(bytes.subarray(used))
      suspiciousLeft = left.length > 0 && scanner.suspicious
      offset += length
      ;[current, next] = [next, current]
      if ((await options.afterChunk?.()) === true) break
    }
  } catch (error) {
    if (error instanceof JsonTextError) throw new DamagedReportError(path, error.message)
    throw error
  } finally {
    await pending?.catch(() => {})
  }
  return hash.digest('hex')
}

/** Usually a chunk takes a millisecond or two; a hostile one (all hunk headers) takes so long that others must have their turn in between. */
async function pushInSteps(
  scanner: ReportScanner,
  bytes: Buffer,
  base: number,
  last: boolean,
): Promise<number> {
  let used = 0
  let started = performance.now()
  for (let end = 0; end < bytes.length; ) {
    end = Math.min(bytes.length, end + STEP_BYTES)
    used += scanner.push(bytes.subarray(used, end), base + used, last && end === bytes.length)
    if (performance.now() - started < STEP_MS) continue
    await setImmediate()
    started = performance.now()
  }
  return used
}

async function readFully(
  file: FileHandle,
  buffer: Buffer,
  length: number,
  position: number,
): Promise<number> {
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(buffer, HEADROOM_BYTES + done, length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}

/**
 * Whether there is any byte below 0x20 or above 0x7f. The tool writes neither, but for a line feed at the end; so the closer look at strings is
 * kept for files that others wrote, and for damage.
 */
function isSuspicious(buffer: Buffer, from: number, length: number): boolean {
  const end = from + length
  for (let at = from; at < end; at += INPUT_BYTES) {
    const copied = buffer.copy(memory, INPUT_OFFSET, at, Math.min(end, at + INPUT_BYTES))
    memory.fill(0x20, INPUT_OFFSET + copied, INPUT_OFFSET + copied + SLACK_BYTES)
    if (hasUnusual(INPUT_OFFSET, INPUT_OFFSET + copied) !== 0) return true
  }
  return false
}
