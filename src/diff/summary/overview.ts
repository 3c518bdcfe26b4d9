/** What must be known of all differences of two packages before one of them can be judged: moves, the umask, debug symbols. */
import type { Entry } from '../package/entry-record.ts'
import { type EntryPair, EntryTable } from '../package/entry-table.ts'
import type { MemberReader } from '../package/member-reader.ts'
import type { SidePair } from './changes.ts'
import { debugFiles, movedFiles, versionedFiles } from './counterparts.ts'
import { HardLinks, type LinksOfPair } from './hard-links.ts'
import { sideContext } from './side-context.ts'

export interface Overview {
  /** From the path of an added file to the removed one that it was before. */
  readonly counterparts: ReadonlyMap<string, Entry>
  /** Paths of these removed files. */
  readonly movedFrom: ReadonlySet<string>
  /** Directories of build ids that came or went with files that have a counterpart. */
  readonly buildIdDirectories: ReadonlySet<string>
  /** All directories above files that came or went. */
  readonly parents: ReadonlySet<string>
  readonly links: LinksOfPair
  /** Whether the modes of a pair differ as the umask of the build does. */
  isUmask(pair: EntryPair): boolean
}

/** Of more members that came or went, none is called moved. */
const MAX_CANDIDATES = 20_000
/** Directories above more files than these get findings of their own. */
const MAX_PARENTS = 100_000
const GROUP_WRITE = 0o020
/** What a umask leaves of 0666 and 0777. Any other mode was set by hand. */
const ORDINARY_MODES: ReadonlySet<number> = new Set([0o644, 0o755])

export async function readOverview(
  pair: SidePair,
  oldReader: MemberReader,
  newReader: MemberReader,
): Promise<Overview> {
  const removed: Entry[] = []
  const added: Entry[] = []
  const umask = new Umask()
  for (const difference of differencesOf(pair)) {
    umask.add(difference)
    const { old, new: entry } = difference
    if (!entry && removed.length <= MAX_CANDIDATES) removed.push(old)
    if (!old && added.length <= MAX_CANDIDATES) added.push(entry)
  }
  const isBounded = Math.max(removed.length, added.length) <= MAX_CANDIDATES
  const unpaired = { removed, added }
  const counterparts = isBounded
    ? new Map([
        ...versionedFiles(unpaired, sideContext(pair.old), sideContext(pair.new)),
        ...movedFiles(unpaired),
        ...(await debugFiles(unpaired, oldReader, newReader)),
      ])
    : new Map<string, Entry>()
  const movedFrom = new Set([...counterparts.values()].map(({ path }) => path))
  const isUmask = umask.decide(pair)
  return {
    counterparts,
    movedFrom,
    buildIdDirectories: buildIdDirectories(counterparts),
    parents: parentsOf(pair),
    links: { old: new HardLinks(pair.old.contents.data), new: new HardLinks(pair.new.contents.data) },
    isUmask,
  }
}

export function differencesOf({ old, new: newer }: SidePair): Generator<EntryPair, void, void> {
  return EntryTable.differences(old.contents.data, newer.contents.data)
}

/** The differences of two packages, in which a file and its counterpart are one pair. */
export function* pairedDifferences(
  pair: SidePair,
  { counterparts, movedFrom }: Overview,
): Generator<EntryPair, void, void> {
  for (const difference of differencesOf(pair)) {
    const { old, new: entry } = difference
    if (!entry && movedFrom.has(old.path)) continue
    const counterpart = old ? undefined : counterparts.get(entry.path)
    yield entry && counterpart ? { old: counterpart, new: entry } : difference
  }
}

export function isBuildIdDirectory({ path, type }: Entry): boolean {
  return type === 'directory' && /^usr\/lib\/debug\/\.build-id(\/[0-9a-f]{2})?$/.test(path)
}

/**
 * The build's umask shows as write permission of the group on at least three members and half of all members that have one, always in the same
 * direction. A single file's mode is content.
 */
class Umask {
  #changed = 0
  #gained = 0

  add(pair: EntryPair): void {
    if (!isGroupWrite(pair)) return
    this.#changed += 1
    if (((pair.new as Entry).mode & GROUP_WRITE) !== 0) this.#gained += 1
  }

  decide({ old }: SidePair): (pair: EntryPair) => boolean {
    const isOneWay = this.#gained === 0 || this.#gained === this.#changed
    if (!isOneWay || this.#changed < 3) return () => false
    let withMode = 0
    for (const { type } of old.contents.data) if (type !== 'symlink' && type !== 'hardlink') withMode += 1
    return this.#changed * 2 >= withMode ? isGroupWrite : () => false
  }
}

function isGroupWrite({ old, new: entry }: EntryPair): boolean {
  return (
    old !== null &&
    entry !== null &&
    old.type === entry.type &&
    (old.mode ^ entry.mode) === GROUP_WRITE &&
    ORDINARY_MODES.has(old.mode & ~GROUP_WRITE) &&
    old.gid === 0 &&
    entry.gid === 0
  )
}

function buildIdDirectories(counterparts: ReadonlyMap<string, Entry>): Set<string> {
  const found = new Set<string>()
  for (const [path, { path: oldPath }] of counterparts)
    for (const one of [path, oldPath])
      for (let at = one.lastIndexOf('/'); at > 0; at = one.lastIndexOf('/', at - 1))
        found.add(one.slice(0, at))
  return found
}

function parentsOf(pair: SidePair): Set<string> {
  const parents = new Set<string>()
  for (const { old, new: entry } of differencesOf(pair)) {
    if (old && entry) continue
    const { path } = entry ?? old
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (parents.has(path.slice(0, at)) || parents.size >= MAX_PARENTS) break
      parents.add(path.slice(0, at))
    }
  }
  return parents
}
