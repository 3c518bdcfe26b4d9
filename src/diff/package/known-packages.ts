import type { BigIntStats } from 'node:fs'
import { LRUCache } from 'lru-cache'
import type { ContentsHeader } from './contents-file.ts'
import type { PagedFile } from './paged-file.ts'

/** The file of a package's contents, which is open, and its header. */
export interface KeptContents {
  readonly header: ContentsHeader
  readonly file: PagedFile
}

export interface KnownPackage {
  /** Of the package, in hexadecimal. */
  readonly sha256: string
  /** If they are in memory as a whole. */
  readonly contents: KeptContents | null
  /** When the use of the contents was last recorded. */
  touchedMs: number
}

const MAX_BYTES = 32 << 20
/** For a package of which only the checksum is remembered. */
const MIN_BYTES = 1_000
/** The times of a file are those of the last tick of the system's clock: a later change may have the same. */
const SETTLED_MS = 1_000

/** What a process remembers of the packages that it has opened, until their files change: opening them again takes no reading. */
export class KnownPackages {
  readonly #known = new LRUCache<string, KnownPackage>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ contents }) => MIN_BYTES + (contents?.file.sizeBytes ?? 0),
  })

  /** @param stats of the file at `path` */
  find(path: string, stats: BigIntStats): KnownPackage | undefined {
    return this.#known.get(identityOf(path, stats))
  }

  /** @param stats of the file before it was read, when it `isSettled` */
  remember(path: string, stats: BigIntStats, sha256: string, contents: KnownPackage['contents']): void {
    this.#known.set(identityOf(path, stats), { sha256, contents, touchedMs: Date.now() })
  }
}

/** Whether a change after these stats, which have just been read, will have other times. */
export function isSettled({ ctimeMs }: BigIntStats): boolean {
  return Date.now() - Number(ctimeMs) > SETTLED_MS
}

function identityOf(path: string, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs, path].join(' ')
}
