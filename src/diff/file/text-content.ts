/** The content of a member as text: decoded to UTF-8, and unpacked if it is compressed. */
import { isUtf8, transcode } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Limits } from '../../model.ts'
import { type FileKind, fileKind, KIND_BYTES } from '../package/file-kind.ts'
import { runTool } from '../tools/process.ts'
import type { Sandbox } from '../tools/sandbox.ts'

/** Larger files are compared like binary ones. */
export const MAX_TEXT_BYTES = 64 << 20
/** A compressed text of a few megabytes is unpacked in a fraction of a second. */
const UNPACK_TIMEOUT_MS = 10_000

export interface Text {
  /** UTF-8 without a byte order mark. */
  readonly bytes: Buffer
  readonly encoding: string
  /** Name of the text inside a compressed file; null for a file that is text itself. */
  readonly innerName: string | null
}

export interface UnpackOptions {
  /** Absolute, private, and created when it is used. */
  readonly workDir: string
  readonly sandbox: Sandbox
  readonly limits: Limits
  readonly signal: AbortSignal
}

/** Programs that unpack to standard output, and the endings of their files. Node.js itself unpacks gzip. */
const UNPACKERS: Readonly<Partial<Record<FileKind, readonly [program: string | null, ending: RegExp]>>> = {
  gzip: [null, /\.t?gz$/],
  xz: ['xz', /\.xz$/],
  zstd: ['zstd', /\.zst$/],
  bzip2: ['bzip2', /\.bz2$/],
}

/**
 * Whether a file of this kind may be text. A file of the kind `data` may be UTF-16 without a mark, which only its
 * content shows.
 */
export function mayBeText(kind: FileKind): boolean {
  return kind === 'text' || kind === 'script' || kind === 'empty' || kind === 'data' || kind in UNPACKERS
}

/**
 * Null if the content is not text, or more than `MAX_TEXT_BYTES`.
 * @param name of the file
 * @throws errors of the system; `options.signal.reason`
 */
export async function readText(
  content: Buffer,
  kind: FileKind,
  name: string,
  options: UnpackOptions,
): Promise<Text | null> {
  if (content.length > MAX_TEXT_BYTES) return null
  const unpacker = UNPACKERS[kind]
  if (!unpacker) {
    const decoded = mayBeText(kind) ? decode(content) : null
    return decoded && { ...decoded, innerName: null }
  }
  const [program, ending] = unpacker
  const unpacked = program === null ? gunzip(content) : await unpack(program, content, options)
  if (!unpacked || !mayBeText(fileKind(unpacked.subarray(0, KIND_BYTES), ''))) return null
  const decoded = decode(unpacked)
  const [base = name] = name.split('/').slice(-1)
  return decoded && { ...decoded, innerName: base.replace(ending, '') || base }
}

/** Null for bytes that are not text. ASCII counts as UTF-8; what is no Unicode is read as ISO 8859-1. */
function decode(bytes: Buffer): Omit<Text, 'innerName'> | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return fromUtf16(bytes.subarray(2), 'utf-16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return fromUtf16(bytes.subarray(2), 'utf-16be')
  if (bytes.includes(0)) {
    const guessed = guessUtf16(bytes)
    return guessed && fromUtf16(bytes, guessed)
  }
  if (!isUtf8(bytes)) return { bytes: transcode(bytes, 'latin1', 'utf8'), encoding: 'iso-8859-1' }
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return hasMark
    ? { bytes: bytes.subarray(3), encoding: 'utf-8 with a byte order mark' }
    : { bytes, encoding: 'utf-8' }
}

function fromUtf16(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): Omit<Text, 'innerName'> {
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1))
  return { bytes: transcode(encoding === 'utf-16be' ? even.swap16() : even, 'utf16le', 'utf8'), encoding }
}

/** Without a mark, text of mostly Latin letters has a zero in nearly every second byte, and no others. */
function guessUtf16(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (bytes.length < 4 || bytes.length % 2 !== 0) return null
  const beginning = bytes.subarray(0, 4096)
  const zeros = [0, 0]
  for (const [at, byte] of beginning.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  const most = (beginning.length / 2) * 0.8
  if (odd >= most && even === 0) return 'utf-16le'
  return even >= most && odd === 0 ? 'utf-16be' : null
}

function gunzip(content: Buffer): Buffer | null {
  try {
    return gunzipSync(content, { maxOutputLength: MAX_TEXT_BYTES })
  } catch {
    // Damaged or too large: compared like a binary file.
    return null
  }
}

async function unpack(program: string, content: Buffer, options: UnpackOptions): Promise<Buffer | null> {
  const { workDir, sandbox, signal, limits } = options
  await mkdir(workDir, { recursive: true, mode: 0o700 })
  const path = join(workDir, randomUUID())
  const outputPath = `${path}.out`
  await writeFile(path, content)
  const result = await runTool([program, '-dc', path], {
    workDir,
    sandbox,
    signal,
    outputPath,
    inputDirs: [workDir],
    limits: { ...limits, timeoutMs: UNPACK_TIMEOUT_MS, outputBytes: MAX_TEXT_BYTES },
  })
  signal.throwIfAborted()
  // The program is missing, or the file is damaged or too large: compared like a binary file.
  const isComplete = result.exitCode === 0 && !result.stopped && !result.failure
  const unpacked = isComplete ? await readFile(outputPath) : null
  await Promise.all([unlink(path), unlink(outputPath)])
  return unpacked
}
