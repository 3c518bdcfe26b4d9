import { GraphQLError, Kind } from 'graphql'
import { GraphQLDateTimeISO } from 'graphql-scalars'
import { builder } from './builder.ts'

builder.addScalarType('DateTime', GraphQLDateTimeISO, {
  description:
    'A point in time as an RFC 3339 string with a time zone, like `2026-11-23T22:46:57.000Z`. Output ' +
    'is always in UTC.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
})

builder.scalarType('ByteCount', {
  description: 'A number of bytes: a whole number from 0 to 2^53 - 1, which is more than an Int can hold.',
  // Integers that all readers of JSON agree on.
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259#section-6',
  serialize: (value) => value,
  parseValue: parseByteCount,
  parseLiteral: (node) => parseByteCount(node.kind === Kind.INT ? Number(node.value) : null),
})

function parseByteCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new GraphQLError(
      `A ByteCount must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${String(value)}`,
    )
  return value
}
