/**
 * Keeps the files in which two packages differ, by the SHA-256 of both: a pair of packages may be part of many pairs of runs, and comparing their files
 * takes longer than everything that follows. Only the rules that belong to no single pair depend on more than the two packages.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { pathOfComparison } from '../cache/layout.ts'
import { nullIfMissing } from '../cache/null-if-missing.ts'
import type { FileChange } from './changes.ts'
import type { Md5sumsComparison } from './md5sums.ts'
import type { Match } from './rules/rule.ts'

/** Everything about two packages for which their contents have to be read. */
export interface Comparison {
  /** All that differ. */
  readonly files: readonly FileChange[]
  /** All directories above files that came or went. */
  readonly parents: ReadonlySet<string>
  /** What the shell says of maintainer scripts. */
  readonly scripts: readonly Match[]
  readonly md5sums: Md5sumsComparison
}

/** A larger one is made again each time. */
const MAX_JSON_BYTES = 16 << 20
/** A use is recorded at most so often. */
const TOUCH_MS = 30_000
const [zip, unzip] = [promisify(gzip), promisify(gunzip)]

export class KeptComparisons {
  readonly #root: string
  readonly #incomingDir: string
  #writtenBytes = 0
  /** Ends when everything is kept. */
  #keeping = Promise.resolve()

  /**
   * @param root of the cache
   * @param incomingDir private, on the file system of the cache
   */
  constructor(root: string, incomingDir: string) {
    this.#root = root
    this.#incomingDir = incomingDir
  }

  /** Waits until everything is kept. @returns how many bytes were added to the cache */
  async finish(): Promise<number> {
    await this.#keeping
    return this.#writtenBytes
  }

  /** Null if it is not kept, or damaged. @throws errors of the system if the cache cannot be read */
  async find(oldSha256: string, newSha256: string): Promise<Comparison | null> {
    const path = pathOfComparison(this.#root, oldSha256, newSha256)
    const packed = await nullIfMissing(readFile(path))
    if (!packed) return null
    try {
      // gzip's own checksum tells damage.
      const comparison = parse((await unzip(packed, { maxOutputLength: MAX_JSON_BYTES })).toString())
      await touch(path)
      return comparison
    } catch {
      // Damaged: it is made again and replaced, also if it cannot be removed.
      await unlink(path).catch(() => {})
      return null
    }
  }

  /** Begins to keep a comparison, once the one before is kept: packing it takes as long as a small summary. */
  async keep(oldSha256: string, newSha256: string, comparison: Comparison): Promise<void> {
    await this.#keeping
    if (comparison.files.reduce((sum, file) => sum + charactersOf(file), 0) > MAX_JSON_BYTES) return
    const json = Buffer.from(JSON.stringify(withLists(comparison)))
    if (json.length > MAX_JSON_BYTES) return
    this.#keeping = this.#write(pathOfComparison(this.#root, oldSha256, newSha256), json)
  }

  async #write(path: string, json: Buffer): Promise<void> {
    const incoming = join(this.#incomingDir, randomUUID())
    try {
      const packed = await zip(json, { level: 1 })
      await writeFile(incoming, packed)
      await mkdir(dirname(path), { recursive: true })
      await rename(incoming, path)
      this.#writtenBytes += packed.length
    } catch {
      // The cache cannot be written: the comparison is made again next time.
      await unlink(incoming).catch(() => {})
    }
  }
}

/** About as many as it has in JSON. */
function charactersOf({ text, content }: FileChange): number {
  const changes = content?.changes ?? []
  return changes.reduce((sum, { old, new: newer }) => sum + old.length + newer.length, text.length)
}

async function touch(path: string): Promise<void> {
  const now = Date.now()
  const { mtimeMs } = await stat(path)
  // A cache that cannot be written may be read all the same.
  if (Math.abs(now - mtimeMs) > TOUCH_MS) await utimes(path, now / 1000, now / 1000).catch(() => {})
}

/** JSON has no sets. */
function withLists({ files, parents, scripts, md5sums }: Comparison) {
  return {
    files: files.map((file) => ({
      ...file,
      noise: [...file.noise],
      content: file.content && { ...file.content, noise: [...file.content.noise] },
    })),
    parents: [...parents],
    scripts,
    md5sums,
  }
}

function parse(text: string): Comparison {
  const { files, parents, scripts, md5sums } = JSON.parse(text) as ReturnType<typeof withLists>
  return {
    files: files.map((file) => ({
      ...file,
      noise: new Set(file.noise),
      content: file.content && { ...file.content, noise: new Set(file.content.noise) },
    })),
    parents: new Set(parents),
    scripts,
    md5sums,
  }
}
