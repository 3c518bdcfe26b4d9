/** A diffoscope report as JSON: the stored bytes, with the sources of the root replaced. */
import { pythonString } from '../../report/scan/json-text.ts'
import type { Report } from '../../report/types.ts'
import { copyCompressed, copyUnchanged, type Edit, type FileSnapshot } from '../../streams/copy-file.ts'
import type { RootSources } from './document-order.ts'

/**
 * @param report the report's file, and the offsets of its root's sources
 * @param options.sources the names to put in. Default: those in the report.
 * @throws DamagedReportError if the file has changed; file system errors; both while it is read
 */
export function diffoscopeJson(
  report: FileSnapshot & Pick<Report, 'root'>,
  options: { readonly sources?: RootSources } = {},
): AsyncGenerator<Uint8Array> {
  return copyUnchanged(report, options.sources ? renaming(report, options.sources) : [])
}

/** The same, compressed, of a report that is stored compressed. @throws as `diffoscopeJson` */
export function compressedDiffoscopeJson(
  report: FileSnapshot & Pick<Report, 'root'>,
  { sources }: { readonly sources: RootSources },
): AsyncGenerator<Uint8Array> {
  return copyCompressed(report, renaming(report, sources))
}

function renaming({ root }: Pick<Report, 'root'>, { source1, source2 }: RootSources): Edit[] {
  return [
    { ...root.source1, bytes: Buffer.from(pythonString(source1)) },
    { ...root.source2, bytes: Buffer.from(pythonString(source2)) },
  ].sort((a, b) => a.start - b.start)
}
