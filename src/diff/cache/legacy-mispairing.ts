import { parseBinaryName } from '../../artifacts/binary-name.ts'
import { DamagedReportError } from '../../errors.ts'
import type { Report } from '../report/types.ts'

const PAGE = 1000

/**
 * The service that Differ replaces paired packages by the order of a directory, so an entry of its reports may compare a package with another one.
 * @throws DamagedReportError naming the first such entry
 */
export async function assertPairedByName(report: Report): Promise<void> {
  let entries = await report.children(0, { count: PAGE })
  while (entries.length > 0) {
    for (const { source1, source2 } of entries) {
      const [old, fresh] = [parseBinaryName(source1), parseBinaryName(source2)]
      if (old && fresh && old.package !== fresh.package)
        throw new DamagedReportError(report.path, `it compares ${source1} with ${source2}`)
    }
    entries = await report.children(0, { after: entries.at(-1)!.ordinal, count: PAGE })
  }
}
