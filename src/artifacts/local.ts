/** Artifacts that are already on the local disk. Packages are used where they are; nothing is copied. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { LRUCache } from 'lru-cache'
import { ArtifactRetrievalError, ArtifactsMissingError, DifferError } from '../errors.ts'
import type { LocalPackage } from '../model.ts'
import { untilAborted } from '../until-aborted.ts'
import { parseBinaryName, passedOverFiles } from './binary-name.ts'
import { withStructureCheck } from './package-structure.ts'
import type { ArtifactStore } from './store.ts'

const MAX_DIGESTS = 10_000

/**
 * @param location for `ArtifactStore.location`
 * @param pathsOf returns the absolute paths of a run's files; files that are not named like packages are
 *   ignored. An error with the code ENOENT or ENOTDIR means that the artifacts are missing, any other one
 *   that retrieval failed.
 */
export function openLocalStore(
  location: string,
  pathsOf: (runId: string) => Promise<string[]>,
): ArtifactStore {
  /** By path, inode, size and time, so that a package is hashed again only if it has changed. */
  const digests = new LRUCache<string, string>({ max: MAX_DIGESTS })
  /** The same for packages without a defect in their structure. */
  const sound = new LRUCache<string, true>({ max: MAX_DIGESTS })

  async function checked(one: LocalPackage): Promise<LocalPackage> {
    const identity = await identityOf(one.path)
    if (sound.has(identity)) return one
    const result = await withStructureCheck(one)
    if (result.invalid === undefined) sound.set(identity, true)
    return result
  }

  async function list(runId: string): Promise<LocalPackage[]> {
    const found = await Promise.all(
      (await pathsOf(runId)).map(async (path): Promise<LocalPackage | null> => {
        const filename = basename(path)
        const parsed = parseBinaryName(filename)
        if (!parsed) return null
        const { size, ctimeMs } = await lstat(path)
        return { runId, filename, ...parsed, sizeBytes: size, changedMs: ctimeMs, path }
      }),
    )
    const packages = found.filter((entry) => entry !== null)
    if (packages.length === 0) throw new ArtifactsMissingError(runId)
    return packages.sort((a, b) => (a.filename < b.filename ? -1 : 1))
  }

  return {
    location,

    list: (runId, signal) =>
      typed(runId, signal, async () => (await list(runId)).map(({ path: _, ...binary }) => binary)),

    passedOver: (runId, signal) =>
      typed(runId, signal, async () => passedOverFiles((await pathsOf(runId)).map((path) => basename(path)))),

    sha256: ({ runId, filename }, signal) =>
      typed(runId, signal, async () => {
        const path = (await pathsOf(runId)).find((candidate) => basename(candidate) === filename)
        if (!path || !parseBinaryName(filename)) throw new ArtifactsMissingError(runId)
        const identity = await identityOf(path)
        const known = digests.get(identity)
        if (known) return known
        const hash = createHash('sha256')
        await pipeline(createReadStream(path), hash, { signal })
        const digest = hash.digest('hex')
        digests.set(identity, digest)
        return digest
      }),

    fetch: (runId, _dir, signal, filenames) =>
      typed(runId, signal, async () => {
        const packages: LocalPackage[] = []
        for (const one of await list(runId))
          if (filenames?.has(one.filename) ?? true) packages.push(await checked(one))
        return packages
      }),

    close: async () => {},
  }
}

/** Changes when the file does. */
async function identityOf(path: string): Promise<string> {
  const { ino, size, ctimeMs } = await lstat(path)
  return `${path}:${ino}:${size}:${ctimeMs}`
}

/**
 * Runs `work` and maps its errors to those of `ArtifactStore`. An abort only ends the wait: a network file
 * system can hang for very long, and a file system call cannot be cancelled.
 */
async function typed<T>(runId: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted()
  try {
    return await untilAborted(work(), signal)
  } catch (error) {
    if (error instanceof DifferError || signal?.aborted) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ArtifactsMissingError(runId)
    throw new ArtifactRetrievalError(runId, error)
  }
}
