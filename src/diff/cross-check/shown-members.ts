/** Which members of which packages a report has nodes or lines for. */
import type { Report, ReportNode } from '../report/types.ts'
import type { Finding } from '../summary/types.ts'

/** What a report has of one package, as far as findings ask for it. */
export interface PackageView {
  /** Whether the package file itself was compared byte by byte. */
  readonly hasOwnDiff: boolean
  readonly hasControlFile: boolean
  /** By path as findings have it: `usr/bin/x`, `control/postinst`. */
  readonly nodes: ReadonlyMap<string, readonly ReportNode[]>
  /** Lines of the lists of files that differ, by the same paths. */
  readonly lines: ReadonlyMap<string, readonly string[]>
}

const PAGE = 500
/** Of one list of files. */
const MAX_LIST_BYTES = 32 << 20
/** A path that names nothing has been read to the end of the list. */
const LISTED_PATH = /\s(\.?\/?[^\s].*?)(?: (?:->|link to) .*)?$/

/** By the labels of packages. */
export async function readPackages(
  report: Report,
  findings: readonly Finding[],
): Promise<Map<string, PackageView>> {
  const wanted = new Map<string, Set<string>>()
  for (const { package: label, path } of findings)
    wanted.set(label, (wanted.get(label) ?? new Set()).add(path))
  const views = new Map<string, PackageView>()
  for await (const node of childrenOf(report, 0))
    for (const [label, paths] of wanted)
      if (isPackage(label, node.source1) || isPackage(label, node.source2))
        if (!views.has(label) || node.children > 0)
          // A package on one side only has a node that compares nothing.
          views.set(label, await readPackage(report, node, paths))
  return views
}

/** @param label `NAME` or `NAME:ARCH` */
function isPackage(label: string, filename: string): boolean {
  const [name = '', architecture] = label.split(':')
  const [found, , foundArchitecture = ''] = filename.split('_')
  return found === name && (architecture === undefined || foundArchitecture.startsWith(`${architecture}.`))
}

async function readPackage(
  report: Report,
  node: ReportNode,
  paths: ReadonlySet<string>,
): Promise<PackageView> {
  const view = { nodes: new Map<string, ReportNode[]>(), lines: new Map<string, string[]>() }
  let hasControlFile = false
  for await (const { archive, prefix } of archivesOf(report, node))
    for await (const member of childrenOf(report, archive.ordinal)) {
      const names = new Set([member.source1, member.source2].map((name) => prefix + plainPath(name)))
      if (names.has('control/control')) hasControlFile = true
      for (const name of names) if (paths.has(name)) push(view.nodes, name, member)
      if (member.source2 === 'file list') await readList(report, member, prefix, paths, view.lines)
    }
  return { ...view, hasControlFile, hasOwnDiff: (node.diff?.hunks ?? 0) > 0 }
}

/** The nodes whose children are the members of the control and the data archive. */
async function* archivesOf(
  report: Report,
  { ordinal }: ReportNode,
): AsyncGenerator<{ archive: ReportNode; prefix: string }> {
  for await (const outer of childrenOf(report, ordinal)) {
    const [, kind] = /^(control|data)\.tar/.exec(outer.source2) ?? []
    if (kind === undefined) continue
    const prefix = kind === 'control' ? 'control/' : ''
    // Below a compressed archive lies the uncompressed one.
    yield { archive: outer, prefix }
    for await (const inner of childrenOf(report, outer.ordinal))
      if (inner.source2.startsWith(`${kind}.tar`)) yield { archive: inner, prefix }
  }
}

async function readList(
  report: Report,
  { ordinal, diff }: ReportNode,
  prefix: string,
  paths: ReadonlySet<string>,
  found: Map<string, string[]>,
): Promise<void> {
  if (!diff || diff.sizeBytes > MAX_LIST_BYTES) return
  for (let from = 0; from < diff.hunks; from += PAGE)
    for (const hunk of await report.hunks(ordinal, from, PAGE))
      for await (const lines of report.lines(hunk))
        for (const { kind, text } of lines) {
          if (kind !== 'removed' && kind !== 'added') continue
          // Mode, owner, size and time come before the path.
          const [, path = ''] =
            LISTED_PATH.exec(text.replace(/^\S+ .*?\d\d:\d\d:\d\d(?:\.\d+)?(?= )/, '')) ?? []
          const name = prefix + plainPath(path)
          if (paths.has(name)) push(found, name, text)
        }
}

async function* childrenOf(report: Report, ordinal: number): AsyncGenerator<ReportNode> {
  let after: number | undefined
  for (;;) {
    const page = await report.children(ordinal, { count: PAGE, ...(after !== undefined && { after }) })
    yield* page
    after = page.at(-1)?.ordinal
    if (page.length < PAGE) return
  }
}

const plainPath = (name: string) => name.replace(/^\.?\//, '').replace(/\/$/, '')

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
