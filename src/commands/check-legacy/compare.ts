import type { Reply } from './client.ts'
import { type Answers, faultInBody, faultInStatus } from './known-differences.ts'
import { firstDifference, linesOf } from './normalize.ts'

/** The headers that old clients read. */
const HEADERS = ['content-type', 'allow', 'location', 'unavailable_run_id'] as const

export interface Difference {
  readonly what: 'status' | 'body' | `header ${(typeof HEADERS)[number]}`
  /** Shortened, to be shown. */
  readonly old: string
  readonly new: string
  /** The number of the old service's fault that explains it; null: nobody expected it. */
  readonly fault: number | null
}

/** What differs between two answers, as far as clients can rely on it. Where the status differs, nothing else is looked at. */
export function compareAnswers(answers: Answers): Difference[] {
  const { request, old, new: fresh } = answers
  if (old.status !== fresh.status)
    return [
      {
        what: 'status',
        old: statusAndReason(old),
        new: statusAndReason(fresh),
        fault: faultInStatus(answers),
      },
    ]
  if (request.statusOnly) return []
  const differences = HEADERS.flatMap((name): Difference[] => {
    const [was, is] = [headerOf(old, name), headerOf(fresh, name)]
    if (was === is) return []
    const fault = was === `ArtifactsMissing('${is}')` ? 9 : null
    return [{ what: `header ${name}`, old: was, new: is, fault }]
  })
  const body = request.method === 'HEAD' || old.body.equals(fresh.body) ? null : compareBodies(answers)
  return body ? [...differences, body] : differences
}

function compareBodies(answers: Answers): Difference | null {
  const { request, old, new: fresh } = answers
  const type = headerOf(old, 'content-type')
  const [oldLines, newLines] = [old, fresh].map(({ body }) => linesOf(request, type, body.toString())) as [
    string[],
    string[],
  ]
  if (!old.whole || !fresh.whole) {
    // What has been kept of both is compared; JSON that was cut is none.
    const both = Math.min(oldLines.length, newLines.length) - 1
    if (/json/.test(type)) return null
    oldLines.length = newLines.length = Math.max(both, 0)
  }
  const at = firstDifference(oldLines, newLines)
  if (at < 0) return null
  return {
    what: 'body',
    old: `line ${at + 1}: ${oldLines[at] ?? '(no more)'}`.slice(0, 300),
    new: `line ${at + 1}: ${newLines[at] ?? '(no more)'}`.slice(0, 300),
    fault: faultInBody(answers, oldLines, newLines),
  }
}

function statusAndReason({ status, body }: Reply): string {
  const [firstLine = ''] = status >= 400 ? body.toString('utf8', 0, 200).split('\n') : []
  return `${status}${firstLine && ` ${firstLine}`}`
}

function headerOf({ headers }: Reply, name: (typeof HEADERS)[number]): string {
  const value = String(headers[name] ?? '(none)')
  if (name === 'content-type') return value.toLowerCase().replace(/\s*;\s*/g, '; ')
  // Absolute or not, it leads to the same place.
  if (name === 'location' && URL.canParse(value)) return value.slice(new URL(value).origin.length)
  return name === 'allow' ? value.replace(/\s+/g, '') : value
}
