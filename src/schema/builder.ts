/** The schema builder and its plugins; it defines no types. */
import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import { QueryLimitError, UsageError } from '../errors.ts'
import type { Context } from '../resolvers/context.ts'

export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  Scalars: {
    DateTime: { Input: Date; Output: Date }
    ByteCount: { Input: number; Output: number }
    ID: { Input: string; Output: string }
  }
}>({
  plugins: [ErrorsPlugin, RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  relay: {
    // What people paste as an id is no fault of ours.
    decodeGlobalID: (id) => {
      const [, typename, inner] = /^(\w+):(.*)$/s.exec(Buffer.from(id, 'base64').toString('utf8')) ?? []
      if (typename === undefined || inner === undefined) throw noGlobalId()
      // Nothing has an empty id, and the library takes one for none.
      return { typename, id: inner || '\0' }
    },
    nodeTypeOptions: { description: 'An object with an id of its own among all objects.' },
    idFieldOptions: { description: 'Global id: opaque, and good for `Query.node`.' },
    nodeQueryOptions: {
      description: 'Any object by its global id; null where there is none.',
      args: { id: { description: 'A global id, as `id` of any object gives it.' } },
      resolve: (_, { id }, _context, { schema }, resolveNode) => {
        const type = schema.getType(id.typename)
        const interfaces = type && 'getInterfaces' in type ? type.getInterfaces() : []
        if (!interfaces.some(({ name }) => name === 'Node')) throw noGlobalId()
        return resolveNode(id)
      },
    },
    nodesQueryOptions: false,
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    hasNextPageFieldOptions: { description: 'Whether anything follows this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether anything lies ahead of this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first entry; null on an empty page.' },
    endCursorFieldOptions: {
      description: 'Cursor of the last entry, to give as `after` for the next page; null on an empty page.',
    },
  },
  // What an operation may cost is known when its variables are: so it is judged where it is executed, ahead of its first field. A field costs 1; a
  // list costs what its entries cost, as often as its page is long; fields that are dear, and lists without pages, say so where they are defined.
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 1,
    limit: ({ limits }) => ({ depth: limits.depth, breadth: limits.fields, complexity: limits.cost }),
    complexityError: (kind, { depth, breadth, complexity, maxDepth, maxBreadth, maxComplexity }) => {
      if (kind === 'Depth') return tooMuch('TOO_DEEP', 'is nested', depth, maxDepth, 'levels deep')
      if (kind === 'Breadth') return tooMuch('TOO_MANY_FIELDS', 'asks for', breadth, maxBreadth, 'fields')
      return tooMuch(
        'TOO_COSTLY',
        'costs',
        complexity,
        maxComplexity,
        'fields or as much: ask for smaller pages',
      )
    },
  },
  // Errors are declared field by field: a default of `Error` would show raw messages of unexpected ones.
  errors: {
    defaultTypes: [],
    directResult: true,
    defaultUnionOptions: { description: 'What was asked for, or the expected failure that keeps it away.' },
  },
})

builder.queryType({ description: 'Everything that can be read.' })
builder.mutationType({
  description: 'What starts or stops work. Needs the token where the service has one; not over GET.',
})
builder.subscriptionType({
  description:
    'What changes, over Server-Sent Events or WebSocket (`graphql-transport-ws`): the state of this moment first. A slow reader misses states between, never the last one.',
})

function tooMuch(code: string, verb: string, found: number, limit = 0, unit: string): QueryLimitError {
  return new QueryLimitError(
    code,
    limit,
    `The operation ${verb} ${found} ${unit}; at most ${limit} are allowed`,
  )
}

function noGlobalId(): UsageError {
  return new UsageError('This is no global id; take one from the field `id` of an object')
}
