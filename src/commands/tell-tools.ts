import type { Config } from '../config/load.ts'
import type { Logger } from '../log.ts'
import { toolVersions } from './doctor/tools.ts'

/**
 * Logs the versions of the tools once they are known, while everything else goes on: diffoscope takes half a second to tell its own.
 * @returns stops asking; resolves when nothing is left of it
 */
export function tellTools(config: Config, log: Logger): () => Promise<void> {
  const stop = new AbortController()
  const told = toolVersions(config, stop.signal).then(
    (tools) => log.info({ tools }, 'tools'),
    (err: unknown) => {
      if (!stop.signal.aborted) log.warn({ err }, 'the versions of the tools could not be found out')
    },
  )
  return () => {
    stop.abort()
    return told
  }
}
