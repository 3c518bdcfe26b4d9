/** Starts programs of this project in threads and in processes, from the bundle and from the sources. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'

export type ThreadOptions = Pick<WorkerOptions, 'resourceLimits' | 'workerData'>

/** In megabytes. The default of 16 costs 30 MB of memory in each process that works for a while, and saves no time. */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=2'

const isSource = import.meta.url.endsWith('.ts')

/**
 * @param program URL of an `.mjs` module beside the caller, made where the bundler finds it
 * @param options a thread that exceeds its limits ends, not the process
 */
export function startThread(program: URL, options: ThreadOptions): Worker {
  return new Worker(isSource ? importSource(program) : program, {
    eval: isSource,
    // The service's own flags may name loaders that the thread does not need.
    execArgv: [],
    ...options,
  })
}

/**
 * Starts a process that exchanges messages with this one. It leads a new session, and its standard error is a pipe.
 * @param program as for `startThread`
 * @param maxHeapMb of JavaScript objects, in megabytes: V8 ends a process that needs more
 */
export function startProcess(program: URL, maxHeapMb: number): ChildProcess {
  return fork(fileURLToPath(program), {
    execArgv: [
      `--max-old-space-size=${maxHeapMb}`,
      SMALL_YOUNG_GENERATION,
      ...(isSource ? ['--import', import.meta.resolve('tsx')] : []),
    ],
    serialization: 'advanced',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}

/** A program that imports TypeScript, which Node.js 20 cannot do itself. */
function importSource({ href }: URL): string {
  const url = JSON.stringify(href)
  return `import('tsx/esm/api').then(({ tsImport }) => tsImport(${url}, ${url}))`
}
