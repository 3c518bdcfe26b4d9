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
    nodeQueryOptions: { description: 'Any object by its global id; null where there is none.' },
    nodesQueryOptions: false,
  },
  // Errors are declared field by field: a default of `Error` would show raw messages of unexpected ones.
  errors: { defaultTypes: [], directResult: true },
})

builder.queryType({ description: 'Everything that can be read.' })
