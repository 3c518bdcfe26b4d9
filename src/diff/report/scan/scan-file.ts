/**
 * Scans a report file. Reads one chunk ahead, and scans in small steps so that it never blocks the event loop
 * for long.
 */
import { createHash } from 'node:crypto'
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { DamagedReportError } from '../../../errors.ts'
import type { ByteReader } from '../../content/byte-reader.ts'
import { type ContentFile, openContent } from '../../content/content-file.ts'
import { JsonTextError } from './json-text.ts'
import { ReportScanner, type ReportVisitor } from './report-scanner.ts'
import { hasUnusual, INPUT_BYTES, INPUT_OFFSET, memory, SLACK_BYTES } from './simd-scan.ts'

const CHUNK_BYTES = 512 * 1024
/** Bytes to scan before the time is checked. */
const STEP_BYTES = 16 * 1024
/** Time to scan before the event loop gets a turn. */
const STEP_MS = 5
/** Space before each chunk for the rest of the previous one that the scanner has not used. */
const HEADROOM_BYTES = 4096

export interface ScannedFile {
  /** Of the content. */
  readonly sizeBytes: number
  readonly mtimeNs: bigint
  /** SHA-256 of the content, in hexadecimal. */
  readonly digest: string
}

export interface ScanOptions {
  readonly signal?: AbortSignal | undefined
  /** Awaited after each chunk; if it returns true, the scan ends. */
  readonly afterChunk?: () => Promise<boolean> | boolean
}

/**
 * Scans the whole report.
 * @throws DamagedReportError with the defect and its byte offset, also if the file changes meanwhile; the
 *   signal's reason; file system errors
 */
export async function scanFile(
  path: string,
  visitor: ReportVisitor,
  options: ScanOptions = {},
): Promise<ScannedFile> {
  const file = await openContent(path)
  try {
    return await scanContent(file, visitor, options)
  } finally {
    await file.close()
  }
}

/** The same for a report that is open. */
export async function scanContent(
  file: ContentFile,
  visitor: ReportVisitor,
  options: ScanOptions = {},
): Promise<ScannedFile> {
  const { path, sizeBytes, mtimeNs } = file
  if (sizeBytes === 0) throw new DamagedReportError(path, 'it is empty')
  const digest = await feed(path, file, sizeBytes, visitor, options)
  if (!(await file.isUnchanged())) throw new DamagedReportError(path, 'it was modified while it was read')
  return { sizeBytes, mtimeNs, digest }
}

async function feed(
  path: string,
  file: ByteReader,
  size: number,
  visitor: ReportVisitor,
  options: ScanOptions,
): Promise<string> {
  const scanner = new ReportScanner(visitor)
  const hash = createHash('sha256')
  const newBuffer = () => Buffer.allocUnsafeSlow(HEADROOM_BYTES + Math.min(CHUNK_BYTES, size))
  const read = (offset: number, buffer: Buffer) =>
    offset < size ? readFully(file, buffer, Math.min(CHUNK_BYTES, size - offset), offset) : undefined
  let rest = Buffer.alloc(0)
  let restIsSuspicious = false
  let [current, next] = [newBuffer(), newBuffer()]
  let pending = read(0, current)
  try {
    for (let offset = 0; offset < size; ) {
      const length = (await pending) as number
      if (length === 0) throw new DamagedReportError(path, `it ends too early (byte ${offset})`)
      options.signal?.throwIfAborted()
      const start = HEADROOM_BYTES - rest.length
      rest.copy(current, start)
      pending = read(offset + length, next)
      // Avoids an unhandled rejection if the scan fails before it awaits this read.
      pending?.catch(() => {})

      hash.update(current.subarray(HEADROOM_BYTES, HEADROOM_BYTES + length))
      scanner.isSuspicious = restIsSuspicious || hasUnusualBytes(current, HEADROOM_BYTES, length)
      const bytes = current.subarray(start, HEADROOM_BYTES + length)
      const used = await pushInSteps(scanner, bytes, offset - rest.length, offset + length >= size)
      rest = Buffer.from(bytes.subarray(used))
      restIsSuspicious = rest.length > 0 && scanner.isSuspicious
      offset += length
      ;[current, next] = [next, current]
      if ((await options.afterChunk?.()) === true) break
    }
  } catch (error) {
    if (error instanceof JsonTextError) throw new DamagedReportError(path, error.message)
    throw error
  } finally {
    // The read must end before the caller closes the file; its result does not matter any more.
    await pending?.catch(() => {})
  }
  return hash.digest('hex')
}

/**
 * Most chunks take a millisecond or two. A hostile one, all hunk headers, takes so long that the event loop
 * needs turns in between.
 */
async function pushInSteps(
  scanner: ReportScanner,
  bytes: Buffer,
  base: number,
  last: boolean,
): Promise<number> {
  let used = 0
  let startedMs = performance.now()
  for (let end = 0; end < bytes.length; ) {
    end = Math.min(bytes.length, end + STEP_BYTES)
    used += scanner.push(bytes.subarray(used, end), base + used, last && end === bytes.length)
    if (performance.now() - startedMs < STEP_MS) continue
    await yieldToEventLoop()
    startedMs = performance.now()
  }
  return used
}

async function readFully(
  file: ByteReader,
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
 * Whether there is any byte below 0x20 or above 0x7f. The tool writes none except a line feed at the end, so
 * strings need to be checked closely only in damaged files and in those of other programs.
 */
function hasUnusualBytes(buffer: Buffer, from: number, length: number): boolean {
  const end = from + length
  for (let at = from; at < end; at += INPUT_BYTES) {
    const copied = buffer.copy(memory, INPUT_OFFSET, at, Math.min(end, at + INPUT_BYTES))
    memory.fill(0x20, INPUT_OFFSET + copied, INPUT_OFFSET + copied + SLACK_BYTES)
    if (hasUnusual(INPUT_OFFSET, INPUT_OFFSET + copied) !== 0) return true
  }
  return false
}
