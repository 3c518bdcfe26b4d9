import { type Config, describeConfig } from '../config/load.ts'
import type { Logger } from '../log.ts'
import { startWorker } from '../worker.ts'
import { tellTools } from './log-tool-versions.ts'
import { logUncaught } from './log-uncaught.ts'
import { untilToldToStop } from './shutdown-signal.ts'

/** Does background jobs until it is told to stop by SIGINT or SIGTERM; what it works on then is handed back. A second signal ends it at once. */
export async function work(config: Config, log: Logger): Promise<void> {
  const told = untilToldToStop()
  logUncaught(log)
  const worker = await startWorker(config, log)
  const stopTelling = tellTools(config, log)
  try {
    log.debug(`configuration:\n${describeConfig(config)}`)
    log.info(`stopping (${await told}); once more stops at once`)
  } finally {
    await stopTelling()
    await worker.close()
  }
  log.info('stopped')
}
