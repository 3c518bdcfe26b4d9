import { setTimeout } from 'node:timers/promises'
import type { Config } from '../config/load.ts'
import type { Logger } from '../log.ts'
import { toolVersions } from './doctor/tools.ts'

/** The processors are for the first requests at first. */
const PAUSE_MS = 1_000

/**
 * Logs the versions of the tools a moment after the start, while everything else goes on: diffoscope takes half a second of a processor to tell its own.
 * @returns stops asking; resolves when nothing is left of it
 */
export function tellTools(config: Config, log: Logger): () => Promise<void> {
  const stop = new AbortController()
  const told = setTimeout(PAUSE_MS, undefined, { signal: stop.signal })
    .then(() => toolVersions(config, stop.signal))
    .then(
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
