/**
 * The directory for the temporary files of one instance of the service. Its name identifies the instance, so
 * that a new instance can remove what a killed one left, but not what a running one uses.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { withDirectory } from '../../with-directory.ts'
import { killProcesses, startTicks } from './process-table.ts'
import { removeTree } from './remove-tree.ts'

/** `differ-HOST-PIDNAMESPACE-PID-START-RANDOM`. A host name may contain dashes. */
const NAME = /^(differ-.+-\d+)-(\d+)-(\d+)-[^-]+$/

export interface InstanceDir {
  /** Absolute; mode 0700. */
  readonly path: string
  /** Creates a directory in it, for one job. The caller removes it (`removeTree`). */
  jobDir(): Promise<string>
  /** The path of such a directory that does not exist yet. Most jobs on text never need it. */
  jobPath(): string
  /** Removes the directory and all its contents. */
  remove(): Promise<void>
}

/**
 * Creates this instance's directory in `parent`, which must exist.
 * @throws the system's error if that fails
 */
export async function createInstanceDir(parent: string): Promise<InstanceDir> {
  return ownDir(await mkdtemp(await prefixIn(parent)))
}

/** The same, but creates the directory when it is first used: for a disk that cannot be written to now. */
export async function instanceDirLater(parent: string): Promise<InstanceDir> {
  return ownDir(`${await prefixIn(parent)}${randomBytes(6).toString('hex')}`)
}

/** A directory inside an instance's directory, created when it is first used. */
export function ownDir(path: string): InstanceDir {
  return {
    path,
    jobDir: () => withDirectory(path, () => mkdtemp(join(path, 'job-')), 0o700),
    jobPath: () => join(path, `job-${randomUUID()}`),
    remove: () => removeTree(path),
  }
}

/**
 * Removes the directories in `parent` whose instance has ended, and kills the tools that it left running.
 * Instances on another host or in another pid namespace cannot be seen from here, so theirs are left alone.
 * @returns the removed paths
 * @throws the system's error if `parent` cannot be read, or a directory cannot be removed
 */
export async function sweepDeadInstances(parent: string): Promise<string[]> {
  const here = await hostAndNamespace()
  const removed: string[] = []
  for (const name of await readdir(parent)) {
    const [, origin, pid, start] = NAME.exec(name) ?? []
    if (origin !== here || startTicks(Number(pid)) === Number(start)) continue
    const path = join(resolve(parent), name)
    await killProcesses(`TMPDIR=${path}/`)
    await removeTree(path)
    removed.push(path)
  }
  return removed
}

/**
 * The numbers have a fixed length: diffoscope shortens messages that contain a path, and the result must not
 * depend on who ran it.
 */
async function prefixIn(parent: string): Promise<string> {
  const pid = String(process.pid).padStart(7, '0')
  const start = String(startTicks(process.pid)).padStart(12, '0')
  return join(resolve(parent), `${await hostAndNamespace()}-${pid}-${start}-`)
}

/**
 * A process id is unique only within one pid namespace of one host. The initial namespace has the same number
 * on every host.
 */
async function hostAndNamespace(): Promise<string> {
  const namespace = /\d+/.exec(await readlink('/proc/self/ns/pid'))?.[0] ?? '0'
  return `differ-${encodeURIComponent(hostname())}-${namespace}`
}
