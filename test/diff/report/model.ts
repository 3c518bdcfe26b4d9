/** Reads reports with a JSON parser and simple loops. The tests compare the index with the results. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { openReport } from '../../../src/diff/report/open-report.ts'
import type { Report } from '../../../src/diff/report/types.ts'
import { anyTree, type Tree } from './any-tree.ts'

export type { Tree } from './any-tree.ts'
export { chance, writeOddly } from './write-oddly.ts'

export interface ModelLine {
  kind: string
  oldNumber: number | null
  newNumber: number | null
  text: string
}
export interface ModelHunk {
  header: string | null
  lines: ModelLine[]
}

/** The hunks and lines of a diff in which the tool omitted nothing. */
export function modelHunks(diff: string): ModelHunk[] {
  const hunks: ModelHunk[] = []
  let [old, newer] = [1, 1]
  const lines = diff.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (header) {
      hunks.push({ header: line, lines: [] })
      ;[old, newer] = [Number(header[1]), Number(header[2])]
      continue
    }
    if (hunks.length === 0) hunks.push({ header: null, lines: [] })
    const kind = { '+': 'added', '-': 'removed', '\\': 'noNewline' }[line[0] ?? ''] ?? 'context'
    const text = [' ', '+', '-', '\\'].includes(line[0] ?? '') ? line.slice(1) : line
    const oldNumber = kind === 'removed' || kind === 'context' ? old++ : null
    const newNumber = kind === 'added' || kind === 'context' ? newer++ : null
    hunks.at(-1)?.lines.push({ kind, oldNumber, newNumber, text })
  }
  return hunks
}

export interface ModelNode {
  ordinal: number
  parent: number | null
  depth: number
  position: number
  tree: Tree
  end: number
}

/** All nodes in document order. */
export function modelNodes(root: Tree): ModelNode[] {
  const nodes: ModelNode[] = []
  const visit = (tree: Tree, parent: number | null, depth: number, position: number) => {
    const node = { ordinal: nodes.length, parent, depth, position, tree, end: 0 }
    nodes.push(node)
    for (const [index, child] of (tree.details ?? []).entries()) visit(child, node.ordinal, depth + 1, index)
    node.end = nodes.length
  }
  visit(root, null, 0, 0)
  return nodes
}

/** Calls `use` with an open report of this content. Closes the report and deletes its files afterwards. */
export async function withReport<T>(
  content: string | Uint8Array,
  use: (report: Report, path: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-report-'))
  try {
    const path = join(dir, 'report.json')
    await writeFile(path, content)
    const report = await openReport(path, join(dir, 'report.index'))
    try {
      return await use(report, path)
    } finally {
      await report.close()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The report of a tree in the tool's notation. */
export function toReport(tree: Tree): string {
  return JSON.stringify({ 'diffoscope-json-version': 1, ...tree })
}

/** A node that has no diff unless `facts` give it one. */
export function node(name: string, facts: Partial<Tree> = {}): Tree {
  return { source1: name, source2: name, unified_diff: null, ...facts }
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** A tree from `anyTree`. */
export function randomTree(next: (below: number) => number): Tree {
  return fc.sample(anyTree, { seed: next(2 ** 31), numRuns: 1 })[0] as Tree
}
