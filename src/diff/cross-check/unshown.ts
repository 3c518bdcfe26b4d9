/**
 * What a diffoscope report does not show although the packages differ in it. diffoscope compares packages as far as it understands them: files with equal
 * checksums in md5sums, hard links, bytes behind a format's end, and whatever its readable form of a file leaves out are in no line of its report. The
 * summary is made from the bytes, so it knows.
 */
import type { Report, ReportNode } from '../report/types.ts'
import type { Finding, Summary } from '../summary/types.ts'
import { ReportText, separatorsDiffer, wordsOf } from './report-text.ts'
import { type PackageView, readPackages } from './shown-members.ts'

export interface Unshown {
  /** The first `MAX_UNSHOWN`, one for each path, the worst first. */
  readonly findings: readonly Finding[]
  readonly count: number
  /** Files on one side only, of which the report has the name and the summary the beginning of the text; at most `MAX_UNSHOWN`. */
  readonly texts: readonly Finding[]
}

export const MAX_UNSHOWN = 100
/** Findings that are looked up; further ones count as shown. */
const MAX_CHECKED = 2_000

/** Of a member's type, mode, owner or presence: the list of files shows them. */
const LISTED = new Set([
  'DIR_TO_SYMLINK',
  'FILE_ADDED',
  'FILE_MOVED',
  'FILE_REMOVED',
  'FILE_TO_SYMLINK',
  'FILE_TYPE_CHANGED',
  'MODE_CHANGED',
  'MODE_SETUID',
  'MODE_WORLD_WRITABLE',
  'OWNER_CHANGED',
  'SCRIPT_ADDED',
  'SCRIPT_REMOVED',
  'SYMLINK_TO_DIR',
])
/** Of files whose text only the summary has. */
const ONE_SIDED = new Set(['FILE_ADDED', 'SCRIPT_ADDED', 'SCRIPT_REMOVED'])
/** Of a file's content. */
const CONTENT = new Set([
  'CHANGELOG_CHANGED',
  'COMMENT_ONLY',
  'CONFFILE_CHANGED',
  'CONTENT_CHANGED',
  'DOC_CHANGED',
  'ELF_CODE_CHANGED',
  'ELF_DATA_CHANGED',
  'ENCODING_CHANGED',
  'FILE_EMPTIED',
  'HEADER_CHANGED',
  'JAVA_BYTECODE',
  'LICENCE_CHANGED',
  'LINE_ENDINGS',
  'NEWLINE_AT_EOF',
  'ORDER_SIGNIFICANT',
  'SCRIPT_CHANGED',
  'SECURITY_FILE_CHANGED',
  'SERVICE_CHANGED',
  'SHLIBS_CHANGED',
  'SYMBOLS_CHANGED',
  'TEMPLATES_CHANGED',
  'TRIGGERS_CHANGED',
  'WHITESPACE_SIGNIFICANT',
])
/** Bytes that only a comparison byte by byte shows. */
const HIDDEN = new Set(['HIDDEN_PAYLOAD', 'TRAILING_DATA'])
const LINKS = new Set(['HARDLINK_CHANGED', 'SYMLINK_CHANGED'])
/** Changes of blanks, line ends and byte order marks: a readable form of a file does not have them. */
const LAYOUT = new Set(['ENCODING_CHANGED', 'LINE_ENDINGS', 'NEWLINE_AT_EOF', 'WHITESPACE_SIGNIFICANT'])

/** One sentence for people. */
export function unshownText({ path, package: name, rule }: Finding): string {
  const what = path === '' ? name : `${path} of ${name}`
  return `The report does not show a difference in ${what} (${rule}); see the summary.`
}

/** @throws as the methods of `Report` */
export async function unshownFindings(summary: Summary, report: Report): Promise<Unshown> {
  const checked = summary.findings.slice(0, MAX_CHECKED)
  const packages = await readPackages(report, checked)
  const text = new ReportText(report)
  const unshown = new Map<string, Finding>()
  for (const finding of checked) {
    const key = `${finding.package}\0${finding.path}`
    if (!unshown.has(key) && !(await isShown(finding, packages.get(finding.package), text)))
      unshown.set(key, finding)
  }
  const texts = checked.filter(
    (finding) => ONE_SIDED.has(finding.rule) && /\n/.test(finding.old + finding.new),
  )
  return {
    findings: [...unshown.values()].slice(0, MAX_UNSHOWN),
    count: unshown.size,
    texts: texts.slice(0, MAX_UNSHOWN),
  }
}

/** A rule that is in no list says what a difference means; whether the difference is shown is checked with another finding. */
async function isShown(finding: Finding, view: PackageView | undefined, text: ReportText): Promise<boolean> {
  const { rule, path } = finding
  if (path.startsWith('control:')) return view?.hasControlFile ?? false
  if (path === '') return !HIDDEN.has(rule) || (view?.hasOwnDiff ?? false)
  const nodes = view?.nodes.get(path) ?? []
  const lines = view?.lines.get(path) ?? []
  if (LISTED.has(rule)) return nodes.length + lines.length > 0
  if (rule === 'ATTRIBUTES_CHANGED') return lines.length > 0 && !/=/.test(finding.old + finding.new)
  if (LINKS.has(rule)) return isLinkShown(finding, nodes, lines)
  if (HIDDEN.has(rule)) return nodes.some(hasOwnDiff)
  if (!CONTENT.has(rule)) return true
  for (const node of nodes) if (await isContentShown(finding, node, text)) return true
  return false
}

const hasOwnDiff = ({ diff }: ReportNode) => (diff?.hunks ?? 0) > 0

/** A line of the list of files shows a link if its target is in it. */
function isLinkShown(
  { rule, new: target }: Finding,
  nodes: readonly ReportNode[],
  lines: readonly string[],
): boolean {
  if (rule === 'SYMLINK_CHANGED' && nodes.length > 0) return true
  const name = target.replace(/^hard link to /, '')
  return lines.some((line) => line.includes(name))
}

/** Forms of which diffoscope shows what it reads from them. Of others, such as images, the summary's excerpt has other words than the report. */
const READ_FORMS =
  /\.(json|geojson|map|xml|svg|html?|plist|pyc|tar|tgz|t[bx]z2?|zip|whl|gz|xz|bz2|zst|po|mo)$/
/** Forms that diffoscope writes anew before it compares them. */
const REWRITTEN_FORMS = /\.(json|geojson|map|xml|svg|plist)$/

/** diffoscope says so of every change whose lines it takes for equal, such as other line ends or a lost newline. */
const ORDER_REMARK = 'Ordering differences only'

async function isContentShown(finding: Finding, node: ReportNode, text: ReportText): Promise<boolean> {
  // A remark that is wrong makes people look away.
  if (finding.rule !== 'ORDER_SIGNIFICANT' && node.comments.includes(ORDER_REMARK)) return false
  if (hasOwnDiff(node)) return true
  if (node.subtree.hunks === 0) return false
  if (!READ_FORMS.test(finding.path)) return true
  const isRewritten = REWRITTEN_FORMS.test(finding.path)
  if (isRewritten && (LAYOUT.has(finding.rule) || separatorsDiffer(finding.old, finding.new))) return false
  return text.hasWords(node, wordsOf(finding.old, finding.new), wordsOf(finding.new, finding.old))
}
