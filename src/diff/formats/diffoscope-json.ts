/** A diffoscope report as JSON: the stored bytes, with other sources of the root where they are given. */
import { pythonString, splice } from '../report/splice.ts'
import type { Report } from '../report/types.ts'
import type { RootSources } from './document-order.ts'

/**
 * @param options.sources what to call the two sides of the root
 * @throws file system errors and RangeError (where the file has become shorter), while it is read
 */
export function diffoscopeJson(
  report: Report,
  options: { readonly sources?: RootSources } = {},
): AsyncGenerator<Uint8Array> {
  const { root, path, sizeBytes } = report
  const { sources } = options
  const edits =
    sources === undefined
      ? []
      : [
          { ...root.source1, bytes: Buffer.from(pythonString(sources.source1)) },
          { ...root.source2, bytes: Buffer.from(pythonString(sources.source2)) },
        ].sort((a, b) => a.start - b.start)
  return splice(path, edits, 0, sizeBytes)
}
