/** The schema builder and its plugins. The types are defined in the other files of this folder. */
import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import type { GraphQLSchema } from 'graphql'
import { QueryLimitError, UsageError } from '../errors.ts'
import type { Context } from '../resolvers/context.ts'
import { BYTES_PLUGIN } from './bytes-plugin.ts'
import { RESOURCES_PLUGIN } from './resources-plugin.ts'

/** Objects of one `nodes` field. */
const MAX_IDS = 100
/** Stands for the type of an invalid id; `checkNodeType` refuses it. */
const NO_TYPE = '\0'

export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  Scalars: {
    DateTime: { Input: Date; Output: Date }
    ByteCount: { Input: number; Output: number }
    ID: { Input: string; Output: string }
  }
}>({
  plugins: [ErrorsPlugin, RelayPlugin, ComplexityPlugin, RESOURCES_PLUGIN, BYTES_PLUGIN],
  defaultFieldNullability: false,
  relay: {
    // The plugin's own decoder throws plain errors, which would be reported as faults of the service. This one
    // does not throw: the cost of an operation decodes ids, too, and an error there would lose all fields of it.
    decodeGlobalID: (id) => {
      const [, typename, inner] = /^(\w+):(.*)$/s.exec(Buffer.from(id, 'base64').toString('utf8')) ?? []
      if (typename === undefined || inner === undefined) return { typename: NO_TYPE, id }
      // The plugin takes an empty id for a missing one. No object has the id "\0".
      return { typename, id: inner || '\0' }
    },
    nodeTypeOptions: { description: 'An object that can be fetched by its global id.' },
    idFieldOptions: { description: 'Global id: an opaque string that `Query.node` accepts.' },
    nodeQueryOptions: {
      description: 'An object by its global id; null if it does not exist.',
      args: { id: { description: 'Global id, from the `id` field of an object.' } },
      resolve: (_, { id }, _context, { schema }, resolveNode) => {
        checkNodeType(schema, id.typename)
        return resolveNode(id)
      },
    },
    nodesQueryOptions: {
      description: 'Several objects by their global ids, in that order; null for one that does not exist.',
      nullable: { list: true, items: true },
      args: { ids: { description: `Global ids, at most ${MAX_IDS}.` } },
      complexity: ({ ids }: { readonly ids: readonly unknown[] }) => ({
        field: 1,
        multiplier: Math.min(Math.max(ids.length, 1), MAX_IDS),
      }),
      resolve: (_, { ids }, _context, { schema }, resolveNodes) => {
        if (ids.length > MAX_IDS)
          throw new QueryLimitError(
            'PAGE_TOO_LARGE',
            MAX_IDS,
            `"ids" has ${ids.length} items; at most ${MAX_IDS} are allowed`,
          )
        for (const { typename } of ids) checkNodeType(schema, typename)
        return resolveNodes(ids)
      },
    },
    pageInfoTypeOptions: { description: 'Position of a page within its list.' },
    hasNextPageFieldOptions: { description: 'Whether more items follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are items before this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first item; null on an empty page.' },
    endCursorFieldOptions: {
      description: 'Cursor of the last item; null on an empty page. Pass it as `after` to get the next page.',
    },
  },
  // A field costs 1. A list costs as much as its items, times the page size. Expensive fields and lists without
  // pages declare their cost where they are defined. `graphql/cost-limits.ts` checks it for a whole operation; the
  // plugin would refuse each root field by itself.
  complexity: { defaultComplexity: 1, defaultListMultiplier: 1, disabled: true },
  // Each field declares its errors. A default of `Error` would show clients the messages of unexpected
  // errors.
  errors: { defaultTypes: [], directResult: true },
})

/**
 * Options of a field that is null only if it failed, with the reason among the errors. `schema.graphql` marks it
 * with `@semanticNonNull`. A failure of a field that cannot be null would lose its siblings.
 */
export const NULL_IF_FAILED = { nullable: true, extensions: { semanticNonNull: [0] } } as const

/** The same for a list, each of whose items is null only if it failed. */
export const ITEMS_NULL_IF_FAILED = {
  nullable: { list: true, items: true },
  extensions: { semanticNonNull: [0, 1] },
} as const

builder.queryType({ description: 'Queries for runs, comparisons and background jobs.' })
builder.mutationType({
  description:
    'Operations that start or stop work. They need the bearer token if the service has one, and are ' +
    'not allowed over GET.',
})
builder.subscriptionType({
  description:
    'Live updates over Server-Sent Events or WebSocket (`graphql-transport-ws`). The current state ' +
    'comes first. A slow client may miss intermediate states, but never the last one.',
})

/** @throws UsageError unless objects of this type can be fetched by their ids */
function checkNodeType(schema: GraphQLSchema, typename: string): void {
  const type = schema.getType(typename)
  const interfaces = type && 'getInterfaces' in type ? type.getInterfaces() : []
  if (!interfaces.some(({ name }) => name === 'Node'))
    throw new UsageError('This is not a global id; take one from the field `id` of an object')
}

/** What functions that add arguments to a field get: its `t.arg`. */
export type ArgumentBuilder = Parameters<Parameters<typeof builder.queryField>[1]>[0]['arg']

/** The types that the builder knows, for functions that define types. */
export type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never
