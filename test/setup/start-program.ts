/**
 * Replaces `src/start-program.ts` in tests, as vitest.config.ts says: it starts the programs of the bundle,
 * which the global setup builds from the same sources. From its sources, a program needs a second of
 * processor time to start, and each engine starts its own.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { lend } from './lent-process.ts'

type ThreadOptions = Pick<WorkerOptions, 'resourceLimits' | 'workerData'>

const DIST = join(import.meta.dirname, '..', '..', 'dist')

/** The program of the bundle; a test's own program as it is. */
function bundled(program: URL): string {
  const path = join(DIST, basename(program.pathname))
  return existsSync(path) ? path : fileURLToPath(program)
}

/** As in `src/start-program.ts`. */
export function startThread(program: URL, options: ThreadOptions): Worker {
  return new Worker(bundled(program), { execArgv: [], ...options })
}

/** As in `src/start-program.ts`. A process of the bundle may have worked for another engine before. */
export function startProcess(program: URL, maxHeapMb: number): ChildProcess {
  const path = bundled(program)
  const start = () =>
    fork(path, {
      execArgv: [`--max-old-space-size=${maxHeapMb}`],
      serialization: 'advanced',
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
  return path.startsWith(DIST) ? lend([path, maxHeapMb], start) : start()
}
