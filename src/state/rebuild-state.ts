/** Makes the state again from the summaries in the cache. */
import { opendir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { Database } from '../db/database.ts'
import { listControlPairs } from '../db/pairs.ts'
import type { RunCursor } from '../db/run-order.ts'
import { runsByIds } from '../db/runs.ts'
import type { Origin } from '../diff/cache/origin.ts'
import type { DiffEngine } from '../diff/engine.ts'
import { SUCCESS } from '../run-pair.ts'
import type { State } from './state.ts'
import { recordOfSummary, type SummaryRecord } from './summary-record.ts'
import { writeRecords } from './write-records.ts'

/** Pairs that are looked up together. */
const BATCH_SIZE = 200
const PAGE_SIZE = 1_000

export interface RebuildParts {
  readonly state: State
  /** Of the runs. */
  readonly database: Database
  readonly engine: DiffEngine
  readonly cachePath: string
  /** Called after each batch with the numbers so far. */
  readonly onProgress?: (progress: Rebuilt) => void
}

export interface Rebuilt {
  /** Pairs that were looked up. */
  readonly pairs: number
  /** Those whose summary is cached, and was written. */
  readonly summaries: number
}

interface PairOfIds {
  readonly oldId: string
  readonly newId: string
}

/**
 * Writes all cached summaries, and then all sums anew. Rows whose summary is no longer cached stay: what they say
 * is still true. Safe beside running services.
 * @throws StateNotConfiguredError, DatabaseUnavailableError
 */
export async function rebuildState(parts: RebuildParts): Promise<Rebuilt> {
  const { onProgress } = parts
  const rebuilt = { pairs: 0, summaries: 0 }
  let batch: PairOfIds[] = []
  const flush = async () => {
    const records = await cachedRecords(parts, batch)
    await parts.state.query('background', 'state', (db) => writeRecords(db, records, { force: true }))
    rebuilt.pairs += batch.length
    rebuilt.summaries += records.length
    batch = []
    onProgress?.({ ...rebuilt })
  }
  for await (const pair of candidates(parts)) {
    batch.push(pair)
    if (batch.length === BATCH_SIZE) await flush()
  }
  await flush()
  await rebuildSums(parts.state)
  return rebuilt
}

/** Pairs that may have a cached summary, each once: those that stamps name, and those that the runs suggest. */
async function* candidates({ database, cachePath }: RebuildParts): AsyncGenerator<PairOfIds, void, void> {
  const seen = new Set<string>()
  const isNew = ({ oldId, newId }: PairOfIds) => {
    const key = JSON.stringify([oldId, newId])
    return !seen.has(key) && seen.add(key)
  }
  for await (const pair of stampedPairs(cachePath)) if (isNew(pair)) yield pair
  let after: RunCursor | undefined
  do {
    const page = await listControlPairs(database.for('background', 'state'), { limit: PAGE_SIZE, after })
    for (const pair of page.items) if (isNew(pair)) yield pair
    after = page.next ?? undefined
  } while (after)
}

/** The pairs of stamps of summaries. Stamps of earlier versions do not name them. */
async function* stampedPairs(cachePath: string): AsyncGenerator<PairOfIds, void, void> {
  const dir = join(cachePath, 'differ', 'stamps', 'summary')
  // Without the directory, nothing is cached.
  const stamps = await opendir(dir).catch(() => null)
  if (!stamps) return
  for await (const { name } of stamps) {
    // A stamp that was evicted meanwhile, or is damaged, names no pair.
    const text = await readFile(join(dir, name), 'utf8').catch(() => '')
    const runs = runsOf(text)
    if (runs) yield { oldId: runs.old, newId: runs.new }
  }
}

function runsOf(stamp: string): Origin['runs'] | null {
  try {
    const { runs } = JSON.parse(stamp) as Origin
    return typeof runs?.old === 'string' && typeof runs.new === 'string' ? runs : null
  } catch {
    // Truncated: it names no pair.
    return null
  }
}

async function cachedRecords(
  { database, engine }: RebuildParts,
  pairs: readonly PairOfIds[],
): Promise<SummaryRecord[]> {
  const runs = await runsByIds(
    database.for('background', 'state'),
    pairs.flatMap(({ oldId, newId }) => [oldId, newId]),
  )
  const records: SummaryRecord[] = []
  for (const index of pairs.keys()) {
    const [old, newer] = [runs[2 * index], runs[2 * index + 1]]
    if (old?.resultCode !== SUCCESS || newer?.resultCode !== SUCCESS) continue
    const stored = await engine.lookup('summary', { old, new: newer })
    if (stored) records.push(await recordOfSummary(stored))
  }
  return records
}

/** One campaign after the other: the lock of its row keeps writers of the campaign waiting meanwhile. */
async function rebuildSums(state: State): Promise<void> {
  const { rows } = await state.query('background', 'state', (db) =>
    db.execute<{ id: number }>(sql`SELECT id FROM differ.campaign ORDER BY id`),
  )
  for (const { id } of rows)
    await state.query('background', 'state', (db) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`SELECT FROM differ.campaign WHERE id = ${id} FOR UPDATE`)
        await tx.execute(sql`DELETE FROM differ.campaign_count WHERE campaign_id = ${id}`)
        await tx.execute(sql`
          INSERT INTO differ.campaign_count
            (campaign_id, kind, key, severity, expected, comparisons, items)
          SELECT campaign_id, fact->>0, fact->>1, fact->>2, (fact->>3)::boolean, count(*), sum((fact->>4)::bigint)
          FROM differ.comparison, jsonb_array_elements(counts) AS fact
          WHERE campaign_id = ${id}
          GROUP BY 1, 2, 3, 4, 5`)
      }),
    )
}
