import DataLoader from 'dataloader'
import { findBaselines } from '../db/pairs.ts'
import type { StoredDiff } from '../diff/stored-diff.ts'
import type { PrecacheJob } from '../jobs/queue.ts'
import type { Binary, Run, RunPair } from '../model.ts'
import type { DiffKey, Loaders, Services } from './context.ts'

/**
 * One set for each operation: what it loads is loaded once, and nothing is remembered for the next. Runs and baselines are loaded together,
 * however many there are; the others, which files and the queue answer, each by itself but all at a time.
 * @param signal of the operation, at the moment of asking
 */
export function createLoaders(
  { database, recentRuns, artifacts, diffService }: Services,
  signal: () => AbortSignal,
): Loaders {
  const run = new DataLoader<string, Run | null>((ids) => recentRuns.byIds(ids))
  const baseline = new DataLoader<Run, Run | null, string>(
    async (runs) => {
      const baselines = await findBaselines(database, runs)
      for (const found of baselines) if (found) run.prime(found.id, found)
      return baselines
    },
    { cacheKeyFn: (of) => of.id },
  )
  const binaries = new DataLoader<string, readonly Binary[]>(each((runId) => artifacts.list(runId, signal())))
  const cachedDiff = new DataLoader<DiffKey, StoredDiff | null, string>(
    each(({ kind, pair }) => diffService.lookup(kind, pair)),
    { cacheKeyFn: ({ kind, pair }) => `${kind} ${pairKey(pair)}` },
  )
  const job = new DataLoader<RunPair, PrecacheJob | null, string>(
    each((pair) => diffService.findJob(pair)),
    { cacheKeyFn: pairKey },
  )
  return { run, baseline, binaries, cachedDiff, job }
}

function each<Key, Value>(load: (key: Key) => Promise<Value>) {
  return async (keys: readonly Key[]): Promise<(Value | Error)[]> => {
    const settled = await Promise.allSettled(keys.map(load))
    return settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error)))
  }
}

function pairKey({ old, new: fresh }: RunPair): string {
  return JSON.stringify([old.id, fresh.id])
}
