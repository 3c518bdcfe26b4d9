import type { Reply } from './client.ts'
import { faultInBody, faultInStatus, type ReplyPair } from './known-differences.ts'
import { firstDifference, linesOf } from './normalize.ts'

/** The headers that clients of the old service read. */
const HEADERS = ['content-type', 'allow', 'location', 'unavailable_run_id'] as const

export interface Difference {
  readonly what: 'status' | 'body' | `header ${(typeof HEADERS)[number]}`
  /** Shortened for display. */
  readonly old: string
  readonly new: string
  /** The number of the old service's fault that explains the difference; null if none does. */
  readonly fault: number | null
}

/**
 * The differences between two replies that clients can notice. If the status differs, nothing else is
 * compared.
 */
export function compareReplies(replies: ReplyPair): Difference[] {
  const { request, old: oldReply, new: newReply } = replies
  if (oldReply.status !== newReply.status)
    return [
      {
        what: 'status',
        old: statusAndReason(oldReply),
        new: statusAndReason(newReply),
        fault: faultInStatus(replies),
      },
    ]
  if (request.statusOnly) return []
  const differences = HEADERS.flatMap((name): Difference[] => {
    const oldValue = headerOf(oldReply, name)
    const newValue = headerOf(newReply, name)
    if (oldValue === newValue) return []
    const fault = oldValue === `ArtifactsMissing('${newValue}')` ? 9 : null
    return [{ what: `header ${name}`, old: oldValue, new: newValue, fault }]
  })
  const hasBody = request.method !== 'HEAD' && !oldReply.body.equals(newReply.body)
  const body = hasBody ? compareBodies(replies) : null
  return body ? [...differences, body] : differences
}

function compareBodies(replies: ReplyPair): Difference | null {
  const { request, old: oldReply, new: newReply } = replies
  const type = headerOf(oldReply, 'content-type')
  const oldLines = linesOf(request, type, oldReply.body.toString())
  const newLines = linesOf(request, type, newReply.body.toString())
  if (!oldReply.isComplete || !newReply.isComplete) {
    // Incomplete JSON cannot be parsed. Of other bodies, the complete lines that both have are compared.
    if (/json/.test(type)) return null
    const common = Math.min(oldLines.length, newLines.length) - 1
    oldLines.length = newLines.length = Math.max(common, 0)
  }
  const at = firstDifference(oldLines, newLines)
  if (at < 0) return null
  return {
    what: 'body',
    old: `line ${at + 1}: ${oldLines[at] ?? '(no more)'}`.slice(0, 300),
    new: `line ${at + 1}: ${newLines[at] ?? '(no more)'}`.slice(0, 300),
    fault: faultInBody(replies, oldLines, newLines),
  }
}

function statusAndReason({ status, body }: Reply): string {
  const [firstLine = ''] = status >= 400 ? body.toString('utf8', 0, 200).split('\n') : []
  return `${status}${firstLine && ` ${firstLine}`}`
}

function headerOf({ headers }: Reply, name: (typeof HEADERS)[number]): string {
  const value = String(headers[name] ?? '(none)')
  if (name === 'content-type') return value.toLowerCase().replace(/\s*;\s*/g, '; ')
  // An absolute and a relative URL with the same path are equal to clients.
  if (name === 'location' && URL.canParse(value)) return value.slice(new URL(value).origin.length)
  return name === 'allow' ? value.replace(/\s+/g, '') : value
}
