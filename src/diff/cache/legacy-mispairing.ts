import { parseBinaryName } from '../../artifacts/binary-name.ts'
import { DamagedReportError } from '../../errors.ts'
import type { Report } from '../report/types.ts'

const PAGE_SIZE = 1000

/**
 * Rejects a report that compares a package with another one. The service that Differ replaces paired packages
 * by their order in a directory, so such reports exist in old caches.
 * @throws DamagedReportError that names the first wrong pair
 */
export async function assertPairedByName(report: Report): Promise<void> {
  let nodes = await report.children(0, { count: PAGE_SIZE })
  for (let last = nodes.at(-1); last; last = nodes.at(-1)) {
    for (const { source1, source2 } of nodes) {
      const [old, newer] = [parseBinaryName(source1), parseBinaryName(source2)]
      if (old && newer && old.package !== newer.package)
        throw new DamagedReportError(report.path, `it compares ${source1} with ${source2}`)
    }
    nodes = await report.children(0, { after: last.ordinal, count: PAGE_SIZE })
  }
}
