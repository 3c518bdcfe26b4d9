import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, open, readdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ArtifactRetrievalError, ArtifactsMissingError, DifferError, InvalidPackageError } from '../errors.ts'
import type { Binary, LocalPackage } from '../model.ts'
import { untilAborted } from '../until-aborted.ts'
import { parseBinaryName } from './binary-name.ts'
import type { ArtifactStore } from './store.ts'

/** Artifacts in a directory: `{root}/{run id}/{file}`. Packages stay where they are; nothing is copied. */
export function openDirectoryStore(root: string): ArtifactStore {
  /** Digests by file identity: a package is hashed once, and again only when it has changed. */
  const digests = new Map<string, string>()

  async function runDirectory(runId: string): Promise<string> {
    if (!isPlainName(runId)) throw new ArtifactsMissingError(runId)
    const [base, dir] = await Promise.all([realpath(root), realpath(join(root, runId))])
    if (!dir.startsWith(base + sep)) throw new ArtifactsMissingError(runId)
    return dir
  }

  async function list(runId: string): Promise<LocalPackage[]> {
    const dir = await runDirectory(runId)
    const names = (await readdir(dir)).sort()
    const found = await Promise.all(
      names.map(async (filename): Promise<LocalPackage | null> => {
        const parsed = parseBinaryName(filename)
        if (!parsed) return null
        const path = join(dir, filename)
        return { runId, filename, ...parsed, sizeBytes: (await lstat(path)).size, path }
      }),
    )
    const packages = found.filter((entry) => entry !== null)
    if (packages.length === 0) throw new ArtifactsMissingError(runId)
    return packages
  }

  return {
    location: root,

    list: (runId, signal) =>
      retrieving(runId, signal, async () => (await list(runId)).map(({ path: _, ...binary }) => binary)),

    sha256: (binary, signal) =>
      retrieving(binary.runId, signal, async () => {
        const path = join(await runDirectory(binary.runId), requireLawfulName(binary))
        const { ino, size, mtimeMs } = await lstat(path)
        const identity = `${path}:${ino}:${size}:${mtimeMs}`
        const known = digests.get(identity)
        if (known) return known
        const hash = createHash('sha256')
        await pipeline(createReadStream(path), hash, { signal })
        const digest = hash.digest('hex')
        if (digests.size >= 10_000) digests.clear()
        digests.set(identity, digest)
        return digest
      }),

    fetch: (runId, _dir, signal) =>
      retrieving(runId, signal, async () => {
        const packages = await list(runId)
        for (const { path, filename } of packages) await checkIsPackage(path, filename)
        return packages
      }),

    close: async () => {},
  }
}

/** One component of a path: whatever it holds, joined to a directory it names an entry of that directory. */
function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name) && Buffer.byteLength(name) <= 255
}

function requireLawfulName({ filename, runId }: Binary): string {
  if (!parseBinaryName(filename)) throw new ArtifactsMissingError(runId)
  return filename
}

/**
 * Runs a retrieval and says what went wrong in the contract's terms. A directory on a network can hang for longer than anyone
 * waits, and a file system call cannot be cancelled, so the signal ends the waiting.
 */
async function retrieving<T>(
  runId: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
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

const AR_MAGIC = '!<arch>\ndebian-binary'

/**
 * Checks that `path` is a regular file with the outer structure of a Debian package: diffoscope compares anything else as plain data and calls
 * it a success. A symbolic link is refused: debdiff would follow it, diffoscope would compare the link.
 * @throws InvalidPackageError
 */
export async function checkIsPackage(path: string, filename: string): Promise<void> {
  const stats = await lstat(path)
  if (!stats.isFile()) throw new InvalidPackageError(filename, 'it is not a regular file')
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(AR_MAGIC.length)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    if (bytesRead === 0) throw new InvalidPackageError(filename, 'it is empty')
    if (head.toString('latin1', 0, bytesRead) !== AR_MAGIC)
      throw new InvalidPackageError(
        filename,
        'it does not begin as an ar archive with the member debian-binary',
      )
  } finally {
    await file.close()
  }
}
