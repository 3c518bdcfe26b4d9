/** Compares the files of two packages in two threads, where that is worth it, before they are looked at one by one. */
import type { Entry } from '../package/entry-record.ts'
import type { MemberReader } from '../package/member-reader.ts'
import type { SidePair } from './changes.ts'
import type { Outcome, Task } from './compare-tasks.ts'
import { idleCompareThread, runInBothThreads } from './compare-thread.ts'
import { isLarge } from './content/compare-large.ts'
import type { ContentDifference } from './content/content.ts'
import { commonKind } from './file-change.ts'
import { differingFiles, type FilePair, keyOfContents } from './hard-links.ts'
import { type Overview, pairedDifferences } from './overview.ts'
import { contextOf } from './side-context.ts'

export interface Readers {
  readonly old: MemberReader
  readonly new: MemberReader
}

/** Comparing less takes no longer than sharing it. */
const MIN_BYTES = 1 << 20
/** More files are not shared. */
const MAX_FILES = 2_000
/** How long a byte takes beside one that is compared without being unpacked. */
const WEIGHTS = { gzip: 10, md5: 0.2 }

/** What was found, as far as it was. */
export class SharedComparisons {
  /** By both checksums; with the path, on which the difference may depend. */
  readonly #differences = new Map<string, { readonly path: string; readonly difference: ContentDifference }>()
  /** By the position in the archive of the new package. */
  readonly #md5s = new Map<number, string>()

  /** @throws what `giveWay` throws */
  static async run(
    pair: SidePair,
    readers: Readers,
    overview: Overview,
    giveWay: () => Promise<void>,
  ): Promise<SharedComparisons> {
    const found = new SharedComparisons()
    const toCompare = filesToCompare(pair, overview)
    const bytes = toCompare.reduce((sum, { files }) => sum + files.old.sizeBytes + files.new.sizeBytes, 0)
    const thread = bytes >= MIN_BYTES ? idleCompareThread() : null
    if (!thread) return found
    const tasks = tasksOf(toCompare, pair, readers)
    // A long task that is begun last would leave one thread without work.
    tasks.sort((one, other) => other.weight - one.weight)
    const results = await runInBothThreads(
      tasks.map(({ task }) => task),
      thread,
      giveWay,
    )
    for (const { index, outcome } of results) found.#add(tasks[index] as WeighedTask, outcome)
    return found
  }

  /** What differs in two files; null if they have not been compared. @param path in the new package */
  differenceOf(files: FilePair, path: string): ContentDifference | null {
    const found = this.#differences.get(keyOfContents(files))
    return found?.path === path ? found.difference : null
  }

  /** In hexadecimal; null if it has not been computed. */
  md5Of({ offset }: Entry): string | null {
    return this.#md5s.get(offset) ?? null
  }

  #add({ path, files }: WeighedTask, outcome: Outcome): void {
    if (typeof outcome === 'string') this.#md5s.set(files.new.offset, outcome)
    else if (outcome) this.#differences.set(keyOfContents(files), { path, difference: outcome })
  }
}

interface WeighedTask {
  readonly task: Task
  readonly weight: number
  readonly files: FilePair
  /** In the new package. */
  readonly path: string
}

function tasksOf(all: readonly PairToCompare[], pair: SidePair, readers: Readers): WeighedTask[] {
  const tasks: WeighedTask[] = []
  const hasMd5sums = pair.new.contents.controlFiles.has('md5sums')
  for (const { files, path } of all) {
    const { old, new: newer } = files
    const place = readers.new.placeOf(newer)
    const { sizeBytes } = newer
    const file = contextOf(pair, path, commonKind(old, newer))
    const weight = (old.sizeBytes + sizeBytes) * (file.kind === 'gzip' ? WEIGHTS.gzip : 1)
    tasks.push({ task: { old: readers.old.placeOf(old), new: place, file }, weight, files, path })
    if (hasMd5sums) tasks.push({ task: { md5Of: place }, weight: sizeBytes * WEIGHTS.md5, files, path })
  }
  return tasks
}

interface PairToCompare {
  readonly files: FilePair
  /** In the new package. */
  readonly path: string
}

/** Of files with the same contents on each side, the first ones. */
function filesToCompare(pair: SidePair, overview: Overview): PairToCompare[] {
  const found = new Map<string, PairToCompare>()
  for (const { old, new: entry } of pairedDifferences(pair, overview)) {
    const files = old && entry && differingFiles(old, entry, overview.links)
    if (!files) continue
    const key = keyOfContents(files)
    if (found.has(key) || isLargeForTwo(files)) continue
    found.set(key, { files, path: entry.path })
    if (found.size === MAX_FILES) break
  }
  return [...found.values()]
}

/** Each thread reads files of at most half the size of those that one reads alone, so both need as much memory as that one. */
function isLargeForTwo({ old, new: newer }: FilePair): boolean {
  return isLarge(commonKind(old, newer), 2 * Math.max(old.sizeBytes, newer.sizeBytes))
}
