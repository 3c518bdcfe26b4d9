/** A diffoscope report as JSON: the stored bytes, with the sources of the root replaced. */
import { pythonString } from '../../report/scan/json-text.ts'
import type { Report } from '../../report/types.ts'
import { copyUnchanged, type FileSnapshot } from '../../streams/copy-file.ts'
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
  const { root } = report
  const { sources } = options
  const edits =
    sources === undefined
      ? []
      : [
          { ...root.source1, bytes: Buffer.from(pythonString(sources.source1)) },
          { ...root.source2, bytes: Buffer.from(pythonString(sources.source2)) },
        ].sort((a, b) => a.start - b.start)
  return copyUnchanged(report, edits)
}
