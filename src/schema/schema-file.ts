/** The text of `schema.graphql`. */
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream'
import type { ConstDirectiveNode, FieldDefinitionNode, GraphQLObjectType, GraphQLSchema } from 'graphql'

/** The functions of `graphql` that print a schema; from the copy that created it. */
type Printer = Pick<
  typeof import('graphql'),
  'lexicographicSortSchema' | 'printSchema' | 'printIntrospectionSchema' | 'parse' | 'print' | 'visit'
>

/** Directives of the specification that tools with older ones do not know. The others are never printed. */
const RECENT = /^directive @(oneOf|specifiedBy)\b/m

/**
 * See https://specs.apollo.dev/nullability/v0.4: the field is null only if it failed. Introspection does not show
 * directives of fields, so this one is in the file only.
 */
const SEMANTIC_NON_NULL = `"""
The field, or the items of its list at these levels, are null only with an error.
"""
directive @semanticNonNull(levels: [Int!]! = [0]) on FIELD_DEFINITION`

/** The schema as the service serves it, with every directive that it accepts, and its own on fields. */
export function schemaFile(schema: GraphQLSchema, printer: Printer): string {
  const { lexicographicSortSchema, printSchema, printIntrospectionSchema } = printer
  const definitions = printIntrospectionSchema(schema).split('\n\n')
  const recent = definitions.filter((definition) => RECENT.test(definition)).sort()
  const printed = printSchema(lexicographicSortSchema(withIncrementalDirectives(schema)))
  const marked = withNullability(printed, schema, printer)
  return `${[...recent, SEMANTIC_NON_NULL, marked].join('\n\n')}\n`
}

/** Levels at which a field is null only if it failed: see `NULL_IF_FAILED`. */
export function levelsOf(schema: GraphQLSchema, typeName: string, fieldName: string): readonly number[] {
  const type = schema.getType(typeName) as GraphQLObjectType | undefined
  const field = type?.getFields?.()[fieldName]
  return (field?.extensions.semanticNonNull as readonly number[] | undefined) ?? []
}

function withNullability(text: string, schema: GraphQLSchema, { parse, print, visit }: Printer): string {
  let typeName = ''
  const enter = ({ name }: { name: { value: string } }) => {
    typeName = name.value
  }
  const field = (node: FieldDefinitionNode) => {
    const levels = levelsOf(schema, typeName, node.name.value)
    return levels.length === 0
      ? undefined
      : { ...node, directives: [directive(levels, parse), ...(node.directives ?? [])] }
  }
  return print(
    visit(parse(text), {
      ObjectTypeDefinition: { enter },
      InterfaceTypeDefinition: { enter },
      FieldDefinition: { leave: field },
    }),
  )
}

function directive(levels: readonly number[], parse: Printer['parse']): ConstDirectiveNode {
  const written = levels.join() === '0' ? '' : `(levels: [${levels.join(', ')}])`
  const [definition] = parse(`type T { f: Int @semanticNonNull${written} }`).definitions
  const [directiveNode] =
    (definition as unknown as { fields: FieldDefinitionNode[] }).fields[0]?.directives ?? []
  return directiveNode as ConstDirectiveNode
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
