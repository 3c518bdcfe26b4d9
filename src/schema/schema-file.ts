/** The text of `schema.graphql`. */
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import type { GraphQLSchema } from 'graphql'

/** The functions of `graphql` that print a schema; from the copy that created it. */
type Printer = Pick<
  typeof import('graphql'),
  'lexicographicSortSchema' | 'printSchema' | 'printIntrospectionSchema'
>

/** Directives of the specification that tools with older ones do not know. The others are never printed. */
const RECENT = /^directive @(oneOf|specifiedBy)\b/m

/** The schema as the service serves it, with every directive that it accepts. */
export function schemaFile(
  schema: GraphQLSchema,
  { lexicographicSortSchema, printSchema, printIntrospectionSchema }: Printer,
): string {
  const definitions = printIntrospectionSchema(schema).split('\n\n')
  const recent = definitions.filter((definition) => RECENT.test(definition)).sort()
  return `${[...recent, printSchema(lexicographicSortSchema(withIncrementalDirectives(schema)))].join('\n\n')}\n`
}

/** The schema with `@defer` and `@stream`, which the plugin adds when the service starts. */
function withIncrementalDirectives(schema: GraphQLSchema): GraphQLSchema {
  let served = schema
  const replaceSchema = (replaced: GraphQLSchema) => {
    served = replaced
  }
  useDeferStream().onSchemaChange?.({ schema, replaceSchema } as never)
  return served
}
