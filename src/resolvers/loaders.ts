import DataLoader from 'dataloader'
import type { Database } from '../db/database.ts'
import { baselineOf } from '../db/pairs.ts'
import { runsByIds } from '../db/runs.ts'
import type { Run } from '../model.ts'
import type { Loaders } from './context.ts'

/** One set for each operation: what it loads is loaded once, and nothing is remembered for the next. */
export function createLoaders(database: Database): Loaders {
  const run = new DataLoader<string, Run | null>((ids) => runsByIds(database, ids))
  const baseline = new DataLoader<Run, Run | null, string>((runs) => baselineOf(database, runs), {
    cacheKeyFn: (of) => of.id,
  })
  return { run, baseline }
}
