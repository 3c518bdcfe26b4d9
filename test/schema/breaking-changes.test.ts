/** What clients have come to rely on is not taken away without a word: each breaking change of the API is recorded in CHANGELOG.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, findBreakingChanges } from 'graphql'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** The schema of the last release; a release copies schema.graphql there. */
const released = readFileSync(join(import.meta.dirname, 'released.graphql'), 'utf8')
const current = readFileSync(join(ROOT, 'schema.graphql'), 'utf8')
const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')

/** Breaking changes, in GraphQL's own words, that a changelog does not have as an entry of its own. */
function unrecorded(before: string, after: string, log: string): string[] {
  return findBreakingChanges(buildSchema(before), buildSchema(after))
    .map(({ description }) => description)
    .filter((description) => !log.includes(`- API: ${description}`))
}

describe('the API', () => {
  it('breaks nothing that CHANGELOG.md does not record as "- API: …"', () => {
    expect(unrecorded(released, current, changelog)).toEqual([])
  })

  it.each([
    ['a field that is gone', 'type Query { a: Int }', 'Query.b was removed.'],
    [
      'a field that may be null now',
      'type Query { a: Int, b: Int }',
      'Query.b changed type from Int! to Int.',
    ],
    [
      'an argument that must be given',
      'type Query { a(x: Int!): Int, b: Int! }',
      'A required arg x on Query.a was added.',
    ],
  ])('breaks by %s, unless that is recorded', (_, after, description) => {
    const before = 'type Query { a: Int, b: Int! }'
    expect(unrecorded(before, after, '')).toEqual([description])
    expect(unrecorded(before, after, `## 0.2.0\n\n- API: ${description}\n`)).toEqual([])
  })

  it('breaks by nothing that is only added', () => {
    expect(unrecorded('type Query { a: Int }', 'type Query { a(x: Int): Int! b: Int }', '')).toEqual([])
  })
})
