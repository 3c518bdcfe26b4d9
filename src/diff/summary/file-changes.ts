/** From two packages to the files in which they differ, with what noise explains of each. */
import type { Entry } from '../package/entry-record.ts'
import { type EntryPair, EntryTable } from '../package/entry-table.ts'
import type { FileKind } from '../package/file-kind.ts'
import type { MemberReader } from '../package/member-reader.ts'
import type { FileChange, PackageSide } from './changes.ts'
import { compareContent } from './content/compare-content.ts'
import { type ContentDifference, excerpt, type FileContext, type SideContext } from './content/content.ts'
import { decodeText } from './content/encoding.ts'
import { debugFiles, movedFiles, versionedFiles, withoutVersions } from './counterparts.ts'
import { HardLinks, isSameLinkGroup } from './hard-links.ts'
import { placeOf } from './places.ts'
import type { NoiseClass } from './types.ts'

/** Files above this size are compared by their checksum alone. */
const MAX_COMPARED_BYTES = 512 << 20
const GROUP_WRITE = 0o020
/** What a umask leaves of 0666 and 0777. Any other mode was set by hand. */
const ORDINARY_MODES: ReadonlySet<number> = new Set([0o644, 0o755])
/** Of a file on one side that is shown. */
const MAX_TEXT_BYTES = 8_000
const NOTHING = Buffer.alloc(0)

export interface SidePair {
  readonly old: PackageSide
  readonly new: PackageSide
}

/** All members of both archives that differ. */
export async function fileChanges(pair: SidePair): Promise<FileChange[]> {
  const [oldReader, newReader] = await Promise.all([
    pair.old.contents.openMembers(),
    pair.new.contents.openMembers(),
  ])
  try {
    const data = await new DataComparison(pair, oldReader, newReader).run()
    return [...controlChanges(pair), ...data]
  } finally {
    await Promise.all([oldReader.close(), newReader.close()])
  }
}

export function sideContext({
  name,
  fields,
  version,
  sourceVersion,
  architecture,
}: PackageSide): SideContext {
  const [source = name] = (fields.get('Source') ?? name).split(' ')
  return { package: name, source, version, sourceVersion, architecture }
}

/** Members of the control archive; `control` and `md5sums` are compared by what they say, elsewhere. */
function controlChanges(pair: SidePair): FileChange[] {
  return [...EntryTable.differences(pair.old.contents.control, pair.new.contents.control)].map(
    ({ old, new: entry }) => {
      const path = (entry ?? old).path
      const before = pair.old.contents.controlFiles.get(path)?.content
      const after = pair.new.contents.controlFiles.get(path)?.content
      const isReadElsewhere = path === 'control' || path === 'md5sums'
      const content =
        before && after && !isReadElsewhere && !before.equals(after)
          ? compareContent(before, after, contextOf(pair, `control/${path}`, entry ?? old))
          : null
      const text = before && after ? '' : shownText(before ?? after ?? NOTHING, entry ?? old)
      return fileChange({
        pair,
        path: path === '' ? 'control' : `control/${path}`,
        old,
        new: entry,
        content,
        text,
        isUmask: () => false,
      })
    },
  )
}

class DataComparison {
  readonly #pair: SidePair
  readonly #oldReader: MemberReader
  readonly #newReader: MemberReader
  readonly #isUmask: (pair: EntryPair) => boolean
  readonly #differences: EntryPair[]
  readonly #links: { readonly old: HardLinks; readonly new: HardLinks }

  constructor(pair: SidePair, oldReader: MemberReader, newReader: MemberReader) {
    this.#pair = pair
    this.#oldReader = oldReader
    this.#newReader = newReader
    this.#differences = [...EntryTable.differences(pair.old.contents.data, pair.new.contents.data)]
    this.#isUmask = umaskOf(this.#differences, pair)
    this.#links = { old: new HardLinks(pair.old.contents.data), new: new HardLinks(pair.new.contents.data) }
  }

  async run(): Promise<FileChange[]> {
    const removed = this.#differences.filter((one) => one.new === null).map((one) => one.old as Entry)
    const added = this.#differences.filter((one) => one.old === null).map((one) => one.new as Entry)
    const unpaired = { removed, added }
    const counterparts = new Map([
      ...versionedFiles(unpaired, sideContext(this.#pair.old), sideContext(this.#pair.new)),
      ...movedFiles(unpaired),
      ...(await debugFiles(unpaired, this.#oldReader, this.#newReader)),
    ])
    const moved = new Set([...counterparts.values()].map(({ path }) => path))
    const changes: FileChange[] = []
    for (const { old, new: entry } of this.#differences) {
      if (old && !entry && moved.has(old.path)) continue
      const before = old ?? (entry && counterparts.get(entry.path)) ?? null
      changes.push(await this.#change(before, entry))
    }
    return withBuildIdDirectories(changes)
  }

  async #change(old: Entry | null, entry: Entry | null): Promise<FileChange> {
    const { content, undecided } = await this.#compare(old, entry)
    const path = (entry ?? (old as Entry)).path
    const text = old && entry ? '' : await this.#text(old, entry)
    return fileChange({
      pair: this.#pair,
      path,
      old,
      new: entry,
      content,
      text,
      undecided,
      isUmask: this.#isUmask,
      isLinkOrder: old !== null && entry !== null && isSameLinkGroup(old, entry, this.#links),
    })
  }

  /** What is in a file that is on one side only, as far as it is text. */
  async #text(old: Entry | null, entry: Entry | null): Promise<string> {
    const one = entry ?? (old as Entry)
    if (one.kind !== 'text' && one.kind !== 'script') return ''
    const reader = entry ? this.#newReader : this.#oldReader
    return shownText(await reader.read(one, 0, MAX_TEXT_BYTES), one)
  }

  async #compare(
    old: Entry | null,
    entry: Entry | null,
  ): Promise<{ content: ContentDifference | null; undecided: string | null }> {
    const nothing = { content: null, undecided: null }
    if (!old || !entry) return nothing
    // Two hard links to one path differ by what that path says of its own.
    if (old.type === 'hardlink' && entry.type === 'hardlink' && old.link === entry.link) return nothing
    const [oldFile, newFile] = [this.#links.old.fileOf(old), this.#links.new.fileOf(entry)]
    if (!oldFile || !newFile || oldFile.sha256 === newFile.sha256) return nothing
    if (Math.max(oldFile.sizeBytes, newFile.sizeBytes) > MAX_COMPARED_BYTES)
      return {
        content: null,
        undecided: `${entry.path} is larger than ${MAX_COMPARED_BYTES >> 20} MB, so only its checksum was compared`,
      }
    const [before, after] = await Promise.all([this.#oldReader.read(oldFile), this.#newReader.read(newFile)])
    const kind = commonKind(oldFile, newFile)
    return {
      content: compareContent(before, after, contextOf(this.#pair, entry.path, { ...entry, kind })),
      undecided: null,
    }
  }
}

function contextOf(pair: SidePair, path: string, { kind }: Entry): FileContext {
  return { path, kind: kind ?? 'data', old: sideContext(pair.old), new: sideContext(pair.new), depth: 0 }
}

interface FileChangeInput {
  readonly pair: SidePair
  readonly path: string
  readonly old: Entry | null
  readonly new: Entry | null
  readonly content: ContentDifference | null
  readonly text?: string
  readonly undecided?: string | null
  readonly isUmask: (pair: EntryPair) => boolean
  readonly isLinkOrder?: boolean
}

function fileChange({
  pair,
  path,
  old,
  new: entry,
  content,
  text = '',
  undecided = null,
  isUmask,
  isLinkOrder = false,
}: FileChangeInput): FileChange {
  const noise = new Set<NoiseClass>(content?.noise)
  const hasMode =
    old !== null &&
    entry !== null &&
    old.type === entry.type &&
    old.type !== 'symlink' &&
    old.mode !== entry.mode
  const isMask = hasMode && isUmask({ old, new: entry })
  const owners = old && entry ? ownerDifference(old, entry) : 'same'
  if (old && entry && old.mtime !== entry.mtime) noise.add('MTIME')
  if (isMask) noise.add('UMASK')
  if (owners === 'numbers') noise.add('OWNER_NUMBERS')
  if (isLinkOrder) noise.add('FILE_ORDER')
  const isMoved = old !== null && entry !== null && old.path !== entry.path
  const isBuildId = isMoved && old.path.startsWith('usr/lib/debug/.build-id/')
  if (isBuildId) noise.add('BUILD_ID')
  const isEcho = isMoved && isVersionEcho(old.path, entry.path, pair)
  if (
    isEcho ||
    (old?.type === 'symlink' && entry?.type === 'symlink' && isVersionEcho(old.link, entry.link, pair))
  )
    noise.add('VERSION_ECHO')
  const isConffile = pair.old.conffiles.has(path) || pair.new.conffiles.has(path)
  return {
    path,
    oldPath: isMoved ? old.path : null,
    change: !old ? 'ADDED' : !entry ? 'REMOVED' : isMoved && !isBuildId && !isEcho ? 'MOVED' : 'CHANGED',
    old,
    new: entry,
    place: placeOf(path, isConffile),
    content,
    text,
    noise,
    hasModeChange: hasMode && !isMask,
    hasOwnerChange: owners === 'other',
    undecided,
  }
}

/** Whether two paths, or two targets of links, are the same but for the own version of each side, which nothing else looks like. */
function isVersionEcho(old: string, newer: string, pair: SidePair): boolean {
  const [one, other] = [sideContext(pair.old), sideContext(pair.new)]
  return old !== newer && withoutVersions(old, one, other, true) === withoutVersions(newer, other, one, true)
}

/** A script that lost its first line is compared as text; two kinds that have nothing in common as bytes. */
function commonKind(old: Entry, entry: Entry): FileKind {
  if (old.kind === entry.kind || old.kind === 'empty') return entry.kind ?? 'data'
  const isText = ({ kind }: Entry) => kind === 'text' || kind === 'script' || kind === 'elc'
  return isText(old) && isText(entry) ? 'text' : 'data'
}

function shownText(bytes: Buffer, { kind }: Entry): string {
  return kind === 'text' || kind === 'script' ? excerpt(decodeText(bytes).text) : ''
}

/** dpkg takes a name where the system knows it, else the number. The root user's name may be missing beside its number. */
function ownerDifference(old: Entry, entry: Entry): 'same' | 'numbers' | 'other' {
  const same = (name: string, other: string, id: number, otherId: number) => {
    if (name === other && id === otherId) return 'same'
    const isRoot = (one: string, number: number) => number === 0 && (one === '' || one === 'root')
    return isRoot(name, id) && isRoot(other, otherId) ? 'numbers' : 'other'
  }
  const both = [
    same(old.owner, entry.owner, old.uid, entry.uid),
    same(old.group, entry.group, old.gid, entry.gid),
  ]
  return both.includes('other') ? 'other' : both.includes('numbers') ? 'numbers' : 'same'
}

/**
 * UMASK: the build's umask shows as write permission of the group on at least three members and half of all members that have one, always in the
 * same direction. A single file's mode is content.
 */
function umaskOf(differences: readonly EntryPair[], { old }: SidePair): (pair: EntryPair) => boolean {
  const isGroupWrite = ({ old: before, new: after }: EntryPair) =>
    before !== null &&
    after !== null &&
    before.type === after.type &&
    (before.mode ^ after.mode) === GROUP_WRITE &&
    ORDINARY_MODES.has(before.mode & ~GROUP_WRITE) &&
    before.gid === 0 &&
    after.gid === 0
  const changed = differences.filter(isGroupWrite)
  const gained = changed.filter((pair) => ((pair.new as Entry).mode & GROUP_WRITE) !== 0)
  let withMode = 0
  for (const { type } of old.contents.data) if (type !== 'symlink' && type !== 'hardlink') withMode += 1
  const isOneWay = gained.length === 0 || gained.length === changed.length
  const isUmask = isOneWay && changed.length >= 3 && changed.length * 2 >= withMode
  return (pair) => isUmask && isGroupWrite(pair)
}

/** Directories of build ids come and go with the files in them. */
function withBuildIdDirectories(changes: readonly FileChange[]): FileChange[] {
  return changes.map((change) => {
    const isDirectory =
      /^usr\/lib\/debug\/\.build-id(\/[0-9a-f]{2})?$/.test(change.path) &&
      (change.new ?? change.old)?.type === 'directory'
    const isExplained =
      isDirectory &&
      changes.some(
        (other) =>
          (other !== change && (other.oldPath ?? '').startsWith(`${change.path}/`)) ||
          (other !== change && other.oldPath !== null && other.path.startsWith(`${change.path}/`)),
      )
    return isExplained && change.change !== 'CHANGED'
      ? { ...change, noise: new Set([...change.noise, 'BUILD_ID']) }
      : change
  })
}
