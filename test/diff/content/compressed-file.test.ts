/** Compressed files: their content at any position, in the standard form, and damage of any kind. */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BLOCK_BYTES, encodeTables, MAX_BLOCK_BYTES } from '../../../src/diff/content/block-table.ts'
import {
  compressFile,
  compressIfLarge,
  FIRST_BLOCK_BYTES,
  uncompressFile,
} from '../../../src/diff/content/compress-file.ts'
import { openContent } from '../../../src/diff/content/content-file.ts'
import { readyDecodeThread, startDecodeThread } from '../../../src/diff/content/decode-thread.ts'
import { compress } from '../../../src/diff/content/zstd.ts'
import { DamagedReportError } from '../../../src/errors.ts'
import { readContent } from './read-content.ts'

let dir: string
let names = 0
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-content-'))
})
afterAll(() => rm(dir, { recursive: true }))

const newPath = () => join(dir, String(names++))

async function compressedFileOf(content: Buffer): Promise<string> {
  const [plain, path] = [newPath(), newPath()]
  await writeFile(plain, content)
  await compressFile(plain, path)
  return path
}

/** Text like that of a report, which differs from line to line. */
function text(bytes: number): Buffer {
  const lines: string[] = []
  for (let length = 0, line = 0; length < bytes; line++) {
    const digest = createHash('sha1').update(String(line)).digest('hex').slice(0, 12)
    lines.push(`+ line ${line} of the report: ${digest}\\n`)
    length += lines.at(-1)?.length ?? 0
  }
  return Buffer.from(lines.join('')).subarray(0, bytes)
}

const SIZES = [
  ...[1, 100],
  ...[BLOCK_BYTES, FIRST_BLOCK_BYTES + BLOCK_BYTES].flatMap((bytes) => [bytes - 1, bytes, bytes + 1]),
  5 * BLOCK_BYTES + 17,
]

describe('a compressed file', () => {
  it.each(SIZES)('has the content that was written, of %i bytes', async (bytes) => {
    const content = text(bytes)
    const path = await compressedFileOf(content)
    expect((await readContent(path)).equals(content)).toBe(true)
    const back = newPath()
    await uncompressFile(path, back)
    expect((await readFile(back)).equals(content)).toBe(true)
  })

  it('has content without repetitions, too', async () => {
    const content = randomBytes(2 * BLOCK_BYTES + 5)
    expect((await readContent(await compressedFileOf(content))).equals(content)).toBe(true)
  })

  it('is a tenth as large as repetitive text', async () => {
    const path = await compressedFileOf(Buffer.alloc(3 * BLOCK_BYTES, 'a line of a report\\n'))
    expect((await stat(path)).size).toBeLessThan((3 * BLOCK_BYTES) / 10)
  })

  it('is unpacked by ordinary tools', async () => {
    const content = text(3 * BLOCK_BYTES + 1)
    const path = await compressedFileOf(content)
    const unpacked = execFileSync('zstd', ['-d', '-c', path], { maxBuffer: 1 << 24 })
    expect(unpacked.equals(content)).toBe(true)
  })

  it('can be read at any position, by several readers at once', async () => {
    const content = text(4 * BLOCK_BYTES + 99)
    const file = await openContent(await compressedFileOf(content))
    const range = fc.tuple(fc.nat(content.length + 10), fc.nat(2 * BLOCK_BYTES))
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 5 }), async (ranges) => {
          await Promise.all(
            ranges.map(async ([position, length]) => {
              const into = Buffer.alloc(length + 3)
              const { bytesRead } = await file.read(into, 3, length, position)
              const expected = content.subarray(position, position + length)
              expect(bytesRead).toBe(expected.length)
              expect(into.subarray(3, 3 + bytesRead).equals(expected)).toBe(true)
            }),
          )
        }),
        { numRuns: 60 },
      )
    } finally {
      await file.close()
    }
  })

  it('can be closed while it is read', async () => {
    const file = await openContent(await compressedFileOf(text(5 * BLOCK_BYTES)))
    const reading = file.read(Buffer.alloc(10), 0, 10, 0)
    await file.close()
    await reading.catch((error: NodeJS.ErrnoException) => expect(error.code).toBe('EBADF'))
    await expect(file.read(Buffer.alloc(10), 0, 10, 4 * BLOCK_BYTES)).rejects.toThrow()
  })

  it('is not written for a small file', async () => {
    const path = newPath()
    await writeFile(path, text(10_000))
    expect(await compressIfLarge(path)).toBe(path)
    await writeFile(path, text(40_000))
    expect(await compressIfLarge(path)).toBe(`${path}.zst`)
  })

  it('stops being written when its signal aborts', async () => {
    const plain = newPath()
    await writeFile(plain, text(2 * BLOCK_BYTES))
    const reason = new Error('enough')
    await expect(compressFile(plain, newPath(), AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})

describe.each(['in the same thread', 'in another thread'])('a file that is decompressed %s', (where) => {
  beforeAll(async () => {
    if (where === 'in the same thread') return
    startDecodeThread()
    await vi.waitUntil(readyDecodeThread)
  })

  it('is read in memory that does not grow with it', async () => {
    const content = text(32 * BLOCK_BYTES)
    const file = await openContent(await compressedFileOf(content))
    const into = Buffer.alloc(BLOCK_BYTES / 4)
    try {
      const before = process.memoryUsage().arrayBuffers
      let most = 0
      for (let at = 0; at < content.length; at += into.length) {
        const { bytesRead } = await file.read(into, 0, into.length, at)
        expect(into.subarray(0, bytesRead).equals(content.subarray(at, at + into.length))).toBe(true)
        most = Math.max(most, process.memoryUsage().arrayBuffers)
      }
      // Blocks that are kept, and compressed ones that wait for the garbage collector.
      expect(most - before).toBeLessThan(20 * BLOCK_BYTES)
    } finally {
      await file.close()
    }
  })

  it('is found damaged if a block has another length than its table says, or is no block', async () => {
    const content = text(4 * BLOCK_BYTES)
    const whole = await readFile(await compressedFileOf(content))
    for (const damage of ['longer', 'shorter', 'none'] as const) {
      const path = newPath()
      await writeFile(path, await withWrongBlock(whole, damage))
      await expect(readContent(path)).rejects.toThrow(DamagedReportError)
    }
    expect((await readContent(await compressedFileOf(content))).equals(content)).toBe(true)
  })
})

/** A compressed file whose checksums are right, but whose third block is not what its table says. */
async function withWrongBlock(whole: Buffer, damage: 'longer' | 'shorter' | 'none'): Promise<Buffer> {
  const path = newPath()
  await writeFile(path, whole)
  const file = await openContent(path)
  const { table } = file.compressed ?? {}
  await file.close()
  if (!table) throw new Error('the file is not compressed')
  const blocks = Array.from({ length: table.count }, (_, index) => table.block(index))
  const frames = blocks.map(({ start, bytes }) => whole.subarray(start, start + bytes))
  const contentBytes = BLOCK_BYTES + { longer: 1, shorter: -1, none: 0 }[damage]
  frames[2] = damage === 'none' ? randomBytes(1000) : await compress(text(contentBytes))
  const entries = blocks.map((block, index) => {
    const frame = frames[index] as Buffer
    return { bytes: frame.length, contentBytes: block.contentBytes, crc32: crc32(frame) }
  })
  return Buffer.concat([...frames, encodeTables(entries)])
}

describe('damage of a compressed file', () => {
  const content = text(3 * BLOCK_BYTES + 1000)
  let whole: Buffer
  beforeAll(async () => {
    whole = await readFile(await compressedFileOf(content))
  })

  /** Reads a file with these bytes. @returns its content, or null if the damage was noticed */
  async function read(bytes: Buffer): Promise<Buffer | null> {
    const path = newPath()
    await writeFile(path, bytes)
    try {
      return await readContent(path)
    } catch (error) {
      if (error instanceof DamagedReportError) return null
      throw error
    } finally {
      await rm(path)
    }
  }

  it('is noticed wherever a bit is flipped behind the magic number', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: whole.length - 1 }), fc.nat(7), async (at, bit) => {
        const bytes = Buffer.from(whole)
        bytes[at] = (bytes[at] as number) ^ (1 << bit)
        const found = await read(bytes)
        // The flags of the seek table have unused bits, and nothing depends on them.
        expect(found === null || found.equals(content)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('is noticed wherever the file is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: whole.length - 1 }), async (length) => {
        expect(await read(whole.subarray(0, length))).toBeNull()
      }),
      { numRuns: 100 },
    )
  })

  it('is noticed if blocks of the same length are swapped', async () => {
    // Random bytes are stored as they are.
    const path = await compressedFileOf(randomBytes(FIRST_BLOCK_BYTES + 2 * BLOCK_BYTES))
    const file = await openContent(path)
    const blocks = [1, 2].map((index) => file.compressed?.table.block(index))
    await file.close()
    const [first, second] = blocks.map((block) => block?.bytes)
    expect(first).toBe(second)
    const bytes = await readFile(path)
    const starts = [0, 1, 2].map((end) => (blocks[0]?.start ?? 0) + end * (first ?? 0))
    const [one, two, rest] = starts.map((start, at) => bytes.subarray(start, starts[at + 1]))
    const swapped = [bytes.subarray(0, starts[0]), two, one, rest] as Buffer[]
    expect(await read(bytes)).not.toBeNull()
    expect(await read(Buffer.concat(swapped))).toBeNull()
  })

  it('is noticed if a table names a block that would take much memory', async () => {
    const frame = await compress(Buffer.alloc(100))
    for (const contentBytes of [MAX_BLOCK_BYTES + 1, 0xffffffff]) {
      const tables = encodeTables([{ bytes: frame.length, contentBytes, crc32: crc32(frame) }])
      expect(await read(Buffer.concat([frame, tables]))).toBeNull()
    }
  })

  it('is noticed if something was appended', async () => {
    expect(await read(Buffer.concat([whole, Buffer.from('more')]))).toBeNull()
    expect(await read(Buffer.concat([whole, whole]))).toBeNull()
  })
})

it('zstd-decoder.generated.ts is what the package has; if not, run `npm run codegen`', async () => {
  const root = join(import.meta.dirname, '../../..')
  const extracted = execFileSync(process.execPath, [join(root, 'scripts/extract-zstd-decoder.mjs')], {
    encoding: 'utf8',
  })
  expect(extracted).toBe(await readFile(join(root, 'src/diff/content/zstd-decoder.generated.ts'), 'utf8'))
})
