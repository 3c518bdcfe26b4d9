/**
 * Which packages a diff was made of, and whether the artifact store still has them: a run keeps its id when
 * someone replaces its packages.
 */
import { createHash } from 'node:crypto'
import type { ArtifactStore } from '../../artifacts/store.ts'
import { ArtifactsMissingError } from '../../errors.ts'
import type { Binary, RunPair } from '../../model.ts'
import type { PackageState, PairState } from '../cache/origin.ts'

/** How long a lookup waits for the store's listing before it trusts the diff. */
const LISTING_MS = 2_000
/** After a store that failed or was too slow, diffs are trusted for this long without asking it. */
const PAUSE_MS = 10_000

/** SHA-256 of the packages of both runs, in their order; null for those that were not computed. */
export interface Checksums {
  readonly old: readonly (string | null)[]
  readonly new: readonly (string | null)[]
}

export class PackageStates {
  readonly #artifacts: ArtifactStore
  #pausedUntilMs = 0

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts
  }

  /** Whether asking the store takes requests over the network. */
  get isRemote(): boolean {
    return this.#artifacts.check !== undefined
  }

  /**
   * The state of the packages that a diff has just been made of.
   * @param packages of both runs, as the store listed them before the diff was made
   * @param checksums as far as they are known from making it
   */
  async of(
    pair: RunPair,
    packages: { old: readonly Binary[]; new: readonly Binary[] },
    checksums: Checksums = { old: [], new: [] },
  ): Promise<PairState> {
    const [old, newer] = await Promise.all([
      this.#made(pair.old.id, packages.old, checksums.old),
      this.#made(pair.new.id, packages.new, checksums.new),
    ])
    return { old, new: newer }
  }

  /**
   * Whether the store has the packages that a diff was made of. True as well if that is unknown, because the
   * diff records no packages, or the store does not have them any more or does not answer in time.
   */
  async isCurrent(oldId: string, newId: string, made: PairState | undefined): Promise<boolean> {
    if (!made) return true
    const sides = await Promise.all([this.#isSame(oldId, made.old), this.#isSame(newId, made.new)])
    return sides.every(Boolean)
  }

  /** A text that changes when a package of the pair is replaced; null if it is unknown. Never rejects. */
  async fingerprint({ old, new: newer }: RunPair): Promise<string | null> {
    const listings = await Promise.all([this.#list(old.id), this.#list(newer.id)])
    return listings.includes(null) ? null : digest(listings.map((listed) => listed && listedState(listed)))
  }

  async #made(
    runId: string,
    packages: readonly Binary[],
    checksums: readonly (string | null)[],
  ): Promise<PackageState> {
    const state = listedState(packages)
    if (state.by === 'checksum') return state
    const contents = await this.#contentsOf(packages, checksums)
    // The contents are those that were compared only if no package has changed until now.
    const now = contents === null ? null : await this.#list(runId)
    const isUnchanged = now !== null && listedState(now).marks === state.marks
    return { ...state, ...(contents !== null && isUnchanged && { contents }) }
  }

  async #isSame(runId: string, made: PackageState): Promise<boolean> {
    const listed = await this.#list(runId)
    if (!listed) return true
    const now = listedState(listed)
    if (now.files !== made.files) return false
    // States of different stores cannot be compared further.
    if (now.by !== made.by || now.marks === made.marks) return true
    return made.contents !== undefined && (await this.#contentsOf(listed)) === made.contents
  }

  /** Null if a file cannot be read. */
  async #contentsOf(
    packages: readonly Binary[],
    known: readonly (string | null)[] = [],
  ): Promise<string | null> {
    try {
      const sums: (string | null)[] = []
      // One after the other: the store remembers sums, and reading several files at once gains little.
      for (const [at, binary] of packages.entries())
        sums.push(known[at] ?? (await this.#artifacts.sha256(binary)))
      return sums.includes(null) ? null : digest(sums)
    } catch {
      // The packages are being replaced at this moment, or the store fails; the diff is made again.
      return null
    }
  }

  /** Null if the store has no packages or does not answer. */
  async #list(runId: string): Promise<readonly Binary[] | null> {
    if (performance.now() < this.#pausedUntilMs) return null
    // `AbortSignal.timeout` would leave a timer behind for each of thousands of lookups.
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('The artifact store is too slow')), LISTING_MS)
    try {
      return await this.#artifacts.list(runId, late.signal)
    } catch (error) {
      // Any error has the same meaning here: the store cannot say. Making a diff reports it.
      if (!(error instanceof ArtifactsMissingError)) this.#pausedUntilMs = performance.now() + PAUSE_MS
      return null
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The states of listings, which the store returns again for a while. */
const STATES = new WeakMap<readonly Binary[], PackageState>()

function listedState(packages: readonly Binary[]): PackageState {
  const known = STATES.get(packages)
  if (known) return known
  const by = packages.every(({ checksum }) => checksum !== undefined) ? 'checksum' : 'time'
  const state: PackageState = {
    files: digest(packages.map(({ filename, sizeBytes }) => [filename, sizeBytes])),
    by,
    marks: digest(packages.map(({ checksum, changedMs }) => (by === 'checksum' ? checksum : changedMs))),
  }
  STATES.set(packages, state)
  return state
}

const DIGEST_LENGTH = 22

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, DIGEST_LENGTH)
}
