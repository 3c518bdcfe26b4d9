import { renaming } from '../diff/report/filter/filter-rules.ts'
import type { Report, ReportNode } from '../diff/report/types.ts'
import type { RunPair } from '../model.ts'

/** Nodes read at a time. */
const BATCH = 500

/**
 * The first node of a path; of one that another filter setting gave as well, where packages go by other versions.
 * @param path names from below the root
 */
export async function nodeOfPath(
  report: Report,
  path: readonly string[],
  { old, new: fresh }: RunPair,
): Promise<ReportNode | null> {
  const [exact] = await report.find(path, 1)
  if (exact) return exact
  // The filter calls both builds by one version: two names are the same if it would make them so.
  const { either } = renaming({ oldVersion: old.version, newVersion: fresh.version })
  let node: ReportNode | null = await report.node(0)
  for (const name of path) node = node && (await childNamed(report, node, either(name), either))
  return node
}

async function childNamed(
  report: Report,
  { ordinal }: ReportNode,
  name: string,
  renamed: (name: string) => string,
): Promise<ReportNode | null> {
  for (let after: number | undefined; ; ) {
    const batch = await report.children(ordinal, { count: BATCH, ...(after !== undefined && { after }) })
    const found = batch.find(({ source1, source2 }) => renamed(source2) === name || renamed(source1) === name)
    if (found || batch.length < BATCH) return found ?? null
    after = batch.at(-1)?.ordinal
  }
}
