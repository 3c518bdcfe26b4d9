/** Files about the schema that libraries of clients read. */
import type { GraphQLSchema } from 'graphql'
import { schemaFile } from './schema-file.ts'

/** The functions of `graphql` that this needs; from the copy that created the schema. */
type Functions = Parameters<typeof schemaFile>[1] &
  Pick<
    typeof import('graphql'),
    'buildSchema' | 'introspectionFromSchema' | 'isAbstractType' | 'isObjectType'
  >

/** Arguments that tell one page of a list from another. A page that begins at `from` is a list of its own. */
const PAGE: readonly string[] = ['first', 'after', 'last', 'before']

function isConnection({ type }: { readonly type: { toString(): string } }): boolean {
  return /^\w+Connection!?$/.test(type.toString())
}

/**
 * The contents of the files by name:
 * - `introspection.json`: the answer to the introspection query, for code generators and graphcache;
 * - `possible-types.json`: `possibleTypes` of Apollo Client, without which fragments on interfaces are empty;
 * - `graphcache-keys.json`: the types that have no id, which graphcache stores in their parents;
 * - `connections.json`: the lists of each type, with the arguments that tell one list from another, for libraries
 *   that join pages (`keyArgs` of `relayStylePagination`).
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
  const connections = types.filter(isObjectType).flatMap((type) => {
    const lists = Object.values(type.getFields()).filter((field) => isConnection(field))
    const fields = lists.map(({ name, args }) => [
      name,
      args.map((arg) => arg.name).filter((arg) => !PAGE.includes(arg)),
    ])
    return fields.length > 0 ? [[type.name, Object.fromEntries(fields)] as const] : []
  })
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
    'connections.json': json(Object.fromEntries(connections)),
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`
}
