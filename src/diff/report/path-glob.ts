/** Patterns of a node's path, as in a shell. */
import { QueryLimitError } from '../../errors.ts'

/** UTF-16 units of a pattern. */
const MAX_LENGTH = 200
/** UTF-16 units that are looked at of a path. */
const MAX_PATH = 4096

type Step = { readonly any: 'name' | 'path' } | { readonly one: string | null }

/**
 * Says of paths, names joined by `/`, whether they match a pattern: `*` is any run of characters without `/`, `**` any run at all, `?` one
 * character but `/`; everything else is itself. A pattern without `/` is held against what follows a path's last `/`. It takes at most the two lengths
 * multiplied, whatever the pattern: patterns come from outside.
 * @throws QueryLimitError for a pattern that is too long
 */
export function pathGlob(pattern: string): (path: string) => boolean {
  if (pattern.length > MAX_LENGTH)
    throw new QueryLimitError(
      'PATTERN_TOO_LONG',
      MAX_LENGTH,
      `"pathGlob" has ${pattern.length} characters; it may have ${MAX_LENGTH}`,
    )
  const steps = (pattern.match(/\*\*+|\*|[^*]/gsu) ?? []).map(stepOf)
  const ofName = !pattern.includes('/')
  return (path) => matches(steps, (ofName ? path.slice(path.lastIndexOf('/') + 1) : path).slice(0, MAX_PATH))
}

function stepOf(token: string): Step {
  if (token === '*') return { any: 'name' }
  if (token.startsWith('**')) return { any: 'path' }
  return { one: token === '?' ? null : token }
}

/** Walks all ways through the steps at once. */
function matches(steps: readonly Step[], text: string): boolean {
  let at = new Uint8Array(steps.length + 1)
  at[0] = 1
  passRuns(at, steps)
  for (const character of text) {
    const next = new Uint8Array(steps.length + 1)
    let alive = false
    for (const [index, step] of steps.entries()) {
      if (!at[index]) continue
      if ('any' in step) {
        if (step.any === 'name' && character === '/') continue
        next[index] = 1
      } else {
        if (step.one === null ? character === '/' : character !== step.one) continue
        next[index + 1] = 1
      }
      alive = true
    }
    if (!alive) return false
    passRuns(next, steps)
    at = next
  }
  return at[steps.length] === 1
}

/** A run may be empty. */
function passRuns(at: Uint8Array, steps: readonly Step[]): void {
  for (const [index, step] of steps.entries()) if (at[index] && 'any' in step) at[index + 1] = 1
}
