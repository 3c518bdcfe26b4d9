/** Resolves the typed fields of a debdiff. */
import type { FilesSection, TypedDebdiff } from '../diff/stored/typed-debdiff.ts'
import type { ListedFile } from '../diff/summary/file-lists.ts'
import { DifferError } from '../errors.ts'
import { aroundWindow, type ListPage, type SliceRequest, windowOf } from './list-page.ts'
import type { DebdiffView } from './open-reports.ts'

/** What the debdiff's typed fields say. @throws why the summary is not known */
export function contentsOf({ contents }: DebdiffView): TypedDebdiff {
  if (contents instanceof DifferError) throw contents
  return contents
}

/** A page of the files of a list. @throws UsageError for an invalid cursor; as `TypedDebdiff.files` */
export async function pageOfEntries(
  section: FilesSection,
  slice: SliceRequest,
): Promise<ListPage<ListedFile>> {
  const list = { from: 0, to: section.count }
  const { from, to } = windowOf(slice, list)
  const files = to > from ? await section.debdiff.files(section, { first: to - from, offset: from }) : []
  return {
    edges: files.map((node, index) => ({ node, cursor: String(from + index) })),
    ...aroundWindow({ from, to }, list),
    totalCount: section.count,
  }
}
