/** Puts a run into a database by hand, so that packages from anywhere can be compared. */
import { eq, sql } from 'drizzle-orm'
import { CONTROL_CAMPAIGNS } from '../control-runs.ts'
import { RunNotFoundError, UsageError } from '../errors.ts'
import { SUCCESS } from '../run-pair.ts'
import type { Database, Db } from './database.ts'
import { changeSet, codebase, debianBuild, run } from './tables.ts'

/** A successful build, as its importer describes it. */
export interface ImportedRun {
  readonly id: string
  readonly codebase: string
  readonly campaign: string
  readonly source: string
  /** Debian version of the source package. */
  readonly version: string
  /** The names of the binary packages that it built. */
  readonly binaryPackages: readonly string[]
  /** What was built; the id where nothing better is known. */
  readonly revision?: string | undefined
  /** The revision that the change was made upon. */
  readonly mainBranchRevision?: string | undefined
  /** Both start and end of the build; the present where left out. */
  readonly finishTime?: Date | undefined
  /** The id of a run that is there already and of which this one is the control run: the same source without the change. */
  readonly unchangedOf?: string | undefined
}

const facts = ['codebase', 'campaign', 'source', 'version', 'revision', 'mainBranchRevision'] as const

/**
 * Records a run in one transaction. Importing the same again changes nothing, except that `unchangedOf` may be added: a
 * run's facts never change, since its diffs are cached.
 * @throws UsageError where the database is not Differ's own (unless `allowForeign`), where the id is taken by another run, and where
 * the two runs cannot be a pair; RunNotFoundError for an unknown `unchangedOf`; DatabaseUnavailableError.
 */
export async function importRun(
  database: Database,
  imported: ImportedRun,
  { allowForeign }: { readonly allowForeign: boolean },
): Promise<void> {
  if (!database.owned && !allowForeign)
    throw new UsageError(
      'This database belongs to another service; runs are imported into the embedded database',
    )
  for (const name of ['id', ...facts] as const) {
    if (imported[name] === '') throw new UsageError(`The ${name} of a run cannot be empty`)
    if (imported[name]?.includes('\0'))
      throw new UsageError(`The ${name} of a run cannot hold a NUL character`)
  }
  await database.query((db) =>
    db.transaction(async (tx) => {
      if (!(await insertRun(tx, imported))) await expectSame(tx, imported)
      if (imported.unchangedOf !== undefined) await makeControlOf(tx, imported, imported.unchangedOf)
    }),
  )
}

/** False where the id is taken. */
async function insertRun(tx: Db, imported: ImportedRun): Promise<boolean> {
  const { id, campaign, source, version, binaryPackages } = imported
  const time = imported.finishTime ?? new Date()
  await tx.insert(codebase).values({ name: imported.codebase }).onConflictDoNothing()
  await tx.insert(changeSet).values({ id, campaign }).onConflictDoNothing()
  const inserted = await tx
    .insert(run)
    .values({
      id,
      codebase: imported.codebase,
      campaign,
      command: 'differ import',
      startTime: time,
      finishTime: time,
      resultCode: SUCCESS,
      revision: imported.revision ?? id,
      mainBranchRevision: imported.mainBranchRevision ?? null,
      changeSet: id,
    })
    .onConflictDoNothing()
    .returning({ id: run.id })
  if (inserted.length === 0) return false
  await tx
    .insert(debianBuild)
    .values({ runId: id, source, version, distribution: campaign, binaryPackages: [...binaryPackages] })
  return true
}

async function expectSame(tx: Db, imported: ImportedRun): Promise<void> {
  const [there] = await tx
    .select({
      codebase: run.codebase,
      campaign: run.campaign,
      source: debianBuild.source,
      version: debianBuild.version,
      revision: run.revision,
      mainBranchRevision: run.mainBranchRevision,
      binaryPackages: debianBuild.binaryPackages,
    })
    .from(run)
    .leftJoin(debianBuild, eq(debianBuild.runId, run.id))
    .where(eq(run.id, imported.id))
  const other: string[] = facts.filter(
    (name) => imported[name] !== undefined && imported[name] !== there?.[name],
  )
  const sorted = (packages: readonly string[] | null | undefined) => [...(packages ?? [])].sort().join(' ')
  if (sorted(imported.binaryPackages) !== sorted(there?.binaryPackages)) other.push('binaryPackages')
  if (other.length > 0)
    throw new UsageError(
      `Run ${imported.id} is there already with another ${other.join(', ')}; import under another id`,
    )
}

/** Gives the two runs the revisions by which they are found as a pair. */
async function makeControlOf(tx: Db, imported: ImportedRun, changedId: string): Promise<void> {
  const [changed] = await tx.select().from(run).where(eq(run.id, changedId)).for('update')
  const [control] = await tx.select().from(run).where(eq(run.id, imported.id)).for('update')
  if (!changed || !control) throw new RunNotFoundError(changedId)
  const problem =
    changed.id === control.id
      ? 'a run cannot be its own control run'
      : changed.codebase !== control.codebase
        ? `they are of different codebases, ${changed.codebase} and ${control.codebase}`
        : CONTROL_CAMPAIGNS.includes(changed.campaign)
          ? `${changedId} is a control run itself`
          : null
  if (problem) throw new UsageError(`Run ${control.id} cannot be the control run of ${changedId}: ${problem}`)

  const base = changed.mainBranchRevision ?? control.revision
  if (control.revision !== base && (imported.revision !== undefined || control.revision !== control.id))
    throw new UsageError(
      `Run ${control.id} cannot be the control run of ${changedId}: that was made upon revision ${base}, not ${control.revision}`,
    )
  await tx
    .update(run)
    .set({ revision: base, mainBranchRevision: base, changeSet: control.id })
    .where(eq(run.id, control.id))
  await tx
    .update(run)
    .set({ mainBranchRevision: base })
    .where(sql`${run.id} = ${changedId} AND ${run.mainBranchRevision} IS NULL`)
}
