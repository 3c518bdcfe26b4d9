/** Reads the report of a file for tests. */

import type { FilterOptions } from '../../../src/diff/rendering/format.ts'
import type { StoredFile } from '../../../src/diff/stored/stored-file.ts'

export interface ShownNode {
  readonly names: string
  readonly comments?: readonly string[]
  readonly diff?: string
}

/** The nodes below the root. */
export async function shownNodes(
  stored: StoredFile,
  options: FilterOptions = { filterBoring: false },
): Promise<ShownNode[]> {
  const report = await stored.open(options)
  try {
    const shown: ShownNode[] = []
    for (const { ordinal, source1, source2, comments, diff } of (await report.nodes(0, 1000)).slice(1)) {
      const chunks: Buffer[] = []
      for await (const chunk of report.diff(ordinal)) chunks.push(Buffer.from(chunk))
      shown.push({
        names: source1 === source2 ? source1 : `${source1} → ${source2}`,
        ...(comments.length > 0 && { comments }),
        ...(diff && { diff: Buffer.concat(chunks).toString('utf8') }),
      })
    }
    return shown
  } finally {
    await report.close()
  }
}
