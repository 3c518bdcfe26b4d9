/** Resolves the fields of a run that lead to its comparisons and to the build farm. */
import { isControlRun } from '../control-runs.ts'
import { controlRunTargets } from '../db/runs.ts'
import type { Run, RunPair } from '../model.ts'
import { SUCCESS } from '../run-pair.ts'
import { loadBaselinePair } from './comparison.ts'
import type { Context } from './context.ts'
import type { ListPage, PageRequest } from './list-page.ts'
import { decodeCursor, encodeCursor } from './runs.ts'

/**
 * The comparisons of a run: of a control run those with each change that is built on its revision, the newest first;
 * of a change the one with its baseline.
 * @throws UsageError for an invalid cursor; DatabaseUnavailableError
 */
export async function pageOfComparisons(
  run: Run,
  { first, after }: PageRequest,
  context: Context,
): Promise<ListPage<RunPair>> {
  const start = after == null ? undefined : decodeCursor('after', after)
  if (run.resultCode !== SUCCESS) return { edges: [], hasNextPage: false, hasPreviousPage: false }
  if (!isControlRun(run)) {
    const pair = await loadBaselinePair(run, undefined, context)
    const edges = pair ? [{ node: pair, cursor: encodeCursor({ finishTime: null, id: pair.old.id }) }] : []
    // The list has one entry, so nothing follows a cursor of it.
    return {
      edges: start ? [] : edges,
      hasNextPage: false,
      hasPreviousPage: start !== undefined && pair !== null,
    }
  }
  const queries = context.services.database.for('list', context.client)
  const { items, next } = await controlRunTargets(queries, run, { limit: first, after: start })
  for (const item of items) context.resources.loaders.run.prime(item.run.id, item.run)
  return {
    edges: items.map((item) => ({ node: { old: run, new: item.run }, cursor: encodeCursor(item.cursor) })),
    hasNextPage: next !== null,
    hasPreviousPage: async () => {
      if (start === undefined) return false
      // A cursor may be of any list.
      const [earliest] = (await controlRunTargets(queries, run, { limit: 1 })).items
      return earliest !== undefined && earliest.run.id !== items[0]?.run.id
    },
  }
}

/** The farm's page of a run. @param template of the setting `runUrl`; null without it */
export function farmUrl({ id, campaign, codebase, source }: Run, template: string | null): string | null {
  if (template === null) return null
  const values: Readonly<Record<string, string>> = { run: id, campaign, codebase, source: source ?? codebase }
  return template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? encodeURIComponent(values[name] ?? '') : whole,
  )
}
