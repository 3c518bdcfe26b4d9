/**
 * Keeps diffoscope's reports of single pairs of packages, by the contents of the packages: another report with
 * the same pair needs no tool for it, and one that could not be finished continues where it ended.
 */
import { randomUUID } from 'node:crypto'
import { copyFile, link, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import PQueue from 'p-queue'
import { DamagedReportError } from '../../errors.ts'
import type { LocalPackage } from '../../model.ts'
import type { DiffCache, WriteTarget } from '../cache/diff-cache.ts'
import { isMissingFile } from '../cache/disk-errors.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import { uncompressFile } from '../content/compress-file.ts'
import { sha256OfFile } from '../streams/sha256-of-file.ts'
import type { Provenance } from '../tools/provenance.ts'
import type { DiffObserver } from './observer.ts'

/** What a part is found by. */
export interface PartKey {
  readonly old: string
  readonly new: string
  /** Whether both packages have the same contents. */
  readonly areEqual: boolean
  /** Whether the packages are still those that were hashed. */
  readonly isCurrent: () => Promise<boolean>
}

export interface KeptPartsOptions {
  readonly cache: Pick<DiffCache, 'find' | 'setAside'>
  readonly target: Pick<WriteTarget, 'publish'>
  readonly observer: Pick<DiffObserver, 'partEnded'>
  /** Arguments of the tool that an operator has configured. */
  readonly toolArguments: readonly string[]
  /** What parts are made with; undefined if that is not recorded. */
  readonly provenance: () => Promise<Provenance | undefined>
  /** Whether the tools of today may make the part more complete. */
  readonly isOutdated: (entry: CacheEntry) => Promise<boolean>
}

export class KeptParts {
  readonly #options: KeptPartsOptions
  /** Files are hashed one after the other: each takes a megabyte of memory, and reads as fast as the disk. */
  readonly #hashing = new PQueue({ concurrency: 1 })

  constructor(options: KeptPartsOptions) {
    this.#options = options
  }

  /** Reads both packages. @throws errors of the system; `signal.reason` */
  async keyOf(old: LocalPackage, newer: LocalPackage, signal: AbortSignal): Promise<PartKey> {
    const [before, after] = [await this.#hash(old.path, signal), await this.#hash(newer.path, signal)]
    const madeBy = await this.#options.provenance()
    const tool = [madeBy?.tool ?? null, madeBy?.options ?? null, this.#options.toolArguments]
    return {
      // The names are in the report.
      old: JSON.stringify([before.sha256, old.filename]),
      new: JSON.stringify([after.sha256, newer.filename, ...tool]),
      areEqual: before.sha256 === after.sha256,
      isCurrent: async () => (await before.isCurrent()) && (await after.isCurrent()),
    }
  }

  /**
   * Puts the part of a pair into a new file, where it is safe from eviction. A damaged one is set aside.
   * @returns null if it is not kept
   */
  async take(key: PartKey, path: string, signal: AbortSignal): Promise<{ lacksTools: boolean } | null> {
    const { cache, observer, isOutdated } = this.#options
    const entry = await cache.find('part', key.old, key.new)
    if (!entry || (await isOutdated(entry))) return null
    try {
      await uncompressFile(entry.path, path, signal)
      const { sha256, lacksTools = false } = entry.origin
      if (sha256 !== undefined && (await this.#hash(path, signal)).sha256 === sha256) {
        observer.partEnded('kept')
        return { lacksTools }
      }
    } catch (error) {
      // It was evicted at this moment.
      if (isMissingFile(error)) return null
      if (!(error instanceof DamagedReportError)) throw error
    }
    observer.partEnded('damaged')
    await cache.setAside(entry)
    await rm(path, { force: true })
    return null
  }

  /** Keeps a part that was just made; its file stays where it is. */
  async keep(
    key: PartKey,
    path: string,
    { sha256, lacksTools }: { readonly sha256: string; readonly lacksTools: boolean },
  ): Promise<void> {
    const { target, observer, provenance } = this.#options
    observer.partEnded('made')
    if (!(await key.isCurrent())) return
    const copy = join(dirname(path), randomUUID())
    await linkOrCopy(path, copy)
    const madeBy = await provenance()
    const origin = { sha256, lacksTools, ...(madeBy && { madeBy }) }
    // The report does not need it, and says itself if the disk cannot be written.
    await target.publish('part', key.old, key.new, copy, origin).catch(() => {})
  }

  #hash(path: string, signal: AbortSignal): Promise<HashedFile> {
    return this.#hashing.add(() => hashed(path, signal))
  }

  /** A pair could not be compared. */
  failed(): void {
    this.#options.observer.partEnded('failed')
  }
}

/** A second name takes no space, but not every file system has them. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (isMissingFile(error)) throw error
    await copyFile(from, to)
  }
}

interface HashedFile {
  readonly sha256: string
  /** Whether the file is still the one that was hashed. */
  readonly isCurrent: () => Promise<boolean>
}

async function hashed(path: string, signal: AbortSignal): Promise<HashedFile> {
  const file = await open(path, 'r')
  try {
    const marks = async () => {
      const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
      return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
    }
    const before = await marks()
    const sha256 = await sha256OfFile(file, (await file.stat()).size, signal)
    return { sha256, isCurrent: async () => (await marks()) === before }
  } finally {
    await file.close()
  }
}
