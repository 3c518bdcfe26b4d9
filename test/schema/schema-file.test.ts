/** `schema.graphql` is what clients read: it is to be what the service runs, and to explain itself. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/schema/index.ts'

// The copy that the schema builder has: Vitest would load another one for us, and GraphQL refuses another copy's types.
const { introspectionFromSchema, lexicographicSortSchema, printSchema } = createRequire(import.meta.url)(
  'graphql',
) as typeof import('graphql')

const FILE = join(import.meta.dirname, '../../schema.graphql')

/** Names like `Run`, `Run.id`, `Query.run(id:)`, `DiffMode.WAIT`, each with what is said of it. */
function describedNames(): [name: string, description: string][] {
  const { types } = introspectionFromSchema(schema).__schema
  return types
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => {
      const members =
        type.kind === 'ENUM' ? type.enumValues : type.kind === 'INPUT_OBJECT' ? type.inputFields : []
      const fields = type.kind === 'OBJECT' || type.kind === 'INTERFACE' ? type.fields : []
      return [
        [type.name, type],
        ...members.map((member) => [`${type.name}.${member.name}`, member] as const),
        ...fields.flatMap((field) => [
          [`${type.name}.${field.name}`, field] as const,
          ...field.args.map((arg) => [`${type.name}.${field.name}(${arg.name}:)`, arg] as const),
        ]),
      ] as (readonly [string, { description?: string | null }])[]
    })
    .map(([name, { description }]) => [name, description?.trim() ?? ''])
}

describe('the schema', () => {
  it('is what schema.graphql says; if not, run `npm run codegen`', () => {
    expect(readFileSync(FILE, 'utf8')).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`)
  })

  it('has a description on every type, field, argument and value', () => {
    const names = describedNames()
    expect(names.length).toBeGreaterThan(100)
    expect(names.filter(([, description]) => description === '').map(([name]) => name)).toEqual([])
  })
})
