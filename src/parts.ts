/** The one place that chooses drivers: the parts that the service and the other commands are made of, as they are configured. */
import { mkdir } from 'node:fs/promises'
import type { ArtifactStore } from './artifacts/store.ts'
import type { Config } from './config/load.ts'
import type { Database } from './db/database.ts'
import { DiffEngine } from './diff/engine.ts'
import type { DiffObserver } from './diff/observer.ts'
import { DiffStore } from './diff/store.ts'
import { createInstanceDir, type InstanceDir, sweepDeadInstances } from './diff/tools/instance-dir.ts'
import type { Logger } from './log.ts'

/** Opens the configured database, or the embedded one in the data directory. */
export async function openConfiguredDatabase(config: Config): Promise<Database> {
  // Loaded when it is wanted: comparing files needs no database.
  const { openDatabase } = await import('./db/database.ts')
  return openDatabase(config.databaseUrl ? { url: config.databaseUrl } : { embeddedDir: config.dataDir })
}

export interface OpenEngine {
  readonly engine: DiffEngine
  /** Stops the tools and removes what they left. */
  close(): Promise<void>
}

/**
 * The engine on the configured cache and tools; first clears away what a killed instance left behind.
 * @param own `cachePath`: where diffs are kept, the configured place where left out; `observer`: who counts
 */
export async function openEngine(
  config: Config,
  artifacts: ArtifactStore,
  log: Logger,
  { cachePath = config.cachePath, observer }: { cachePath?: string; observer?: DiffObserver } = {},
): Promise<OpenEngine> {
  const store = new DiffStore(cachePath)
  const tempDir = await ownDir(config.tempPath, log)
  const incomingDir = await ownDir(await store.incomingDir(), log)
  const engine = new DiffEngine({
    artifacts,
    store,
    tempDir,
    incomingDir,
    commands: { debdiff: config.debdiffCommand, diffoscope: config.diffoscopeCommand },
    concurrency: config.maxConcurrentDiffs,
    maxMaking: config.maxWaitingDiffs,
    ...(observer && { observer }),
  })
  return {
    engine,
    async close() {
      await engine.close()
      await Promise.all([tempDir.remove(), incomingDir.remove()])
    },
  }
}

async function ownDir(parent: string, log: Logger): Promise<InstanceDir> {
  await mkdir(parent, { recursive: true })
  for (const path of await sweepDeadInstances(parent))
    log.info({ path }, 'removed what a killed instance left')
  return createInstanceDir(parent)
}
