import DataLoader from 'dataloader'
import { findBaselines } from '../db/pairs.ts'
import type { StoredResult } from '../diff/stored/stored-diffs.ts'
import type { PrecacheJob } from '../jobs/queue.ts'
import type { Binary, Run, RunPair } from '../model.ts'
import { createCampaignLoaders } from './campaign-loaders.ts'
import type { DiffKey, Loaders, Services } from './context.ts'

/**
 * Creates loaders that load each key once. Runs and baselines are loaded in batches, with a fixed number of
 * SQL statements. The other loaders read files or ask the queue, once per key, all concurrently.
 * @param signal aborts what is still being loaded
 * @param client address of the client, for limits per client
 */
export function createLoaders(services: Services, signal: AbortSignal, client = ''): Loaders {
  const { database, recentRuns, artifacts, diffService } = services
  const run = new DataLoader<string, Run | null>((ids) => recentRuns.byIds(ids))
  const baseline = new DataLoader<Run, Run | null, string>(
    async (runs) => {
      const baselines = await findBaselines(database.for('list', client), runs)
      for (const found of baselines) if (found) run.prime(found.id, found)
      return baselines
    },
    { cacheKeyFn: ({ id }) => id },
  )
  const binaries = new DataLoader<string, readonly Binary[]>(
    loadEach((runId) => artifacts.list(runId, signal)),
  )
  const cachedDiff = new DataLoader<DiffKey, StoredResult | null, string>(
    loadEach(({ kind, pair }) => diffService.lookup(kind, pair)),
    { cacheKeyFn: ({ kind, pair }) => `${kind} ${pairKey(pair)}` },
  )
  const job = new DataLoader<RunPair, PrecacheJob | null, string>(
    loadEach((pair) => diffService.findJob(pair)),
    { cacheKeyFn: pairKey },
  )
  const campaigns = createCampaignLoaders(services, client)
  return { run, baseline, binaries, cachedDiff, campaigns, job }
}

/** Makes a batch function from one that loads a single key. */
function loadEach<Key, Value>(load: (key: Key) => Promise<Value>) {
  return async (keys: readonly Key[]): Promise<(Value | Error)[]> => {
    const settled = await Promise.allSettled(keys.map(load))
    return settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error)))
  }
}

function pairKey(pair: RunPair): string {
  return JSON.stringify([pair.old.id, pair.new.id])
}
