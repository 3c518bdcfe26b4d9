/** Writes reports in the form of diffoscope's JSON, so that all that reads reports reads them. */
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { pythonString } from '../report/scan/json-text.ts'

/** A node of a report. */
export interface DocumentNode {
  readonly source1: string
  readonly source2: string
  readonly comments?: readonly string[]
  /** A unified diff without file names, in pieces of any length. */
  readonly diff?: AsyncIterable<string> | Iterable<string>
  readonly details?: readonly DocumentNode[]
}

/**
 * Writes synchronously, because a job process has nothing else to do.
 * @param path of a file that does not exist
 * @throws errors of the system; what the pieces of a diff throw
 */
export async function writeDocument(path: string, root: DocumentNode): Promise<void> {
  const file = openSync(path, 'wx')
  try {
    let pending = ''
    for await (const piece of nodeText(root, true)) {
      pending += piece
      if (pending.length < WRITE_LENGTH) continue
      writeFileSync(file, pending)
      pending = ''
    }
    writeFileSync(file, pending)
  } finally {
    closeSync(file)
  }
}

const WRITE_LENGTH = 1 << 16

async function* nodeText(node: DocumentNode, isRoot: boolean): AsyncGenerator<string, void, void> {
  const { source1, source2, comments = [], diff, details = [] } = node
  yield `{${isRoot ? '"diffoscope-json-version": 1, ' : ''}"source1": ${pythonString(source1)}, "source2": ${pythonString(source2)}, `
  if (comments.length > 0) yield `"comments": [${comments.map(pythonString).join(', ')}], `
  yield '"unified_diff": '
  if (!diff) yield 'null'
  else {
    yield '"'
    for await (const piece of diff) yield pythonString(piece).slice(1, -1)
    yield '"'
  }
  yield ', "details": ['
  for (const [index, inner] of details.entries()) {
    if (index > 0) yield ', '
    yield* nodeText(inner, false)
  }
  yield ']}'
}
