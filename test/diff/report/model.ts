/** What a report says, by way of a JSON parser and plain loops: the yardstick for the index. And trees made by chance to measure with it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReport } from '../../../src/diff/report/open-report.ts'
import type { Report } from '../../../src/diff/report/types.ts'

export interface Tree {
  source1: string
  source2: string
  comments?: string[]
  has_internal_linenos?: boolean
  unified_diff: string | null
  details?: Tree[]
}

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

/** Hunks and lines of a diff in which nothing was left out. */
export function modelHunks(diff: string): ModelHunk[] {
  const hunks: ModelHunk[] = []
  let [old, fresh] = [1, 1]
  const lines = diff.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (header) {
      hunks.push({ header: line, lines: [] })
      ;[old, fresh] = [Number(header[1]), Number(header[2])]
      continue
    }
    if (hunks.length === 0) hunks.push({ header: null, lines: [] })
    const kind = { '+': 'added', '-': 'removed', '\\': 'noNewline' }[line[0] ?? ''] ?? 'context'
    const text = [' ', '+', '-', '\\'].includes(line[0] ?? '') ? line.slice(1) : line
    const oldNumber = kind === 'removed' || kind === 'context' ? old++ : null
    const newNumber = kind === 'added' || kind === 'context' ? fresh++ : null
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
    tree.details?.forEach((child, index) => visit(child, node.ordinal, depth + 1, index))
    node.end = nodes.length
  }
  visit(root, null, 0, 0)
  return nodes
}

/** Runs `use` on an opened report with this content; everything is cleaned up behind it. */
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

/** The report of a tree, as the tool writes it. */
export function toReport(tree: Tree): string {
  return JSON.stringify({ 'diffoscope-json-version': 1, ...tree })
}

/** A node without a difference of its own, to build trees from. */
export function node(name: string, facts: Partial<Tree> = {}): Tree {
  return { source1: name, source2: name, unified_diff: null, ...facts }
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Numbers that look like chance and are the same each time (mulberry32). */
export function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const TEXTS = [
  '',
  'a',
  'mov %rax',
  '"quoted"',
  '\\',
  '\\n',
  '\\\\u0041',
  '\t',
  '\r',
  '\r\t`````',
  '\0',
  '\x1b[31m',
  '\x7f',
  'é',
  '€uro',
  '😀',
]
const MORE_TEXTS = [
  '\ud83d',
  '\ude00',
  ' ',
  '   ',
  '`',
  '```',
  '\u2028',
  '\u00a0',
  '\u001f',
  '[ 3 lines removed ]',
  '@@ -1 +1 @@',
  '/',
  '<b>',
]
const WORDS = [...TEXTS, ...MORE_TEXTS]

function words(next: (below: number) => number, most: number): string {
  let text = ''
  for (let left = next(most + 1); left > 0; left--) text += WORDS[next(WORDS.length)]
  return text
}

function randomDiff(next: (below: number) => number): string {
  let diff = next(8) === 0 ? `${words(next, 3).replaceAll('\n', '')}\n` : ''
  for (let hunks = next(4); hunks > 0; hunks--) {
    const section = next(4) === 0 ? ` ${words(next, 2)}` : ''
    const lines: string[] = []
    let [old, fresh] = [0, 0]
    for (let left = next(12); left > 0; left--) {
      const mark = [' ', '+', '-', '\\'][next(16) === 0 ? 3 : next(3)] as string
      if (mark === ' ' || mark === '-') old++
      if (mark === ' ' || mark === '+') fresh++
      lines.push(mark + words(next, next(20) === 0 ? 3000 : 4))
    }
    diff += [`@@ -${next(100)},${old} +${next(100)},${fresh} @@${section}`, ...lines].join('\n')
    if (hunks > 1 || next(5) > 0) diff += '\n'
  }
  return diff
}

/** A tree made by chance: every kind of text, diffs with and without headers, comments, children. */
export function randomTree(next: (below: number) => number, depth = 0): Tree {
  const source1 = words(next, 3)
  const tree: Tree = {
    source1,
    source2: next(2) === 0 ? source1 : words(next, 3),
    unified_diff: next(3) === 0 ? null : randomDiff(next),
  }
  if (next(3) === 0) tree.comments = Array.from({ length: next(4) }, () => words(next, 3))
  if (next(4) === 0) tree.has_internal_linenos = next(2) === 0
  if (depth < 4 && next(3) > 0)
    tree.details = Array.from({ length: next(5) }, () => randomTree(next, depth + 1))
  return tree
}

/** JSON of a value in a way of writing that a parser accepts and hardly anybody uses: escapes, white space, order and further members. */
export function writeOddly(value: unknown, next: (below: number) => number): string {
  const space = () => [' ', '\n', '\t', '\r\n', '', '', '', ''][next(8)] as string
  if (typeof value === 'string') return oddString(value, next)
  if (Array.isArray(value))
    return `[${space()}${value.map((item) => writeOddly(item, next) + space()).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  if (next(5) === 0) members.push(['further', { any: ['thing', -1.5e3, { '': null }], 'at all': '"\\' }])
  for (let at = members.length - 1; at > 0; at--) {
    const other = next(at + 1)
    ;[members[at], members[other]] = [members[other] as [string, unknown], members[at] as [string, unknown]]
  }
  const written = members.map(
    ([name, member]) =>
      `${space()}${oddString(name, next)}${space()}:${space()}${writeOddly(member, next)}${space()}`,
  )
  return `{${written.join(',')}}`
}

function oddString(text: string, next: (below: number) => number): string {
  const oddness = next(3) === 0 ? 3 : 40
  let json = ''
  for (const character of text) {
    const lone = character.length === 1 && character >= '\ud800' && character < '\ue000'
    if (lone || next(oddness) === 0)
      json += character
        .split('')
        .map((unit) => escaped(unit, next))
        .join('')
    else if (character === '/' && next(2) === 0) json += '\\/'
    else json += JSON.stringify(character).slice(1, -1)
  }
  return `"${json}"`
}

function escaped(unit: string, next: (below: number) => number): string {
  const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
  return `\\u${next(2) === 0 ? hex.toUpperCase() : hex}`
}
