/** Files about the schema that libraries of clients read. */
import type { GraphQLSchema } from 'graphql'
import { schemaFile } from './schema-file.ts'

/** The functions of `graphql` that this needs; from the copy that created the schema. */
type Functions = Parameters<typeof schemaFile>[1] &
  Pick<
    typeof import('graphql'),
    'buildSchema' | 'introspectionFromSchema' | 'isAbstractType' | 'isObjectType'
  >

/**
 * The contents of the files by name:
 * - `introspection.json`: the answer to the introspection query, for code generators and graphcache;
 * - `possible-types.json`: `possibleTypes` of Apollo Client, without which fragments on interfaces are empty;
 * - `graphcache-keys.json`: the types that have no id, which graphcache stores in their parents.
 */
export function clientFiles(schema: GraphQLSchema, functions: Functions): Readonly<Record<string, string>> {
  const { buildSchema, introspectionFromSchema, isAbstractType, isObjectType } = functions
  const served = buildSchema(schemaFile(schema, functions))
  const types = Object.values(served.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
  const roots = [served.getQueryType(), served.getMutationType(), served.getSubscriptionType()]
  const possibleTypes = types
    .filter(isAbstractType)
    .map((type) => [type.name, served.getPossibleTypes(type).map(({ name }) => name)] as const)
  const embedded = types
    .filter(isObjectType)
    .filter((type) => !roots.includes(type) && !('id' in type.getFields()))
    .map(({ name }) => name)
  return {
    'introspection.json': json(
      introspectionFromSchema(served, {
        inputValueDeprecation: true,
        oneOf: true,
        specifiedByUrl: true,
        schemaDescription: true,
      }),
    ),
    'possible-types.json': json(Object.fromEntries(possibleTypes)),
    'graphcache-keys.json': json(embedded),
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`
}
