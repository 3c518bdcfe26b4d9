/** A worker: runs background jobs, and serves its health and metrics. */
import { CleanupStack } from './cleanup-stack.ts'
import type { Config } from './config/load.ts'
import { UsageError } from './errors.ts'
import { createWorkerServer } from './http/worker-server.ts'
import { explainListenError } from './listen-error.ts'
import type { Logger } from './log.ts'
import { openRuntime } from './runtime.ts'

export interface RunningWorker {
  /** The URL of `/health`, `/ready` and `/metrics`. */
  readonly url: string
  /** Stops; running jobs return to the queue. */
  close(): Promise<void>
}

/**
 * Starts a worker.
 * @throws UsageError without Redis, or if it cannot listen on its address; all errors of its parts
 */
export async function startWorker(config: Config, log: Logger): Promise<RunningWorker> {
  if (!config.redisUrl)
    throw new UsageError(
      'A worker takes its jobs from Redis: set --redis-url. Without Redis, `differ serve` runs the jobs',
    )
  const cleanup = new CleanupStack(log)
  try {
    const { database, metrics, degraded } = await openRuntime(config, log, cleanup, { runsJobs: true })
    const server = createWorkerServer({ database, errorFormat: config.errorFormat, degraded, metrics, log })
    const { listenAddress: host, workerPort: port } = config
    const url = await server
      .listen({ host, port, listenTextResolver: (address) => `working; health and metrics on ${address}` })
      .catch(explainListenError(host, port, '--worker-port'))
    cleanup.defer(() => server.close())
    return { url, close: () => cleanup.disposeAsync() }
  } catch (error) {
    await cleanup.disposeAsync()
    throw error
  }
}
