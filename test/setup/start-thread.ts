/**
 * Replaces `src/start-thread.ts` in tests, as vitest.config.ts says: it starts the threads of the bundle,
 * which the global setup builds from the same sources. From its sources, a thread needs a second of processor
 * time to start, and each engine starts its own.
 */
import { basename, join } from 'node:path'
import { type ResourceLimits, Worker } from 'node:worker_threads'

const DIST = join(import.meta.dirname, '..', '..', 'dist')

/** As in `src/start-thread.ts`. */
export function startThread(program: URL, resourceLimits: ResourceLimits): Worker {
  return new Worker(join(DIST, basename(program.pathname)), { execArgv: [], resourceLimits })
}
