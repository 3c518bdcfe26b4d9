/** A worker: does jobs, and answers nothing but how it is. */
import type { Config } from './config/load.ts'
import { UsageError } from './errors.ts'
import { createWorkerServer } from './http/worker-server.ts'
import { explainListenError } from './listen-error.ts'
import type { Logger } from './log.ts'
import { Closers, openCore } from './runtime.ts'

export interface RunningWorker {
  /** Where `/health`, `/ready` and `/metrics` are. */
  readonly url: string
  /** Orderly: what it works on is handed back. */
  close(): Promise<void>
}

/** @throws UsageError without Redis, or for an address that cannot be listened on; all that its parts throw */
export async function startWorker(config: Config, log: Logger): Promise<RunningWorker> {
  if (!config.redisUrl)
    throw new UsageError(
      'A worker takes its jobs from Redis: give --redis-url. Without Redis, `differ serve` does them itself',
    )
  const closers = new Closers(log)
  try {
    const { database, metrics, degraded } = await openCore(config, log, closers, true)
    const server = createWorkerServer({ database, errorFormat: config.errorFormat, degraded, metrics, log })
    const { listenAddress: host, workerPort: port } = config
    const url = await server
      .listen({ host, port, listenTextResolver: (address) => `working; health and metrics on ${address}` })
      .catch(explainListenError(host, port, '--worker-port'))
    closers.push(() => server.close())
    return { url, close: () => closers.closeAll() }
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}
