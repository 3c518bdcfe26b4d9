/**
 * A directory of this service instance for its temporary files. Its name tells whose it is, so that what a killed instance left can be told from
 * what a running one uses.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { killProcesses, startTicks } from './process-table.ts'
import { removeTree } from './remove-tree.ts'

/** `differ-HOST-PIDNAMESPACE-PID-START-RANDOM`; a host's name may hold dashes itself. */
const NAME = /^(differ-.+-\d+)-(\d+)-(\d+)-[^-]+$/

export interface InstanceDir {
  /** Absolute; mode 0700. */
  readonly path: string
  /** Makes a new directory in it, for one job; the caller removes it (`removeTree`). */
  jobDir(): Promise<string>
  /** Removes all of it. */
  remove(): Promise<void>
}

/**
 * Makes this instance's directory below `parent`, which exists.
 * @throws Error of the system where it cannot.
 */
export async function createInstanceDir(parent: string): Promise<InstanceDir> {
  return ownDir(await mkdtemp(await prefixIn(parent)))
}

/** The same, made when it is first used: where it cannot be made now. */
export async function instanceDirLater(parent: string): Promise<InstanceDir> {
  return ownDir(`${await prefixIn(parent)}${randomBytes(6).toString('hex')}`)
}

/** A directory within an instance's own, made when it is first used. */
export function ownDir(path: string): InstanceDir {
  return {
    path,
    jobDir: async () => {
      // Somebody may have cleared the place: what lies there can be deleted at any time.
      await mkdir(path, { recursive: true, mode: 0o700 })
      return mkdtemp(join(path, 'job-'))
    },
    remove: () => removeTree(path),
  }
}

/**
 * Removes the directories below `parent` whose instance is gone, and kills the tools that it left running. An instance of another host or another pid
 * namespace cannot be seen from here and is left alone.
 * @returns the paths removed.
 * @throws Error of the system where `parent` cannot be read, or a directory not removed.
 */
export async function sweepDeadInstances(parent: string): Promise<string[]> {
  const here = await whereAmI()
  const removed: string[] = []
  for (const name of await readdir(parent)) {
    const [, where, pid, start] = NAME.exec(name) ?? []
    if (where !== here || startTicks(Number(pid)) === Number(start)) continue
    const path = join(resolve(parent), name)
    await killProcesses(`TMPDIR=${path}/`)
    await removeTree(path)
    removed.push(path)
  }
  return removed
}

async function prefixIn(parent: string): Promise<string> {
  return join(resolve(parent), `${await whereAmI()}-${process.pid}-${startTicks(process.pid)}-`)
}

/** Process ids mean something within one pid namespace of one host only; the first namespace of every host has the same number. */
async function whereAmI(): Promise<string> {
  const namespace = /\d+/.exec(await readlink('/proc/self/ns/pid'))?.[0] ?? '0'
  return `differ-${encodeURIComponent(hostname())}-${namespace}`
}
