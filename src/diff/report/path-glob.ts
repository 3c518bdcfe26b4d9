import { QueryLimitError } from '../../errors.ts'

/** Longest pattern, in UTF-16 code units. */
const MAX_PATTERN_LENGTH = 200
/** Longest part of a path that is compared, in UTF-16 code units. */
const MAX_PATH_LENGTH = 4096

/**
 * A piece of a pattern. `any` matches any number of characters, including none: `name` all but `/`, `path`
 * all. `one` matches that character; null matches any character but `/`.
 */
type Step = { readonly any: 'name' | 'path' } | { readonly one: string | null }

/**
 * Compiles a pattern for paths, which are names joined by `/`. `*` matches any characters except `/`, `**`
 * any characters, `?` one character except `/`. A pattern without `/` is compared with the text after the
 * last `/`. Patterns come from clients, so a match takes at most pattern length times path length steps,
 * whatever the pattern. Libraries such as picomatch compile to regular expressions, which can take
 * exponential time.
 * @throws QueryLimitError for a pattern that is too long
 */
export function pathGlob(pattern: string): (path: string) => boolean {
  if (pattern.length > MAX_PATTERN_LENGTH)
    throw new QueryLimitError(
      'PATTERN_TOO_LONG',
      MAX_PATTERN_LENGTH,
      `"pathGlob" has ${pattern.length} characters; at most ${MAX_PATTERN_LENGTH} are allowed`,
    )
  const steps = (pattern.match(/\*\*+|\*|[^*]/gsu) ?? []).map(parseStep)
  const isForNames = !pattern.includes('/')
  return (path) => {
    const text = isForNames ? path.slice(path.lastIndexOf('/') + 1) : path
    return matches(steps, text.slice(0, MAX_PATH_LENGTH))
  }
}

function parseStep(token: string): Step {
  if (token === '*') return { any: 'name' }
  if (token.startsWith('**')) return { any: 'path' }
  return { one: token === '?' ? null : token }
}

/**
 * Runs the pattern as a nondeterministic automaton: `states[i]` is 1 if steps before `i` match the text read
 * so far.
 */
function matches(steps: readonly Step[], text: string): boolean {
  let states = new Uint8Array(steps.length + 1)
  states[0] = 1
  skipWildcards(states, steps)
  for (const character of text) {
    const next = new Uint8Array(steps.length + 1)
    let isAlive = false
    for (const [index, step] of steps.entries()) {
      if (!states[index] || !accepts(step, character)) continue
      // A wildcard may match more characters; another step is done.
      next['any' in step ? index : index + 1] = 1
      isAlive = true
    }
    if (!isAlive) return false
    skipWildcards(next, steps)
    states = next
  }
  return states[steps.length] === 1
}

function accepts(step: Step, character: string): boolean {
  if ('any' in step) return step.any === 'path' || character !== '/'
  return step.one === null ? character !== '/' : character === step.one
}

/** A wildcard may match nothing: where it can start, the step after it can start too. */
function skipWildcards(states: Uint8Array, steps: readonly Step[]): void {
  for (const [index, step] of steps.entries()) if (states[index] && 'any' in step) states[index + 1] = 1
}
