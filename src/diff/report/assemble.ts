/**
 * Combines the reports of all pairs of packages into one. Its format is what Python's `json.dumps` writes,
 * because the cache has always had this format and the old service reads it.
 */
import { open, stat } from 'node:fs/promises'
import { DamagedReportError } from '../../errors.ts'
import { copyWithEdits, type Edit } from '../streams/copy-file.ts'
import { pythonString } from './scan/json-text.ts'
import { scanFile } from './scan/scan-file.ts'

/**
 * One entry of the combined report: the tool's report of a pair that differs, or a comment about packages that
 * have no such report.
 */
export type ReportPart =
  | {
      /** The tool's JSON report of the pair; the file is not empty. */
      readonly jsonPath: string
      /** File name of the old and of the new package. */
      readonly source1: string
      readonly source2: string
    }
  | { readonly comment: string; readonly source1: string; readonly source2: string }
  /** A report that `assembleReport` has written: its entries are taken as they are. */
  | { readonly reportPath: string }

/**
 * Writes the combined report chunk by chunk. A chunk is valid only until the promise of `write` resolves. The
 * tool's reports are copied, except that their roots get new sources and lose their version.
 * @throws DamagedReportError if a part is not a report of JSON version 1. Only the beginning and the end of a
 *   part are checked; `inspectReport` checks all of it. Also throws what `write` throws.
 */
export async function assembleReport(
  parts: Iterable<ReportPart>,
  write: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  let separator = BEGINNING
  for (const part of parts) {
    for await (const chunk of entriesOf(part)) {
      if (separator !== '') await write(Buffer.from(separator))
      separator = ''
      await write(chunk)
    }
    if (separator !== BEGINNING) separator = ', '
  }
  await write(Buffer.from(separator === ', ' ? END : BEGINNING + END))
}

const BEGINNING =
  '{"diffoscope-json-version": 1, "source1": "old version", "source2": "new version", "unified_diff": null, "details": ['
const END = ']}'

/** Nothing for a report without entries. */
async function* entriesOf(part: ReportPart): AsyncGenerator<Uint8Array> {
  if ('comment' in part) yield Buffer.from(commented(part))
  else if ('jsonPath' in part) yield* entry(part.jsonPath, part.source1, part.source2)
  else yield* entriesOfReport(part.reportPath)
}

async function* entriesOfReport(path: string): AsyncGenerator<Uint8Array> {
  const { size } = await stat(path)
  const [from, to] = [BEGINNING.length, size - END.length]
  if (to < from) throw new DamagedReportError(path, 'its end is missing')
  if (to > from) yield* copyWithEdits(path, [], from, to)
}

/** A package that only one run has, with its file name as both sources. */
export function oneSided(filename: string, side: 'old' | 'new'): ReportPart {
  return { source1: filename, source2: filename, comment: `Package is only in the ${side} run` }
}

function commented({ source1, source2, comment }: Extract<ReportPart, { comment: string }>): string {
  const [first, second, text] = [source1, source2, comment].map(pythonString)
  return `{"source1": ${first}, "source2": ${second}, "comments": [${text}], "unified_diff": null, "details": []}`
}

/** Offsets of a root member: of its name's quote, of its value, and of the first byte after its value. */
interface Member {
  readonly name: string
  readonly start: number
  readonly valueStart: number
  readonly end: number
}

const VERSION = 'diffoscope-json-version'
const REPLACED = [VERSION, 'source1', 'source2']

async function* entry(path: string, source1: string, source2: string): AsyncGenerator<Uint8Array> {
  const members = await leadingMembers(path)
  const edits: Edit[] = []
  for (const [index, { name, start, valueStart, end }] of members.entries()) {
    if (name === 'source1' || name === 'source2') {
      const text = pythonString(name === 'source1' ? source1 : source2)
      edits.push({ start: valueStart, end, bytes: Buffer.from(text) })
    } else if (name === VERSION) {
      const next = members[index + 1]
      const previous = members[index - 1]
      // Removes a comma too: the one after the member or, for the last member, the one before it.
      if (next !== undefined) edits.push({ start, end: next.start, bytes: Buffer.alloc(0) })
      else edits.push({ start: previous?.end ?? start, end, bytes: Buffer.alloc(0) })
    }
  }
  yield* copyWithEdits(path, edits, 0, await endOfRoot(path))
}

/** The root's members up to the last one to be replaced. The tool writes these first, so little is read. */
async function leadingMembers(path: string): Promise<Member[]> {
  const members: Member[] = []
  const isComplete = () => REPLACED.every((name) => members.some((member) => member.name === name))
  await scanFile(
    path,
    {
      nodeStart() {},
      nodeEnd() {},
      internalLineNumbers() {},
      text() {},
      diff: (_bytes, _from, to) => to,
      rootMember(name, start, valueStart, end) {
        if (!isComplete()) members.push({ name, start, valueStart, end })
      },
    },
    { afterChunk: isComplete },
  )
  return members
}

/** Offset of the first byte after the report's last brace; only white space follows. */
async function endOfRoot(path: string): Promise<number> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, 4096)),
      position: Math.max(0, size - 4096),
    })
    const brace = buffer.subarray(0, bytesRead).lastIndexOf('}')
    if (brace < 0) throw new DamagedReportError(path, 'its end is missing')
    return size - bytesRead + brace + 1
  } finally {
    await file.close()
  }
}
