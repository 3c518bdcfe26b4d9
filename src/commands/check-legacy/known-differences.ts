/** The faults of the old service that show in an answer, under the numbers that docs/migrating.md has for them, and how each is known. */
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

/** Two answers to one request. */
export interface Answers {
  readonly request: CheckRequest
  readonly old: Reply
  readonly new: Reply
  /** The old service's report of this pair holds entries of two different packages, or lacks some. */
  readonly mispaired: boolean
}

/** The number of the fault that explains another status; null for none. */
export function faultInStatus({ request, old, new: fresh }: Answers): number | null {
  const { about, accept, filtered, path } = request
  const was500 = old.status === 500
  if (was500 && path.includes('%00') && fresh.status === 404) return 6
  if (was500 && accept !== null && !accept.includes('/')) return 6
  if (was500 && about === 'diffoscope' && fresh.status === 406) return 5
  if (about === 'debdiff' && accept === 'application/json' && old.status === 406) return 19
  if (old.status >= 400 && fresh.status === 200 && about === 'diffoscope' && isEmptyReport(fresh)) return 14
  if (was500 && about === 'debdiff' && filtered && fresh.status === 200) return 18
  if (was500 && [502, 503].includes(fresh.status)) return 17
  if (old.status === 200 && old.body.length === 0 && request.method === 'GET' && about !== 'other') return 13
  if (old.status === 200 && fresh.status >= 500 && looksShortened(old)) return 20
  return null
}

/** The number of the fault that explains another body under the same status; null for none. */
export function faultInBody(
  answers: Answers,
  oldLines: readonly string[],
  newLines: readonly string[],
): number | null {
  const { request, old, new: fresh, mispaired } = answers
  const [was, is] = [old.body.toString(), fresh.body.toString()]
  const type = old.headers['content-type'] ?? ''
  if (old.status === 404)
    return /ArtifactsMissing\('/.test(was) && is.startsWith('No artifacts for run id: ') ? 9 : null
  if (old.status === 406 && request.about === 'debdiff')
    return is.replace('application/json, ', '') === was ? 19 : null
  if (old.status !== 200 || request.about === 'other') return null
  if (was === '') return 13
  if (request.about === 'debdiff') {
    if (/html/.test(type) && decodeEntities(is) === decodeEntities(was)) return 1
    if (/markdown/.test(type) && is === was.replaceAll('\\*\\*', '**')) return 2
    if (request.filtered && linesWereCut(oldLines, newLines)) return 16
    return null
  }
  if (mispaired) return 4
  if (/markdown/.test(type) && withoutGuards(is) === withoutGuards(was)) return 21
  if (request.filtered && isSubsequence(oldLines, newLines)) return 3
  return looksShortened(old) ? 20 : null
}

/** Whether entries of the report are of two different packages, or of one side only and missing in the old one's. */
export function isMispaired(old: Reply, fresh: Reply): boolean {
  const [was, is] = [entriesOf(old), entriesOf(fresh)]
  const name = (file: string) => /^[^_]+_/.exec(file)?.[0]
  const crossed = was.some(
    ({ source1, source2 }) => name(source1) && name(source2) && name(source1) !== name(source2),
  )
  const lacking = is.some(
    (entry) =>
      (entry.comments ?? []).some((comment) => /^Package is only in the (old|new) run$/.test(comment)) &&
      !was.some(({ source1, source2 }) => source1 === entry.source1 && source2 === entry.source2),
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

function looksShortened(reply: Reply): boolean {
  return /\[Errno 28\]|died with <Signals/.test(decodeEntities(reply.body.toString()))
}

function withoutGuards(markdown: string): string {
  return markdown.replaceAll('&lt;', '<').replace(/^`{3,}/gm, '```')
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let found = 0
  for (const line of whole) if (line === part[found]) found++
  return found === part.length
}

/** The same lines, but that characters are missing in some of the old; faults 1 and 2 do not count. */
function linesWereCut(old: readonly string[], fresh: readonly string[]): boolean {
  const plain = (line = '') => decodeEntities(line.replaceAll('\\*', '*'))
  return (
    old.length === fresh.length &&
    old.every((line, i) => isSubsequence([...plain(line)], [...plain(fresh[i])]))
  )
}
