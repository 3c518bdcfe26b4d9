import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config/load.ts'
import type { Database } from '../db/database.ts'
import { importPackages } from './import.ts'

/** An entry of `samples.json`. */
interface Sample {
  readonly runId: string
  readonly campaign: string
  /** As `differ import --unchanged-of`: the run of which this one is the control run; it is listed ahead. */
  readonly unchangedOf?: string
}

/**
 * Imports the sample runs: `{dir}/samples.json` and their packages in `{dir}/{run id}/`.
 * @returns the pair to show: what a control run is compared with
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
