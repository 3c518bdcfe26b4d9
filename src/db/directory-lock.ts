/** A lock on a directory that the kernel drops when its holder dies, however it dies. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { UsageError } from '../errors.ts'

export interface DirectoryLock {
  /** Resolves when the lock is gone: released, or its keeper was killed. Never rejects. */
  readonly lost: Promise<void>
  /** Gives the lock up; another process can have it when this resolves. */
  release(): Promise<void>
}

/**
 * Takes the lock whose file is `path` (made if absent), or returns null at once where another process has it.
 *
 * Node has no flock(2), so a small process keeps the lock for us: `cat`, which lives as long as the pipe that we hold the
 * other end of. It has a session of its own, so that Ctrl-C in a terminal does not take the lock away while we close.
 * @throws UsageError where the file cannot be made or `flock` (util-linux) is not installed.
 */
export async function tryLock(path: string): Promise<DirectoryLock | null> {
  const keeper = spawn('flock', ['--nonblock', '--conflict-exit-code', '75', path, 'cat'], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaint = ''
  keeper.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 1000)
  })
  // The pipe breaks when the keeper is killed; `lost` tells that.
  keeper.stdin.on('error', () => {})
  const exited = new Promise<number | null>((resolve, reject) => {
    keeper.once('error', reject)
    keeper.once('close', resolve)
  }).catch((cause) => {
    throw new UsageError('Differ needs the program flock (package util-linux) to lock its database', {
      cause,
    })
  })

  // `cat` echoes only once the lock is held.
  keeper.stdin.write('\n')
  const held = once(keeper.stdout, 'data').then(() => 'held' as const)
  held.catch(() => {})
  const outcome = await Promise.race([held, exited])
  if (outcome === 75) return null
  if (outcome !== 'held') throw new UsageError(`Cannot lock ${path}: ${complaint.trim()}`)

  const lost = exited.then(() => {})
  return {
    lost,
    release: () => {
      keeper.stdin.end()
      return lost
    },
  }
}
