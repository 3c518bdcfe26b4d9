/**
 * How a summary is stored: its first line is JSON with the summary and the heads of its lists of files; each
 * further line is one file of a list. So the summary is read without its lists, and the lists by pages.
 */
import { createReadStream } from 'node:fs'
import { DamagedReportError } from '../../errors.ts'
import type { FileListHead, FileLists } from './file-lists.ts'
import type { SummaryWithFiles } from './summarise.ts'
import type { Summary } from './types.ts'

/** The first line of the stored form. */
interface StoredHead {
  readonly summary: Summary
  readonly lists: readonly FileListHead[]
  readonly unread: FileLists['unread']
}

export function storedForm({ summary, lists }: SummaryWithFiles): Buffer {
  const head: StoredHead = { summary, lists: lists.heads, unread: lists.unread }
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), lists.lines])
}

/** The first line, parsed; null if it is not that of a summary of this version. */
function parseStoredHead(line: string): StoredHead | null {
  try {
    const head = JSON.parse(line) as StoredHead
    return head.summary.version === 1 && Array.isArray(head.lists) && Array.isArray(head.unread) ? head : null
  } catch {
    // Truncated or overwritten: not a summary.
    return null
  }
}

/** The first line of a stored summary, and where the next one begins. */
export interface SummaryFile extends StoredHead {
  /** In bytes. */
  readonly listsStart: number
}

/** Reads a summary without its lists of files. @throws DamagedReportError if it is invalid; system errors */
export async function readSummary(path: string): Promise<SummaryFile> {
  for await (const line of linesOf(path, 0, Number.POSITIVE_INFINITY)) {
    const head = parseStoredHead(line.toString('utf8'))
    if (head) return { ...head, listsStart: line.length + 1 }
    break
  }
  throw new DamagedReportError(path, 'it is not a summary')
}

/** Complete lines of a part of a file, without their line feeds. A line may have any length. */
export async function* linesOf(path: string, from: number, to: number): AsyncGenerator<Buffer, void, void> {
  let rest: Buffer[] = []
  for await (const chunk of createReadStream(path, { start: from, end: to - 1 })) {
    let at = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, at)) {
      yield Buffer.concat([...rest, chunk.subarray(at, end)])
      rest = []
      at = end + 1
    }
    if (at < chunk.length) rest.push(chunk.subarray(at))
  }
}
