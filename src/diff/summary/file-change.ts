/** One file that differs: what noise explains of its content and attributes, and what remains. */
import type { Entry } from '../package/entry-record.ts'
import type { EntryPair } from '../package/entry-table.ts'
import type { FileKind } from '../package/file-kind.ts'
import type { FileChange, SidePair } from './changes.ts'
import { type ContentDifference, excerpt } from './content/content.ts'
import { decodeText } from './content/encoding.ts'
import { withoutVersions } from './counterparts.ts'
import { placeOf } from './places.ts'
import { sideContext } from './side-context.ts'
import type { NoiseClass } from './types.ts'

export interface FileChangeInput {
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

export function fileChange({
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
export function commonKind(old: Entry, entry: Entry): FileKind {
  if (old.kind === entry.kind || old.kind === 'empty') return entry.kind ?? 'data'
  const isText = ({ kind }: Entry) => kind === 'text' || kind === 'script' || kind === 'elc'
  return isText(old) && isText(entry) ? 'text' : 'data'
}

export function shownText(bytes: Buffer, { kind }: Entry): string {
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
