/**
 * The cached entries that still hold: not those of packages that have been replaced since, and not incomplete
 * ones that the tools of today may improve.
 */
import type { EntryKind, Limits, ResultKind, RunPair } from '../../model.ts'
import type { DiffCache } from '../cache/diff-cache.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import { mayImprove } from '../making/lack.ts'
import type { PackageStates } from '../making/package-state.ts'
import type { ToolVersions } from '../tools/provenance.ts'
import { isOutdated } from './outdated.ts'

export interface CurrentEntriesOptions {
  readonly cache: DiffCache
  readonly states: PackageStates
  /** Without them, no entry counts as incomplete. */
  readonly toolVersions: ToolVersions | undefined
  /** Aborts when the service stops. */
  readonly stopped: AbortSignal
}

export class CurrentEntries {
  readonly #options: CurrentEntriesOptions

  constructor(options: CurrentEntriesOptions) {
    this.#options = options
  }

  /** The entry of a pair, or null. */
  async find(kind: ResultKind, { old, new: newer }: RunPair): Promise<CacheEntry | null> {
    const { cache, states } = this.#options
    const isCurrent = async (entry: CacheEntry) =>
      !(await this.isOutdated(entry)) && (await states.isCurrent(old.id, newer.id, entry.origin.madeOf))
    for (const stored of storedKinds(kind)) {
      const entry = await cache.find(stored, old.id, newer.id)
      if (!entry) continue
      if (await isCurrent(entry)) return entry
      const other = await cache.findNewer(entry)
      if (other && (await isCurrent(other))) return other
    }
    return null
  }

  /**
   * Whether a pair has an entry, without opening it. A file that is visibly damaged is set aside first.
   * @param options.quick does not ask a remote store whether the packages have been replaced
   * @param options.limits of background work: a report that lacks packages counts unless that may improve it.
   *   Without limits it does not count.
   */
  async has(
    kind: ResultKind,
    oldId: string,
    newId: string,
    { quick = false, limits }: { readonly quick?: boolean; readonly limits?: Limits } = {},
  ): Promise<boolean> {
    const { cache, states } = this.#options
    const isEnough = async (entry: CacheEntry | null) => {
      if (!entry || (await this.isOutdated(entry))) return false
      if (entry.origin.lacks && (!limits || mayImprove(entry, { limits, urgency: 'background' })))
        return false
      return (quick && states.isRemote) || states.isCurrent(oldId, newId, entry.origin.madeOf)
    }
    for (const stored of storedKinds(kind))
      if (await isEnough(await cache.peek(stored, oldId, newId))) return true
    return false
  }

  /** Whether an entry is incomplete, and the tools of today may make a more complete one. */
  async isOutdated(entry: CacheEntry): Promise<boolean> {
    const { toolVersions, stopped } = this.#options
    const { kind } = entry
    if (!toolVersions || !entry.origin.lacksTools || kind === 'summary' || kind === 'file') return false
    const tool = kind === 'debdiff' ? 'debdiff' : 'diffoscope'
    return isOutdated(entry, await toolVersions.of(tool, stopped))
  }
}

/** The kinds of entries that hold a result, the best one first. */
function storedKinds(kind: ResultKind): readonly EntryKind[] {
  return kind === 'diffoscope' ? ['diffoscope', 'partial'] : [kind]
}
