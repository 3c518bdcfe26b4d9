/**
 * Clients read `schema.graphql`, so it must match the schema of the service, and describe every part of it.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { schema } from '../../src/schema/index.ts'
import { schemaFile } from '../../src/schema/schema-file.ts'

// The copy that the schema builder uses. Vitest would import another one, which refuses the schema.
const graphql = createRequire(import.meta.url)('graphql') as typeof import('graphql')

const FILE = join(import.meta.dirname, '../../schema.graphql')

/** Names like `Run`, `Run.id`, `Query.run(id:)` and `DiffMode.WAIT`, each with its description. */
function describedNames(): [name: string, description: string][] {
  const { types } = graphql.introspectionFromSchema(schema).__schema
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
  it('matches schema.graphql; if not, run `npm run codegen`', () => {
    expect(readFileSync(FILE, 'utf8')).toBe(schemaFile(schema, graphql))
  })

  it('has a description on every type, field, argument and value', () => {
    const names = describedNames()
    expect(names.length).toBeGreaterThan(100)
    expect(names.filter(([, description]) => description === '').map(([name]) => name)).toEqual([])
  })
})
