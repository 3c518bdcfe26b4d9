import { type Config, describeConfig } from '../../config/load.ts'
import type { Logger } from '../../log.ts'
import { startWorker } from '../../worker.ts'
import { logToolVersions } from '../process/log-tool-versions.ts'
import { logUncaught } from '../process/log-uncaught.ts'
import { waitForShutdownSignal } from '../process/shutdown-signal.ts'

/** Runs background jobs until SIGINT or SIGTERM; then its running jobs return to the queue. */
export async function work(config: Config, log: Logger): Promise<void> {
  const shutdown = waitForShutdownSignal()
  logUncaught(log)
  const worker = await startWorker(config, log)
  const stopVersions = logToolVersions(config, log)
  try {
    log.debug(`configuration:\n${describeConfig(config)}`)
    log.info(`stopping (${await shutdown}); a second signal stops at once`)
  } finally {
    await stopVersions()
    await worker.close()
  }
  log.info('stopped')
}
