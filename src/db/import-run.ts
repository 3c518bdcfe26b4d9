/** Adds a run to a database, so that packages from any source can be compared. */
import { eq, sql } from 'drizzle-orm'
import { CONTROL_CAMPAIGNS } from '../control-runs.ts'
import { RunNotFoundError, UsageError } from '../errors.ts'
import { SUCCESS } from '../run-pair.ts'
import type { Database, Db } from './database.ts'
import { changeSet, codebase, debianBuild, run } from './tables.ts'

/** A successful build to add. */
export interface ImportedRun {
  readonly id: string
  readonly codebase: string
  readonly campaign: string
  readonly source: string
  /** Debian version of the source package. */
  readonly version: string
  /** Names of the binary packages that the run built. */
  readonly binaryPackages: readonly string[]
  /** The revision that was built; defaults to the id. */
  readonly revision?: string | undefined
  /** The revision that the change is based on. */
  readonly mainBranchRevision?: string | undefined
  /** Start and end of the build; defaults to now. */
  readonly finishTime?: Date | undefined
  /** The id of an existing run whose control run this is: it built the same source without the change. */
  readonly unchangedOf?: string | undefined
}

/** Stated, because the database's settings may have other defaults. */
const TRANSACTION = { isolationLevel: 'read committed', accessMode: 'read write' } as const

const COMPARED_COLUMNS = [
  'codebase',
  'campaign',
  'source',
  'version',
  'revision',
  'mainBranchRevision',
] as const

/**
 * Adds a run in one transaction. Importing the same run again changes nothing, but may add `unchangedOf`. A
 * run's other data never changes, because its diffs are cached.
 * @throws UsageError if Differ does not own the database (unless `allowForeign`), if a different run has the
 * id, or if the two runs cannot be compared; RunNotFoundError for an unknown `unchangedOf`;
 * DatabaseUnavailableError
 */
export async function importRun(
  database: Database,
  imported: ImportedRun,
  { allowForeign }: { readonly allowForeign: boolean },
): Promise<void> {
  if (!database.owned && !allowForeign)
    throw new UsageError(
      'This database belongs to another service. Import into the embedded database: leave out the database URL',
    )
  for (const name of ['id', ...COMPARED_COLUMNS] as const) {
    if (imported[name] === '') throw new UsageError(`The ${name} of a run cannot be empty`)
    if (imported[name]?.includes('\0'))
      throw new UsageError(`The ${name} of a run cannot contain a NUL character`)
  }
  await database.query((db) =>
    db.transaction(async (tx) => {
      if (!(await insertRun(tx, imported))) await requireSame(tx, imported)
      if (imported.unchangedOf !== undefined) await makeControlOf(tx, imported, imported.unchangedOf)
    }, TRANSACTION),
  )
}

/** @returns false if the id exists */
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

/** @throws UsageError if the existing run differs from the imported one */
async function requireSame(tx: Db, imported: ImportedRun): Promise<void> {
  const [existing] = await tx
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
  const differences: string[] = COMPARED_COLUMNS.filter(
    (name) => imported[name] !== undefined && imported[name] !== existing?.[name],
  )
  const sorted = (packages: readonly string[] | null | undefined) => [...(packages ?? [])].sort().join(' ')
  if (sorted(imported.binaryPackages) !== sorted(existing?.binaryPackages)) differences.push('binaryPackages')
  if (differences.length > 0)
    throw new UsageError(
      `Run ${imported.id} already exists with another ${differences.join(', ')}; import under another id`,
    )
}

const LINKED_COLUMNS = {
  id: run.id,
  codebase: run.codebase,
  campaign: run.campaign,
  revision: run.revision,
  mainBranchRevision: run.mainBranchRevision,
}

/**
 * Sets the revisions of the two runs such that `findBaselines` finds the control run.
 * @throws UsageError if they cannot be compared; RunNotFoundError
 */
async function makeControlOf(tx: Db, imported: ImportedRun, changedId: string): Promise<void> {
  const linked = (id: string) => tx.select(LINKED_COLUMNS).from(run).where(eq(run.id, id)).for('update')
  const [changed] = await linked(changedId)
  const [control] = await linked(imported.id)
  if (!changed || !control) throw new RunNotFoundError(changedId)
  const refuse = (reason: string) => {
    throw new UsageError(`Run ${control.id} cannot be the control run of ${changedId}: ${reason}`)
  }
  if (changed.id === control.id) refuse('a run cannot be its own control run')
  if (changed.codebase !== control.codebase)
    refuse(`they belong to different codebases, ${changed.codebase} and ${control.codebase}`)
  if (CONTROL_CAMPAIGNS.includes(changed.campaign)) refuse(`${changedId} is a control run itself`)
  const base = changed.mainBranchRevision ?? control.revision
  if (control.revision !== base && (imported.revision !== undefined || control.revision !== control.id))
    refuse(`${changedId} is based on revision ${base}, not ${control.revision}`)
  await tx
    .update(run)
    .set({ revision: base, mainBranchRevision: base, changeSet: control.id })
    .where(eq(run.id, control.id))
  await tx
    .update(run)
    .set({ mainBranchRevision: base })
    .where(sql`${run.id} = ${changedId} AND ${run.mainBranchRevision} IS NULL`)
}
