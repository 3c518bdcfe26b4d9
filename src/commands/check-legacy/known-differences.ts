/**
 * The known faults of the old service that show in a response: their numbers in docs/migrating.md, and how
 * each is recognised.
 */
import type { Reply } from './client.ts'
import { decodeEntities } from './normalize.ts'
import type { CheckRequest } from './requests.ts'

export const FAULTS: Readonly<Record<number, string>> = {
  1: 'HTML of a debdiff was not escaped',
  2: 'bold in the Markdown of a debdiff was escaped',
  3: 'the diffoscope filter kept only the last hunk of a diff (15: and dropped nodes that hold only comments)',
  4: 'packages were paired by directory order',
  5: 'an unacceptable Accept on /diffoscope was a 500',
  6: 'a NUL byte in an id, or an Accept range without a slash, was a 500',
  9: "a missing artifact directory said ArtifactsMissing('ID')",
  13: 'an empty cache file was served',
  14: 'identical packages were an error',
  16: 'the debdiff filter cut version changes out of control fields',
  17: 'failures of the store and the database, and exhausted memory, were 500s',
  18: 'filtering a debdiff that is not UTF-8 was a 500',
  19: 'application/json was not acceptable for a debdiff',
  20: 'a shortened result was taken for the whole',
  21: "hostile text could break out of diffoscope's Markdown",
}

/** The replies of both services to one request. */
export interface ReplyPair {
  readonly request: CheckRequest
  readonly old: Reply
  readonly new: Reply
  /** The old service paired the packages of these runs wrongly: see `isMispaired`. */
  readonly mispaired: boolean
}

/** The number of the fault that explains a different status; null if none does. */
export function faultInStatus({ request, old: oldReply, new: newReply }: ReplyPair): number | null {
  const { about, accept, filtered, path } = request
  const { status: oldStatus, body: oldBody } = oldReply
  const { status: newStatus } = newReply
  const was500 = oldStatus === 500
  if (was500 && path.includes('%00') && newStatus === 404) return 6
  if (was500 && accept !== null && !accept.includes('/')) return 6
  if (was500 && about === 'diffoscope' && newStatus === 406) return 5
  if (about === 'debdiff' && accept === 'application/json' && oldStatus === 406) return 19
  if (oldStatus >= 400 && newStatus === 200 && about === 'diffoscope' && isEmptyReport(newReply)) return 14
  if (was500 && about === 'debdiff' && filtered && newStatus === 200) return 18
  if (was500 && [502, 503].includes(newStatus)) return 17
  if (oldStatus === 200 && oldBody.length === 0 && request.method === 'GET' && about !== 'other') return 13
  if (oldStatus === 200 && newStatus >= 500 && isShortened(oldReply)) return 20
  return null
}

/** The number of the fault that explains a different body with the same status; null if none does. */
export function faultInBody(
  replies: ReplyPair,
  oldLines: readonly string[],
  newLines: readonly string[],
): number | null {
  const { request, old: oldReply, new: newReply, mispaired } = replies
  const oldText = oldReply.body.toString()
  const newText = newReply.body.toString()
  const type = oldReply.headers['content-type'] ?? ''
  if (oldReply.status === 404)
    return /ArtifactsMissing\('/.test(oldText) && newText.startsWith('No artifacts for run id: ') ? 9 : null
  if (oldReply.status === 406 && request.about === 'debdiff')
    return newText.replace('application/json, ', '') === oldText ? 19 : null
  if (oldReply.status !== 200 || request.about === 'other') return null
  if (oldText === '') return 13
  if (request.about === 'debdiff') {
    if (/html/.test(type) && decodeEntities(newText) === decodeEntities(oldText)) return 1
    if (/markdown/.test(type) && newText === oldText.replaceAll('\\*\\*', '**')) return 2
    if (request.filtered && linesWereCut(oldLines, newLines)) return 16
    return null
  }
  if (mispaired) return 4
  if (/markdown/.test(type) && withoutGuards(newText) === withoutGuards(oldText)) return 21
  if (request.filtered && isSubsequence(oldLines, newLines)) return 3
  return isShortened(oldReply) ? 20 : null
}

/**
 * Whether the old service's report compares two different packages, or lacks a package that only one run has.
 * Both replies are reports as JSON.
 */
export function isMispaired(oldReply: Reply, newReply: Reply): boolean {
  const oldEntries = entriesOf(oldReply)
  const newEntries = entriesOf(newReply)
  const name = (file: string) => /^[^_]+_/.exec(file)?.[0]
  const crossed = oldEntries.some(
    ({ source1, source2 }) => name(source1) && name(source2) && name(source1) !== name(source2),
  )
  const lacking = newEntries.some(
    (entry) =>
      (entry.comments ?? []).some((comment) => /^Package is only in the (old|new) run$/.test(comment)) &&
      !oldEntries.some(({ source1, source2 }) => source1 === entry.source1 && source2 === entry.source2),
  )
  return crossed || lacking
}

interface Entry {
  readonly source1: string
  readonly source2: string
  readonly comments?: readonly string[]
}

function entriesOf(reply: Reply): Entry[] {
  try {
    const { details } = JSON.parse(reply.body.toString())
    return (Array.isArray(details) ? details : []).filter(
      (entry): entry is Entry => typeof entry?.source1 === 'string' && typeof entry?.source2 === 'string',
    )
  } catch {
    return []
  }
}

function isEmptyReport(reply: Reply): boolean {
  const body = reply.body.toString()
  if (/json/.test(reply.headers['content-type'] ?? '')) return entriesOf(reply).length === 0
  return !/@@ -\d|class="diffline"/.test(body)
}

/** Whether the report contains the message of a full disk or of a killed process. */
function isShortened(reply: Reply): boolean {
  return /\[Errno 28\]|died with <Signals/.test(decodeEntities(reply.body.toString()))
}

/** Removes what Differ does to hostile text in Markdown: escaped brackets and longer fences. */
function withoutGuards(markdown: string): string {
  return markdown.replaceAll('&lt;', '<').replace(/^`{3,}/gm, '```')
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0
  for (const line of whole) if (line === part[found]) found++
  return found === part.length
}

/** Whether the old lines are the new ones with characters missing, apart from faults 1 and 2. */
function linesWereCut(oldLines: readonly string[], newLines: readonly string[]): boolean {
  const plain = (line = '') => decodeEntities(line.replaceAll('\\*', '*'))
  return (
    oldLines.length === newLines.length &&
    oldLines.every((line, i) => isSubsequence([...plain(line)], [...plain(newLines[i])]))
  )
}
