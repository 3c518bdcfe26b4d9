/** CHANGELOG.md must record each breaking change of the API since the last release. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, findBreakingChanges } from 'graphql'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** The schema of the last release; a release copies schema.graphql there. */
const released = readFileSync(join(import.meta.dirname, 'released.graphql'), 'utf8')
const current = readFileSync(join(ROOT, 'schema.graphql'), 'utf8')
const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')

/** Breaking changes, as graphql-js describes them, without an entry in a changelog. */
function unrecorded(before: string, after: string, log: string): string[] {
  return findBreakingChanges(buildSchema(before), buildSchema(after))
    .map(({ description }) => description)
    .filter((description) => !log.includes(`- API: ${description}`))
}

describe('the API', () => {
  it('has no breaking change that CHANGELOG.md does not record as "- API: …"', () => {
    expect(unrecorded(released, current, changelog)).toEqual([])
  })

  it.each([
    ['a removed field', 'type Query { a: Int }', 'Query.b was removed.'],
    [
      'a field that becomes nullable',
      'type Query { a: Int, b: Int }',
      'Query.b changed type from Int! to Int.',
    ],
    [
      'a new required argument',
      'type Query { a(x: Int!): Int, b: Int! }',
      'A required arg x on Query.a was added.',
    ],
  ])('has a breaking change by %s, unless it is recorded', (_, after, description) => {
    const before = 'type Query { a: Int, b: Int! }'
    expect(unrecorded(before, after, '')).toEqual([description])
    expect(unrecorded(before, after, `## 0.2.0\n\n- API: ${description}\n`)).toEqual([])
  })

  it('has no breaking change by additions', () => {
    expect(unrecorded('type Query { a: Int }', 'type Query { a(x: Int): Int! b: Int }', '')).toEqual([])
  })
})
