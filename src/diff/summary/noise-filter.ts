/**
 * The filter that hides noise of a diffoscope report. It hides only what the summary explains as a whole: files
 * that differ by noise alone, hunks of which every changed line is explained, and echoes of what the report shows
 * elsewhere. It never rewrites a line, and it counts what it hides.
 */

import type { FilterRules, HiddenNoise, ReportFilter } from '../report/filter/filter-rules.ts'
import type { Report, ReportHunk, ReportLine, ReportNode } from '../report/types.ts'
import { CONTROL_FILE } from './control-file.ts'
import { fieldLinesNoise, linesNoise, MAX_LINE_LENGTH } from './lines-noise.ts'
import { memberOnLine, type OuterLine, outerOnLine } from './listed-line.ts'
import { PackageHiding } from './package-hiding.ts'
import type { FileSummary, NoiseClass, PackageSummary, Summary } from './types.ts'

/** Increase it whenever the filter hides something else of the same report. */
const FILTER_VERSION = 1
const NODE_PAGE = 500
/** A package has three members; with more, somebody plays. */
const MAX_OUTER_LINES = 20

/**
 * @param digest identifies the summary
 * @param hide classes of noise
 * @param readSummary reads it when a report is filtered for the first time
 */
export function noiseFilter(
  digest: string,
  hide: readonly NoiseClass[],
  readSummary: () => Promise<Summary>,
): ReportFilter {
  return {
    facts: ['noise', FILTER_VERSION, digest, [...hide].sort()],
    createRules: async (report) => new NoiseRules(report, await readSummary(), new Set(hide)),
  }
}

type Archive = 'control' | 'data'

/** Where a node is in a package. */
type NodePlace =
  | { readonly kind: 'package' | 'container' | 'outer list' | 'below a file' | 'other' }
  | { readonly kind: 'list'; readonly archive: Archive }
  | { readonly kind: 'member'; readonly archive: Archive; readonly oldPath: string; readonly path: string }

class NoiseRules implements FilterRules {
  readonly #report: Report
  readonly #summary: Summary
  readonly #hide: ReadonlySet<NoiseClass>
  readonly #filesOf: ReadonlyMap<string, readonly FileSummary[]>
  readonly #counts = new Map<NoiseClass, { hunks: number; files: number; lastNode: number }>()
  /** Of the package whose nodes are being read; null if the summary does not know it. */
  #hiding: PackageHiding | null = null
  /** Paths that have a node of their own in the package, of those whose difference is more than noise. */
  #shown: ReadonlySet<string> = new Set()

  constructor(report: Report, summary: Summary, hide: ReadonlySet<NoiseClass>) {
    this.#report = report
    this.#summary = summary
    this.#hide = hide
    this.#filesOf = groupByPackage(summary.files)
  }

  sourcesOf({ source1, source2 }: ReportNode): Pick<ReportNode, 'source1' | 'source2'> {
    return { source1, source2 }
  }

  async removesNode(node: ReportNode, ancestors: readonly ReportNode[]): Promise<boolean> {
    if (node.depth === 0) return false
    if (node.depth === 1) await this.#beginPackage(node)
    const hiding = this.#hiding
    if (!hiding) return false
    const place = placeOf(node, ancestors)
    const classes = place.kind === 'member' ? memberNoise(place, hiding) : null
    const isAnything = place.kind === 'member' || place.kind === 'other'
    return this.#hides(classes ?? (isAnything ? this.#wholeNoise() : null), node, node.subtree.hunks)
  }

  removesEmpty(node: ReportNode, ancestors: readonly ReportNode[]): boolean {
    if (this.#wholeNoise() !== null) return true
    const hadContent = node.children > 0 || (node.diff?.hunks ?? 0) > 0
    const { kind } = placeOf(node, ancestors)
    // A comment may say that something was not compared. What is below a file is not this filter's to judge.
    const isOwn = kind === 'list' || kind === 'outer list' || kind === 'member'
    return hadContent && (isOwn || node.comments.length === 0)
  }

  async removesHunk(node: ReportNode, ancestors: readonly ReportNode[], hunk: ReportHunk): Promise<boolean> {
    const hiding = this.#hiding
    if (!hiding || hunk.cut) return false
    const place = placeOf(node, ancestors)
    const classes = hunk.header === null ? null : await this.#hunkNoise(place, hunk, hiding)
    return this.#hides(classes ?? this.#wholeNoise(), node, 1)
  }

  hidden(): HiddenNoise[] {
    return [...this.#counts]
      .map(([name, { hunks, files }]) => ({ class: name, hunks, files }))
      .sort((a, b) => (a.class < b.class ? -1 : 1))
  }

  /** Counts what is hidden, if these classes may be. */
  #hides(classes: readonly NoiseClass[] | null, { ordinal }: ReportNode, hunks: number): boolean {
    if (!classes || classes.length === 0 || !classes.every((name) => this.#hide.has(name))) return false
    for (const name of classes) {
      const count = this.#counts.get(name) ?? { hunks: 0, files: 0, lastNode: -1 }
      count.hunks += hunks
      if (count.lastNode !== ordinal) count.files += 1
      count.lastNode = ordinal
      this.#counts.set(name, count)
    }
    return true
  }

  /** All classes of the package, if it may be hidden as a whole. */
  #wholeNoise(): readonly NoiseClass[] | null {
    const whole = this.#hiding?.whole ?? null
    return whole?.every((name) => this.#hide.has(name)) ? whole : null
  }

  async #beginPackage(node: ReportNode): Promise<void> {
    const packages = packagesOf(node, this.#summary)
    const [first] = packages
    this.#hiding = first
      ? new PackageHiding(packages, this.#summary, this.#filesOf.get(first.package) ?? [])
      : null
    this.#shown = this.#hiding ? await this.#shownPaths(node, this.#hiding) : new Set()
  }

  async #shownPaths(node: ReportNode, hiding: PackageHiding): Promise<ReadonlySet<string>> {
    const shown = new Set<string>()
    const ancestors: ReportNode[] = []
    for (let at = node.ordinal; at < node.end; ) {
      const nodes = await this.#report.nodes(at, Math.min(NODE_PAGE, node.end - at))
      for (const one of nodes) {
        ancestors.splice(one.depth - 1)
        const place = placeOf(one, [node, ...ancestors])
        ancestors.push(one)
        if (place.kind !== 'member' || place.path !== place.oldPath) continue
        if (hiding.path(place.path)?.explained === null) shown.add(place.path)
      }
      at += nodes.length
    }
    return shown
  }

  /** The classes that explain every changed line of a hunk; null if some line is not explained. */
  async #hunkNoise(
    place: NodePlace,
    hunk: ReportHunk,
    hiding: PackageHiding,
  ): Promise<readonly NoiseClass[] | null> {
    // What could not be compared may show in nothing but the size of an archive.
    if (place.kind === 'outer list' && this.#summary.undecided.length === 0)
      return outerNoise(await this.#changedLines(hunk, MAX_OUTER_LINES))
    if (place.kind === 'list' && !hiding.canImitate)
      return linesNoise(this.#report, hunk, (line) =>
        line.kind === 'context' ? [] : this.#listedNoise(line.text, place.archive, hiding),
      )
    if (place.kind === 'member' && place.path === CONTROL_FILE)
      return fieldLinesNoise(this.#report, hunk, hiding)
    return null
  }

  /** A line of a list: the file is noise, or the line only repeats that a file differs which the report shows. */
  #listedNoise(text: string, archive: Archive, hiding: PackageHiding): readonly NoiseClass[] | null {
    const member = memberOnLine(text)
    if (member === null) return null
    const path = archive === 'data' ? member : member === '' ? 'control' : `control/${member}`
    const known = hiding.path(path)
    // Equal on both sides, so the line has only another position.
    if (!known) return archive === 'data' && hiding.noise.has('FILE_ORDER') ? ['FILE_ORDER'] : null
    if (known.explained) return listedNoise(known.explained, known.hasOtherAttributes)
    if (known.hasOtherAttributes) return null
    if (this.#shown.has(path)) return ['MEMBER_SIZES', ...(known.hasOtherTime ? ['MTIME'] : [])]
    // Without a node its content is equal, as these two always have one if it is not.
    const isTimeOnly = path === CONTROL_FILE || path === 'control/md5sums'
    return isTimeOnly && known.hasOtherTime ? ['MTIME'] : null
  }

  async #changedLines(hunk: ReportHunk, max: number): Promise<readonly ReportLine[] | null> {
    const changed: ReportLine[] = []
    if (hunk.lines > max) return null
    for await (const batch of this.#report.lines(hunk, { maxTextLength: MAX_LINE_LENGTH }))
      changed.push(...batch.filter(({ kind }) => kind !== 'context'))
    return changed
  }
}

function groupByPackage(files: readonly FileSummary[]): Map<string, FileSummary[]> {
  const groups = new Map<string, FileSummary[]>()
  for (const file of files) {
    const group = groups.get(file.package)
    if (group) group.push(file)
    else groups.set(file.package, [file])
  }
  return groups
}

/** The packages of the summary that a node below the root compares. */
function packagesOf({ source1, source2 }: ReportNode, { packages }: Summary): PackageSummary[] {
  const name = (filename: string) => filename.slice(0, Math.max(0, filename.indexOf('_')))
  const architecture = (filename: string) => /_([^_.]+)\.u?deb$/.exec(filename)?.[1] ?? ''
  return packages.filter(
    (one) =>
      (one.package === name(source2) || one.package === `${name(source2)}:${architecture(source2)}`) &&
      one.oldArchitecture === architecture(source1) &&
      one.newArchitecture === architecture(source2),
  )
}

/** @param ancestors from the root to the parent */
function placeOf(node: ReportNode, ancestors: readonly ReportNode[]): NodePlace {
  if (node.depth <= 1) return { kind: 'package' }
  const [, , first, second, third] = [...ancestors, node]
  if (!first) return { kind: 'other' }
  const archive = archiveOf(first)
  if (!archive)
    return first === node && isNamed(node, 'file list') ? { kind: 'outer list' } : { kind: 'other' }
  if (!second) return { kind: 'container' }
  const isInner = isNamed(second, `${archive}.tar`)
  const member = isInner ? third : second
  if (!member) return { kind: 'container' }
  if (member !== node) return { kind: 'below a file' }
  if (isNamed(node, 'file list')) return { kind: 'list', archive }
  const paths = [node.source1, node.source2].map((source) => memberPath(source, archive))
  const [oldPath, path] = paths
  if (oldPath === undefined || path === undefined || oldPath === null || path === null)
    return { kind: 'other' }
  return { kind: 'member', archive, oldPath, path }
}

function archiveOf({ source1, source2 }: ReportNode): Archive | null {
  const [one, other] = [source1, source2].map(
    (source) => /^(control|data)\.tar(\.\w+)?$/.exec(source)?.[1] ?? null,
  )
  return one === other ? ((one as Archive | null) ?? null) : null
}

function isNamed({ source1, source2 }: ReportNode, name: string): boolean {
  return source1 === name && source2 === name
}

/** Null for a node that is no member of an archive: their names begin with `./`. */
function memberPath(source: string, archive: Archive): string | null {
  if (!source.startsWith('./')) return null
  const path = source.slice(2).replace(/\/$/, '')
  return archive === 'data' ? path : `control/${path}`
}

/** The classes that explain a file with everything below its node; null if they do not. */
function memberNoise(
  { oldPath, path }: { readonly oldPath: string; readonly path: string },
  hiding: PackageHiding,
): readonly NoiseClass[] | null {
  if (path === 'control/md5sums') return hiding.hasEchoedChecksums ? ['MD5SUMS'] : null
  const [one, other] = [hiding.path(oldPath), hiding.path(path)]
  return one && one === other ? one.explained : null
}

/** The classes of a file that show in its line of a list; the others can only have changed its size. */
function listedNoise(noise: readonly NoiseClass[], hasOtherAttributes: boolean): readonly NoiseClass[] {
  const inLine = [
    'MTIME',
    'OWNER_NUMBERS',
    'UMASK',
    ...(hasOtherAttributes ? ['BUILD_ID', 'VERSION_ECHO'] : []),
  ]
  const shown = noise.filter((name) => inLine.includes(name))
  return shown.length === noise.length ? shown : [...shown, 'MEMBER_SIZES']
}

/** The outer list differs in sizes and times only: what is in the archives has its own nodes. */
function outerNoise(lines: readonly ReportLine[] | null): readonly NoiseClass[] | null {
  const sides = { removed: new Map<string, OuterLine>(), added: new Map<string, OuterLine>() }
  for (const { kind, text } of lines ?? []) {
    const line = outerOnLine(text)
    if (!line || (kind !== 'removed' && kind !== 'added') || sides[kind].has(line.name)) return null
    sides[kind].set(line.name, line)
  }
  const { removed, added } = sides
  if (!lines || removed.size !== added.size) return null
  const classes = new Set<NoiseClass>()
  for (const [name, old] of removed) {
    const newer = added.get(name)
    if (newer?.columns !== old.columns) return null
    if (newer.size !== old.size) {
      if (name === 'debian-binary') return null
      classes.add('OUTER_SIZES')
    }
    if (newer.time !== old.time) classes.add('MTIME')
  }
  return [...classes]
}
