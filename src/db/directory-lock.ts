/** A lock on a directory, which the kernel releases when the process that holds it ends for any reason. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { UsageError } from '../errors.ts'

/** flock's exit code if another process holds the lock. */
const CONFLICT = 75

export interface DirectoryLock {
  /**
   * Resolves when the lock has been released, or lost because the helper process was killed. Never rejects.
   */
  readonly lost: Promise<void>
  /** Releases the lock. When this resolves, another process can take it. */
  release(): Promise<void>
}

/**
 * Takes the lock on the file `path`, which is created if it does not exist.
 *
 * Node.js has no flock(2), so a helper process holds the lock: `cat`, which lives until its standard input is
 * closed. It runs in a separate session, so that Ctrl-C in a terminal does not end it while this process is
 * still closing.
 * @returns null, without waiting, if another process holds the lock
 * @throws UsageError if the file cannot be created, or `flock` (package util-linux) is not installed
 */
export async function tryLock(path: string): Promise<DirectoryLock | null> {
  const helper = spawn('flock', ['--nonblock', '--conflict-exit-code', String(CONFLICT), path, 'cat'], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let errorOutput = ''
  helper.stderr.setEncoding('utf8').on('data', (text: string) => {
    errorOutput = (errorOutput + text).slice(0, 1000)
  })
  // The pipe breaks when the helper is killed; `lost` resolves then.
  helper.stdin.on('error', () => {})
  const exited = new Promise<number | null>((resolve, reject) => {
    helper.once('error', reject)
    helper.once('close', resolve)
  }).catch((cause) => {
    throw new UsageError('Cannot lock the embedded database: install flock (Debian package util-linux)', {
      cause,
    })
  })

  // `cat` starts, and echoes, only after `flock` has taken the lock.
  helper.stdin.write('\n')
  const held = once(helper.stdout, 'data').then(() => 'held' as const)
  // Without output the process exits, and `exited` decides the race.
  held.catch(() => {})
  const outcome = await Promise.race([held, exited])
  if (outcome === CONFLICT) return null
  if (outcome !== 'held') throw new UsageError(`Cannot lock ${path}: ${errorOutput.trim()}`)

  const lost = exited.then(() => {})
  return {
    lost,
    release: () => {
      helper.stdin.end()
      return lost
    },
  }
}
