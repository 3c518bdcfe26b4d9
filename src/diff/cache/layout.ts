/**
 * Where everything of a cache lies. Entries lie at the paths of the service that Differ replaces, so that either can use what the other made:
 *
 *     {root}/debdiff/{old}_{new}             debdiff's standard output as it came
 *     {root}/diffoscope/{old}_{new}.json     the diffoscope report
 *
 * All else is ours, below `{root}/differ/`, and can be deleted at any time:
 *
 *     entries/{kind}/     entries whose ids cannot be part of a path
 *     stamps/{kind}/      what a whole entry looked like, and who made it
 *     used/{kind}/        empty files: when an entry was last asked for
 *     index/{kind}/       what was found in a report, what the filter leaves of it
 *     renderings/         kept renderings
 *     damaged/            entries set aside
 *     incoming/           entries being written
 */
import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { DiffKind } from '../../model.ts'

export const KINDS: readonly DiffKind[] = ['debdiff', 'diffoscope']
const ENDING: Readonly<Record<DiffKind, string>> = { debdiff: '', diffoscope: '.json' }

/** The files of one entry. */
export interface EntryPaths {
  readonly path: string
  readonly stampPath: string
  readonly usedPath: string
  /** What the names of derived files begin with. */
  readonly indexPath: string
  /** Where renderings are kept, of this and all other entries. */
  readonly renderingsDir: string
}

/** The files of a pair's entry, whether they are there or not. */
export function pathsOfPair(root: string, kind: DiffKind, oldId: string, newId: string): EntryPaths {
  const legacy = isLegacySafe(oldId) && isLegacySafe(newId)
  // No id begins with a plus sign where it is part of a path.
  return pathsOfKey(root, kind, legacy ? `${oldId}_${newId}` : `+${digestOf(oldId, newId)}`)
}

/** The files that belong to the entry which lies at `path`, as found in one of the two directories of its kind. */
export function pathsOfEntry(root: string, kind: DiffKind, path: string): EntryPaths {
  const name = basename(path, ENDING[kind])
  return pathsOfKey(root, kind, dirname(path) === join(root, kind) ? name : `+${name}`)
}

/** @param key as the names of stamps, marks and derived files have it */
export function pathsOfKey(root: string, kind: DiffKind, key: string): EntryPaths {
  const ours = join(root, 'differ')
  return {
    path: key.startsWith('+')
      ? join(ours, 'entries', kind, key.slice(1) + ENDING[kind])
      : join(root, kind, key + ENDING[kind]),
    stampPath: join(ours, 'stamps', kind, key),
    usedPath: join(ours, 'used', kind, key),
    indexPath: join(ours, 'index', kind, key),
    renderingsDir: join(ours, 'renderings'),
  }
}

/** The key of the entry that a derived file belongs to, by its name. */
export function keyOfDerived(name: string): string {
  return name.replace(/\.index$/, '').replace(/\.[0-9a-f]{16}\.filtered$/, '')
}

/** One for each pair, whatever its ids are made of. */
export function digestOf(oldId: string, newId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([oldId, newId]))
    .digest('hex')
}

/**
 * Ids that may stand in a legacy path as they are. Others could climb out (`../x`) or meet another pair's entry (`a_b`,`c` and `a`,`b_c`).
 * Two of them, an underscore and an ending are at most the 255 bytes of a file name.
 */
function isLegacySafe(id: string): boolean {
  return /^[A-Za-z0-9-][A-Za-z0-9.-]{0,119}$/.test(id)
}
