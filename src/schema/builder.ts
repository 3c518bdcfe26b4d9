/** The schema builder and its plugins; it defines no types. */
import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
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
  plugins: [ErrorsPlugin, RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    nodeTypeOptions: { description: 'An object with an id of its own among all objects.' },
    idFieldOptions: { description: 'Global id: opaque, and good for `Query.node`.' },
    nodeQueryOptions: {
      description: 'Any object by its global id; null where there is none.',
      args: { id: { description: 'A global id, as `id` of any object gives it.' } },
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
