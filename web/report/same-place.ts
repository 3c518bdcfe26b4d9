/** Where a place of a report is in the same report filtered otherwise: nodes that the filter hides have moved the numbers. */
import { request } from '../api/request.ts'
import { DiffoscopePageDocument, NodeAtDocument, PathOfDocument } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { type ReportPlace, writePlace } from './place.ts'
import type { Report } from './report.ts'

/**
 * @param filter of the other one
 * @returns as in the address bar; null where there is none
 * @throws as `request`
 */
export async function samePlace(
  report: Report,
  pair: Pair,
  filter: boolean,
  place: ReportPlace,
): Promise<string | null> {
  const { comparison } = await request(DiffoscopePageDocument, { ...pair, filter })
  const other = comparison.__typename === 'Comparison' ? comparison.diffoscope : null
  if (other?.__typename !== 'Diffoscope') return null
  const { nodes, hunks } = other.hidden ?? report.hidden ?? { nodes: 0, hunks: 0 }
  if (nodes === 0) return writePlace(hunks === 0 ? place : { ...place, hunk: null, lines: null })
  const { node } = await request(PathOfDocument, { report: report.id, from: place.ordinal })
  const path = node && 'nodes' in node ? node.nodes.nodes[0]?.path : undefined
  if (path === undefined) return null
  const there = await request(NodeAtDocument, { report: other.id, path })
  const found = there.node && 'node' in there.node ? there.node.node : null
  return found && String(found.ordinal)
}
