/**
 * Links name a place by the path of its node and the text of its line, too. Positions are numbers, which change when
 * the report is made anew, by another version of diffoscope for example.
 */
import { request } from '../api/request.ts'
import {
  FindTextDocument,
  type FindTextQuery,
  type FindTextQueryVariables,
  NodeAtDocument,
} from '../generated/graphql.ts'
import type { ReportModel } from './model.ts'
import type { ReportPosition } from './position.ts'

/** The parameters of the URL. */
export interface Anchor {
  /** The names from the package down to the node, one per line; null if the URL has none. */
  readonly path: string | null
  /** The beginning of the line; null for a node or a hunk. */
  readonly line: string | null
}

/** Removes a place from the URL. */
export const NO_PLACE = { at: null, in: null, line: null } as const

type Hits = Extract<
  Extract<NonNullable<FindTextQuery['node']>, { search: unknown }>['search'],
  { nodes: unknown }
>

const MAX_LINE = 80
/** What `pathOf` has for names that are not loaded. */
const NOT_LOADED = '…'

/** What the URL says of a loaded position besides its numbers. */
export function anchorOf(
  model: ReportModel,
  position: ReportPosition,
): { in: string | null; line: string | null } {
  const path = model.pathOf(position.ordinal)
  const isKnown = path.length > 0 && path[0] !== NOT_LOADED
  return { in: isKnown ? path.join('\n') : null, line: lineAt(model, position) }
}

export function anchorInUrl(): Anchor {
  const query = new URLSearchParams(location.search)
  return { path: query.get('in'), line: query.get('line') }
}

/** The beginning of a loaded line; null without one. */
function lineAt(model: ReportModel, { ordinal, hunk, lines }: ReportPosition): string | null {
  if (hunk === null || lines === null) return null
  for (const { content } of model.hunk(ordinal, hunk)?.pieces ?? []) {
    const all =
      content === null
        ? []
        : 'lines' in content
          ? content.lines
          : content.rows.flatMap((row) => [row.old ?? [], row.new ?? []].flat())
    const line = all.find(({ position }) => position === lines[0])
    if (line) return line.text.slice(0, MAX_LINE).trim() || null
  }
  return null
}

/** Whether the report has at this loaded position what the link says. */
export function isAt(model: ReportModel, position: ReportPosition, anchor: Anchor): boolean {
  const here = anchorOf(model, position)
  const isNode = anchor.path === null || here.in === null || here.in === anchor.path
  return isNode && (anchor.line === null || here.line === anchor.line)
}

/**
 * Where the place of a link is now.
 * @param hint where it was when the link was made
 * @returns the node alone if the line is not there; null if the node is not there either
 * @throws as `request`
 */
export async function findAnchor(
  report: string,
  hint: ReportPosition,
  { path, line }: Anchor,
): Promise<ReportPosition | null> {
  const ordinal = path === null ? hint.ordinal : await ordinalOf(report, path)
  if (ordinal === null) return null
  const node = { ordinal, hunk: null, lines: null }
  if (line === null) return { ...hint, ordinal }
  const distance = (hunk: number, at: number) =>
    Math.abs(hunk - (hint.hunk ?? 0)) * 1e6 + Math.abs(at - (hint.lines?.[0] ?? 0))
  const found = await linesWith(report, ordinal, line)
  // A line may contain the beginning of another one: `Pre-Depends:`.
  const lines = found.some(({ isBeginning }) => isBeginning) ? found.filter((one) => one.isBeginning) : found
  const [nearest] = lines.toSorted((a, b) => distance(a.hunk, a.at) - distance(b.hunk, b.at))
  return nearest ? { ordinal, hunk: nearest.hunk, lines: [nearest.at, nearest.at] } : node
}

interface FoundLine {
  readonly hunk: number
  readonly at: number
  /** Whether the line begins with the text. */
  readonly isBeginning: boolean
}

/** The first lines of a node that contain a text. A page of a search may end early, because its time is over. */
async function linesWith(report: string, ordinal: number, line: string): Promise<readonly FoundLine[]> {
  let after: string | null = null
  do {
    const variables: FindTextQueryVariables = { report, text: line, first: 100, after }
    const { node }: FindTextQuery = await request(FindTextDocument, variables)
    if (!node || !('search' in node)) return []
    const { nodes, pageInfo }: Hits = node.search
    const found = nodes.flatMap(({ node: { ordinal: of }, hunkPosition, linePosition, text }) =>
      of === ordinal && hunkPosition != null && linePosition != null
        ? [{ hunk: hunkPosition, at: linePosition, isBeginning: text.trimStart().startsWith(line) }]
        : [],
    )
    if (found.length > 0 || nodes.some((hit) => hit.node.ordinal > ordinal)) return found
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null
  } while (after !== null)
  return []
}

async function ordinalOf(report: string, path: string): Promise<number | null> {
  const { node } = await request(NodeAtDocument, { report, path: path.split('\n') })
  return node && 'node' in node ? (node.node?.ordinal ?? null) : null
}
