import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../config/load.ts'
import type { Logger } from '../../log.ts'
import { toolVersions } from '../doctor/tools.ts'

/** Leaves the processors to the first requests: diffoscope needs half a second to print its version. */
const DELAY_MS = 1_000

/**
 * Logs the versions of the tools shortly after the start, without delaying it.
 * @returns stops this; its promise resolves when no tool is running any more
 */
export function logToolVersions(config: Config, log: Logger): () => Promise<void> {
  const stop = new AbortController()
  const logged = sleep(DELAY_MS, undefined, { signal: stop.signal })
    .then(() => toolVersions(config, stop.signal))
    .then(
      (tools) => log.info({ tools }, 'tools'),
      (err: unknown) => {
        if (!stop.signal.aborted) log.warn({ err }, 'cannot determine the versions of the tools')
      },
    )
  return () => {
    stop.abort()
    return logged
  }
}
