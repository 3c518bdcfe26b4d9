/**
 * Finds a position of a report in the same report with or without noise, which changes the ordinals of nodes.
 */
import { request } from '../api/request.ts'
import { NodeAtDocument, PathOfDocument } from '../generated/graphql.ts'
import { formatPosition, nodePosition, type ReportPosition } from './position.ts'
import type { Report } from './report.ts'

/**
 * @param other the same report with or without noise
 * @returns the position as the URL has it; null if the other report does not have it
 * @throws as `request`
 */
export async function samePosition(
  report: Report,
  other: Report,
  position: ReportPosition,
): Promise<string | null> {
  const hasSameHunks = other.stat.hunks === report.stat.hunks
  if (other.stat.nodes === report.stat.nodes)
    return formatPosition(hasSameHunks ? position : nodePosition(position.ordinal))
  const { node } = await request(PathOfDocument, { report: report.id, from: position.ordinal })
  const path = node && 'nodes' in node ? node.nodes.nodes[0]?.path : undefined
  if (path === undefined) return null
  const answer = await request(NodeAtDocument, { report: other.id, path })
  const found = answer.node && 'node' in answer.node ? answer.node.node : null
  return found && String(found.ordinal)
}
