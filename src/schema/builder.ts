/** The schema builder and its plugins. The types are defined in the other files of this folder. */
import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import { QueryLimitError, UsageError } from '../errors.ts'
import type { Context } from '../resolvers/context.ts'
import { BYTES_PLUGIN } from './bytes-plugin.ts'
import { RESOURCES_PLUGIN } from './resources-plugin.ts'

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
    // The plugin's own decoder throws plain errors, which would be reported as faults of the service.
    decodeGlobalID: (id) => {
      const [, typename, inner] = /^(\w+):(.*)$/s.exec(Buffer.from(id, 'base64').toString('utf8')) ?? []
      if (typename === undefined || inner === undefined) throw invalidGlobalId()
      // The plugin takes an empty id for a missing one. No object has the id "\0".
      return { typename, id: inner || '\0' }
    },
    nodeTypeOptions: { description: 'An object that can be fetched by its global id.' },
    idFieldOptions: { description: 'Global id: an opaque string that `Query.node` accepts.' },
    nodeQueryOptions: {
      description: 'Fetches any object by its global id; null if it does not exist.',
      args: { id: { description: 'Global id, from the `id` field of an object.' } },
      resolve: (_, { id }, _context, { schema }, resolveNode) => {
        const type = schema.getType(id.typename)
        const interfaces = type && 'getInterfaces' in type ? type.getInterfaces() : []
        if (!interfaces.some(({ name }) => name === 'Node')) throw invalidGlobalId()
        return resolveNode(id)
      },
    },
    nodesQueryOptions: false,
    pageInfoTypeOptions: { description: 'Position of a page within its list.' },
    hasNextPageFieldOptions: { description: 'Whether more items follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are items before this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first item; null on an empty page.' },
    endCursorFieldOptions: {
      description: 'Cursor of the last item; null on an empty page. Pass it as `after` to get the next page.',
    },
  },
  // The cost of an operation depends on its variables, so it is checked when the operation is executed,
  // before its first field. A field costs 1. A list costs as much as its items, times the page size.
  // Expensive fields and lists without pages declare their cost where they are defined.
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 1,
    limit: ({ limits }) => ({ depth: limits.depth, breadth: limits.fields, complexity: limits.cost }),
    complexityError: (kind, { depth, breadth, complexity, maxDepth, maxBreadth, maxComplexity }) => {
      if (kind === 'Depth') return tooComplex('TOO_DEEP', maxDepth, `is ${depth} levels deep`)
      if (kind === 'Breadth') return tooComplex('TOO_MANY_FIELDS', maxBreadth, `has ${breadth} fields`)
      return tooComplex('TOO_COSTLY', maxComplexity, `has a cost of ${complexity}`, 'request smaller pages')
    },
  },
  // Each field declares its errors. A default of `Error` would show clients the messages of unexpected
  // errors.
  errors: { defaultTypes: [], directResult: true },
})

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

function tooComplex(code: string, limit = 0, found: string, advice?: string): QueryLimitError {
  const message = `The operation ${found}; at most ${limit} are allowed`
  return new QueryLimitError(code, limit, advice ? `${message}: ${advice}` : message)
}

function invalidGlobalId(): UsageError {
  return new UsageError('This is not a global id; take one from the field `id` of an object')
}

/** What functions that add arguments to a field get: its `t.arg`. */
export type ArgumentBuilder = Parameters<Parameters<typeof builder.queryField>[1]>[0]['arg']
