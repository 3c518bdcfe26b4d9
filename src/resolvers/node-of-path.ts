import { createRenaming } from '../diff/report/filter/filter-rules.ts'
import type { Report, ReportNode } from '../diff/report/types.ts'
import type { RunPair } from '../model.ts'

/** Nodes read at once. */
const BATCH = 500

/**
 * Finds the first node with a path; null if there is none. The path may come from the same report with the
 * other filter setting, where packages have other version numbers.
 * @param path names from below the root
 */
export async function nodeOfPath(
  report: Report,
  path: readonly string[],
  pair: RunPair,
): Promise<ReportNode | null> {
  const [exact] = await report.find(path, 1)
  if (exact) return exact
  // The filter gives both builds the same version. Two names match if the filter would make them equal.
  const { either } = createRenaming({ oldVersion: pair.old.version, newVersion: pair.new.version })
  let node: ReportNode | null = await report.node(0)
  for (const name of path) node = node && (await childNamed(report, node, either(name), either))
  return node
}

/** Finds the first child with a name, after both names of each child were passed through `rename`. */
async function childNamed(
  report: Report,
  { ordinal }: ReportNode,
  name: string,
  rename: (name: string) => string,
): Promise<ReportNode | null> {
  for (let after: number | undefined; ; ) {
    const batch = await report.children(ordinal, { count: BATCH, ...(after !== undefined && { after }) })
    const found = batch.find(({ source1, source2 }) => rename(source2) === name || rename(source1) === name)
    if (found || batch.length < BATCH) return found ?? null
    after = batch.at(-1)?.ordinal
  }
}
