/** The free search for runs. */
import { type SQL, sql } from 'drizzle-orm'
import { UsageError } from '../errors.ts'
import type { Db } from './database.ts'
import { run } from './tables.ts'

const MAX_SEARCH_LENGTH = 200
const MAX_WORDS = 8

/** A word that matches fewer runs is looked up first, and the other words are compared with these runs only. */
const MAX_CANDIDATES = 5_000

/** @throws UsageError for a search text that is too long */
export function assertSearchLength(search: string): void {
  if (search.length > MAX_SEARCH_LENGTH)
    throw new UsageError(`"search" has ${search.length} characters; it takes at most ${MAX_SEARCH_LENGTH}`)
}

/**
 * The words of a search text. Each must occur in the codebase, the campaign, the source package, the id or the
 * version of a run, or be one of its binary packages; case is ignored.
 * @throws UsageError for a text that is too long or has too many words
 */
export function searchWords(search = ''): string[] {
  assertSearchLength(search)
  const words = [...new Set(search.split(/\s+/).filter((word) => word !== ''))]
  if (words.length > MAX_WORDS)
    throw new UsageError(`"search" has ${words.length} words; it takes at most ${MAX_WORDS}`)
  return words
}

/**
 * Conditions for the runs that match all words.
 *
 * A rare word is looked up in both tables first, which a trigram index makes fast (see "Search" in
 * docs/operations.md), and which reads each table once without one. A frequent word matches soon in any order,
 * so a page of the newest runs needs no index for it.
 */
export async function searchConditions(db: Db, words: readonly string[]): Promise<SQL[]> {
  // The longest word most likely matches the fewest runs.
  const longestFirst = [...words].sort((one, other) => other.length - one.length)
  for (const word of longestFirst) {
    const candidates = await runsWith(db, word)
    if (candidates === null) continue
    const others = words.filter((other) => other !== word)
    return [sql`${run.id} = ANY(${sql.param(candidates)}::text[])`, ...others.map(containsWord)]
  }
  return words.map(containsWord)
}

/** Ids of the runs that match a word; null if they are too many. */
async function runsWith(db: Db, word: string): Promise<string[] | null> {
  const pattern = patternOf(word)
  const limit = MAX_CANDIDATES + 1
  const { rows: ofRuns } = await db.execute<{ id: string }>(sql`
    SELECT id FROM run
    WHERE codebase ILIKE ${pattern} OR suite ILIKE ${pattern} OR id ILIKE ${pattern} LIMIT ${limit}`)
  // The other table, which may have to be read to its end, would not make the word rare.
  if (ofRuns.length === limit) return null
  const { rows: ofBuilds } = await db.execute<{ id: string }>(sql`
    SELECT run_id AS id FROM debian_build WHERE ${buildHas(word)} LIMIT ${limit}`)
  if (ofBuilds.length === limit) return null
  const ids = [...ofRuns, ...ofBuilds].map(({ id }) => id)
  return [...new Set(ids)]
}

function containsWord(word: string): SQL {
  const pattern = patternOf(word)
  return sql`(${run.codebase} ILIKE ${pattern} OR ${run.campaign} ILIKE ${pattern} OR ${run.id} ILIKE ${pattern}
    OR EXISTS (SELECT FROM debian_build WHERE run_id = ${run.id} AND (${buildHas(word)})))`
}

/** A part of the source, a whole binary package, or for a word with a digit at first a part of the version. */
function buildHas(word: string): SQL {
  const pattern = patternOf(word)
  const isVersion = /^\d/.test(word)
  return sql`source ILIKE ${pattern} OR binary_packages @> ARRAY[${word.toLowerCase()}]::text[]
    ${isVersion ? sql`OR version::text ILIKE ${pattern}` : sql``}`
}

function patternOf(word: string): string {
  return `%${word.replace(/[\\%_]/g, '\\$&')}%`
}

/** The columns that a search reads. */
const SEARCHED: readonly (readonly [table: string, column: string])[] = [
  ['run', 'codebase'],
  ['run', 'suite'],
  ['run', 'id'],
  ['debian_build', 'source'],
]

/** The searched columns that no trigram index covers, as `table.column`. */
export async function columnsWithoutIndex(db: Db): Promise<string[]> {
  const { rows } = await db.execute<{ table: string; column: string }>(sql`
    SELECT c.relname AS "table", a.attname AS "column"
    FROM pg_index AS i
    CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) AS part (attnum, opclass)
    JOIN pg_class AS c ON c.oid = i.indrelid
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = part.attnum
    JOIN pg_opclass AS o ON o.oid = part.opclass
    WHERE i.indrelid IN (to_regclass('run'), to_regclass('debian_build'))
      AND i.indisvalid AND i.indpred IS NULL AND o.opcname IN ('gin_trgm_ops', 'gist_trgm_ops')`)
  const indexed = new Set(rows.map(({ table, column }) => `${table}.${column}`))
  return SEARCHED.map((names) => names.join('.')).filter((name) => !indexed.has(name))
}
