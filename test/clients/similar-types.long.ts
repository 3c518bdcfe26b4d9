/** graphql-inspector looks for types that are alike. It compares the text of each with that of each other, for a minute. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Libraries, openLibraries } from './world.ts'

const ROOT = join(import.meta.dirname, '../..')

let libraries: Libraries
beforeAll(async () => {
  libraries = await openLibraries()
})
afterAll(() => libraries?.remove())

describe('graphql-inspector', () => {
  /** Reasons why types are alike. */
  const ERRORS = 'an error type has the fields of `Error`; clients tell errors by their types'
  const EDGES = 'Relay wants a connection and an edge for each type'
  const CHANGES =
    'an object that the client names by its key, with an input of its own that may get further fields'
  const RESULTS = 'a union of a result and the errors of reading it, which are often the same errors'
  const REPORTS = 'both implement `Report`, whose fields they have; a file has its names and pictures besides'
  const VALUES = 'two enumerations for two things; values of one may be added without the other'

  /** @returns the reason why two types may be alike; undefined if there is none */
  function reasonOf(one: string, other: string): string | undefined {
    const both = (pattern: RegExp) => pattern.test(one) && pattern.test(other)
    if (both(/Error$/)) return ERRORS
    if (both(/(Connection|Edge)$/)) return EDGES
    if (both(/^(Cancel|Retry).*Input$/)) return CHANGES
    if (both(/Result$/)) return RESULTS
    if (both(/^(Diffoscope|FileReport)$/)) return REPORTS
    if (both(/(Kind|Mode)$/)) return VALUES
    return undefined
  }

  it('finds no two types more than 90 % alike without a reason', async () => {
    const { similar } = await libraries.of('@graphql-inspector/core')
    const { buildSchema } = await libraries.of('graphql')
    const schema = buildSchema(await readFile(join(ROOT, 'schema.graphql'), 'utf8'))
    const found: Record<string, { bestMatch: { target: { typeId: string }; rating: number } }> = similar(
      schema,
      undefined,
      0.9,
    )
    const pairs = Object.entries(found).map(([one, { bestMatch }]) => [one, bestMatch.target.typeId] as const)
    expect(pairs.filter(([one, other]) => reasonOf(one, other) === undefined)).toEqual([])
    // Otherwise the test would not notice that it compares nothing.
    expect(pairs.length).toBeGreaterThan(5)
  })
})
