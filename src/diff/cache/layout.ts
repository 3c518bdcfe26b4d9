/**
 * The paths of all files of a cache. Entries have the paths of the service that Differ replaces, so that each
 * of the two can use what the other made:
 *
 *     {root}/debdiff/{old}_{new}             debdiff's standard output, unchanged
 *     {root}/diffoscope/{old}_{new}.json     the diffoscope report, uncompressed
 *
 * Everything else is Differ's own, below `{root}/differ/`, and can be deleted at any time:
 *
 *     entries/{kind}/     compressed reports, summaries, reports of files, partial reports and parts of reports,
 *                         and entries whose ids cannot be part of a legacy path
 *     stamps/{kind}/      size of a complete entry, and what made it
 *     used/{kind}/        empty files whose times say when an entry was last used
 *     index/{kind}/       indexes of reports, filtered reports, and blocks of reports that are in a bucket
 *     renderings/         cached renderings
 *     contents/           what packages hold, and the files in which two of them differ
 *     unpacked/           uncompressed archives of packages
 *     damaged/            entries set aside
 *     incoming/           entries being written
 *     uploads/            what is not in the bucket yet
 */
import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { EntryKind } from '../../model.ts'
import { RULES_VERSION } from '../summary-version.ts'

export const KINDS: readonly EntryKind[] = ['debdiff', 'diffoscope', 'summary', 'file', 'partial', 'part']
const EXTENSION: Readonly<Record<EntryKind, string>> = {
  debdiff: '',
  diffoscope: '.json',
  summary: '.json',
  file: '.json',
  partial: '.json',
  part: '.json',
}

/** The paths of one entry's files. */
export interface EntryPaths {
  /** The name of its stamp and access time, and the prefix of the names of its derived files. */
  readonly key: string
  readonly path: string
  readonly stampPath: string
  readonly accessTimePath: string
  /** Prefix of the paths of derived files. */
  readonly indexPath: string
  /** Directory for the cached renderings of all entries. */
  readonly renderingsDir: string
}

/** Raise it whenever a report of a pair of files would be another one, apart from what a tool finds. */
const FILE_REPORT_VERSION = '2'
/** Raise it whenever diffoscope's report of a pair of packages would be kept in another form. */
const PART_VERSION = '1'

/** Where the entry of a pair may be, whether the files exist or not. */
export interface PairPlaces {
  /** Where Differ looks first; a compressed entry is always here. */
  readonly own: EntryPaths
  /** Where the old service looks for it; null if it knows no such entry. May be the same as `own`. */
  readonly legacy: EntryPaths | null
}

/**
 * The places of a pair's entry.
 * @param oldId of a run; for a pair of files or packages, all that the report depends on of the old one
 */
export function placesOfPair(root: string, kind: EntryKind, oldId: string, newId: string): PairPlaces {
  const ownOf = (...version: readonly string[]): PairPlaces => ({
    own: pathsOfKey(root, kind, `+${digestOf(oldId, newId, ...version)}`),
    legacy: null,
  })
  if (kind === 'file') return ownOf(FILE_REPORT_VERSION)
  // The old service would take a report that lacks packages for a whole one.
  if (kind === 'partial') return ownOf()
  if (kind === 'part') return ownOf(PART_VERSION)
  // The old service has no summaries; each version of the rules has its own.
  if (kind === 'summary') return ownOf(RULES_VERSION)
  if (!isLegacySafe(oldId) || !isLegacySafe(newId)) return ownOf()
  const key = `${oldId}_${newId}`
  const legacy = pathsOfKey(root, kind, key)
  // Debdiffs are never compressed. The plus sign cannot collide with a legacy key: no id in one begins with it. The
  // underscore cannot collide with a digest.
  return { own: kind === 'debdiff' ? legacy : pathsOfKey(root, kind, `+${key}`), legacy }
}

/** The paths of the entry whose file is `path`, which is in one of the two directories of its kind. */
export function pathsOfEntry(root: string, kind: EntryKind, path: string): EntryPaths {
  const name = basename(path, EXTENSION[kind])
  return pathsOfKey(root, kind, dirname(path) === join(root, kind) ? name : `+${name}`)
}

/** @param key the name of the entry's stamp and access time, and the prefix of its derived files' names */
export function pathsOfKey(root: string, kind: EntryKind, key: string): EntryPaths {
  const own = join(root, 'differ')
  return {
    key,
    path: key.startsWith('+')
      ? join(own, 'entries', kind, key.slice(1) + EXTENSION[kind])
      : join(root, kind, key + EXTENSION[kind]),
    stampPath: join(own, 'stamps', kind, key),
    accessTimePath: join(own, 'used', kind, key),
    indexPath: join(own, 'index', kind, key),
    renderingsDir: join(own, 'renderings'),
  }
}

/** The ids in a key that `placesOfPair` has made of them; null for one that is a digest. */
export function idsOfKey(key: string): [oldId: string, newId: string] | null {
  const [oldId = '', newId = '', ...more] = key.replace(/^\+/, '').split('_')
  return more.length === 0 && isLegacySafe(oldId) && isLegacySafe(newId) ? [oldId, newId] : null
}

/** The key of the entry that a derived file with this name belongs to. */
export function keyOfDerived(name: string): string {
  return name
    .replace(/\.blocks$/, '')
    .replace(/\.(index|hidden)$/, '')
    .replace(/\.[0-9a-f]{16}\.filtered$/, '')
}

/** A different digest for each pair, whatever characters its ids contain. */
export function digestOf(oldId: string, newId: string, ...more: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([oldId, newId, ...more]))
    .digest('hex')
}

/**
 * Whether an id may be part of a legacy path. Others could leave the directory (`../x`) or collide with
 * another pair (`a_b`,`c` and `a`,`b_c`). Two ids, an underscore and an extension fit into the 255 bytes of a
 * file name.
 */
function isLegacySafe(id: string): boolean {
  return /^[A-Za-z0-9-][A-Za-z0-9.-]{0,119}$/.test(id)
}

/** The paths of what is kept of a package. @param form of the contents; each form has its own files */
export function pathsOfContents(
  root: string,
  packageSha256: string,
  form: string,
): { contentsPath: string; archivePath: string } {
  const own = join(root, 'differ')
  return {
    contentsPath: join(own, 'contents', `${packageSha256}.${form}`),
    archivePath: join(own, 'unpacked', `${packageSha256}.tar`),
  }
}

/** The path of the files in which two packages differ, as this version of the rules sees them. */
export function pathOfComparison(root: string, oldSha256: string, newSha256: string): string {
  const name = digestOf(oldSha256, newSha256, RULES_VERSION)
  return join(root, 'differ', 'contents', `${name}.comparison`)
}
