/** `differ state rebuild`: makes the state again from the cache. */
import { CleanupStack } from '../../cleanup-stack.ts'
import type { Config } from '../../config/load.ts'
import { openConfiguredArtifacts, openConfiguredDatabase, openEngine, openState } from '../../factories.ts'
import { createLog } from '../../log.ts'
import { rebuildState } from '../../state/rebuild-state.ts'
import { progressLine } from '../progress-line.ts'

/** @throws StateNotConfiguredError, DatabaseUnavailableError, UsageError */
export async function rebuild(config: Config): Promise<void> {
  const log = createLog(config)
  const cleanup = new CleanupStack(log)
  const progress = progressLine()
  try {
    const database = await openConfiguredDatabase(config)
    cleanup.defer(() => database.close())
    const { state, close: closeState } = await openState(config, database)
    cleanup.defer(closeState)
    const artifacts = await openConfiguredArtifacts(config)
    cleanup.defer(() => artifacts.close())
    const { engine, close } = await openEngine(config, artifacts, log, { recordToolVersions: false })
    cleanup.defer(close)
    const { pairs, summaries } = await rebuildState({
      ...{ state, database, engine, cachePath: config.cachePath },
      onProgress: (soFar) => progress.show(`${soFar.summaries} summaries of ${soFar.pairs} pairs`),
    })
    progress.clear()
    process.stdout.write(`Wrote ${summaries} cached summaries of ${pairs} pairs to the state\n`)
  } finally {
    progress.clear()
    await cleanup.disposeAsync()
  }
}
