import { type FileEntry, parseFileEntry } from '../diff/debdiff/file-entry.ts'
import type { FileListSection } from '../diff/debdiff/sections.ts'

/**
 * A page of the files of a section. Lines that are not file entries are omitted, so it may be shorter than
 * `first`.
 */
export function filesOf(
  { lines }: FileListSection,
  { first, offset }: { readonly first: number; readonly offset: number },
): FileEntry[] {
  const start = Math.max(0, offset)
  return lines.slice(start, start + first).flatMap((line) => parseFileEntry(line) ?? [])
}
