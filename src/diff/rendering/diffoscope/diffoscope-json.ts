/** A diffoscope report as JSON: the stored bytes, with other sources of the root where they are given. */
import { pythonString } from '../../report/scan/json-text.ts'
import type { Report } from '../../report/types.ts'
import { copyUnchanged, type FileSnapshot } from '../../streams/copy-file.ts'
import type { RootSources } from './document-order.ts'

/**
 * @param report its file, and where in it the root's sources are
 * @param options.sources what to call the two sides of the root
 * @throws DamagedReportError (where the file is another one meanwhile) and file system errors, while it is read
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
