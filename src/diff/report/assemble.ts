/**
 * Makes one report of the reports on each pair of packages, in the form that the cache has always had: as Python's `json.dumps` writes
 * it, so that older software can use it.
 */
import { open } from 'node:fs/promises'
import { DamagedReportError } from '../../errors.ts'
import { copyWithEdits, type Edit } from '../streams/copy-file.ts'
import { pythonString } from './scan/json-text.ts'
import { scanFile } from './scan/scan-file.ts'

/** One entry of the report: what the tool printed on a pair that differs, or a package that only one run has. */
export type ReportPart =
  | {
      /** The tool's own JSON on the pair, not empty. */
      readonly jsonPath: string
      /** File names of the two packages. */
      readonly source1: string
      readonly source2: string
    }
  | { readonly filename: string; readonly side: 'old' | 'new' }

/**
 * Writes the report in pieces; `write` is awaited before the next piece, and a piece is only good until then. Bytes of the tools' reports are passed through, but for the root's
 * sources and version. A package on one side only names its file as both sources and says in a comment where it is.
 * @throws DamagedReportError where a part is no report of JSON version 1 (it is looked at only as far as needed: see inspectReport); what `write` throws.
 */
export async function assembleReport(
  parts: Iterable<ReportPart>,
  write: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  let separator =
    '{"diffoscope-json-version": 1, "source1": "old version", "source2": "new version", "unified_diff": null, "details": ['
  for (const part of parts) {
    await write(Buffer.from(separator))
    separator = ', '
    if ('filename' in part) await write(Buffer.from(oneSided(part.filename, part.side)))
    else for await (const chunk of entry(part.jsonPath, part.source1, part.source2)) await write(chunk)
  }
  await write(Buffer.from(separator === ', ' ? ']}' : `${separator}]}`))
}

function oneSided(filename: string, side: 'old' | 'new'): string {
  const name = pythonString(filename)
  return `{"source1": ${name}, "source2": ${name}, "comments": ["Package is only in the ${side} run"], "unified_diff": null, "details": []}`
}

/** A root member's place in the file: its name's quote, its value's first byte, the first byte behind its value. */
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
  for (const [index, member] of members.entries()) {
    const { name, start, valueStart, end } = member
    if (name === 'source1' || name === 'source2') {
      const text = pythonString(name === 'source1' ? source1 : source2)
      edits.push({ start: valueStart, end, bytes: Buffer.from(text) })
    } else if (name === VERSION) {
      const next = members[index + 1]
      const previous = members[index - 1]
      // The comma goes with it, from behind or, for the last one, from before.
      if (next !== undefined) edits.push({ start, end: next.start, bytes: Buffer.alloc(0) })
      else edits.push({ start: previous?.end ?? start, end, bytes: Buffer.alloc(0) })
    }
  }
  yield* copyWithEdits(path, edits, 0, await endOfRoot(path))
}

/** The root's members up to the last one of those to be replaced; the tool writes them first, so little is read. */
async function leadingMembers(path: string): Promise<Member[]> {
  const members: Member[] = []
  const complete = () => REPLACED.every((name) => members.some((member) => member.name === name))
  await scanFile(
    path,
    {
      nodeStart() {},
      nodeEnd() {},
      internalLineNumbers() {},
      text() {},
      diff: (_bytes, _from, to) => to,
      rootMember(name, start, valueStart, end) {
        if (!complete()) members.push({ name, start, valueStart, end })
      },
    },
    { afterChunk: complete },
  )
  return members
}

/** The first byte behind the report's last brace: what follows is white space. */
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
