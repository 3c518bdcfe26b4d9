import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/load.ts'
import type { Database } from '../../db/database.ts'
import { importPackages } from '../import/import-packages.ts'

/** An entry of `samples.json`. */
interface Sample {
  readonly runId: string
  readonly campaign: string
  /** The changed run to which this one is the control run. The changed run comes first in the file. */
  readonly unchangedOf?: string
}

/**
 * Imports the runs of `{dir}/samples.json`, whose packages are in `{dir}/{run id}/`.
 * @returns the last control run and its changed run, to show as an example
 */
export async function importSamples(
  database: Database,
  config: Config,
  dir: string,
): Promise<{ old: string; new: string }> {
  const samples = JSON.parse(await readFile(join(dir, 'samples.json'), 'utf8')) as Sample[]
  let pair = { old: '', new: '' }
  for (const { runId, campaign, unchangedOf } of samples) {
    const paths = [join(dir, runId)]
    await importPackages(database, config, { runId, campaign, unchangedOf, paths, allowForeign: false })
    if (unchangedOf) pair = { old: runId, new: unchangedOf }
  }
  return pair
}
