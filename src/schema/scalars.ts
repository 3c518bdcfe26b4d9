import { GraphQLError, Kind } from 'graphql'
import { builder } from './builder.ts'

builder.scalarType('DateTime', {
  description: 'A moment in UTC, as RFC 3339: `2026-11-23T22:46:57.000Z`.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = typeof value === 'string' ? new Date(value) : new Date(Number.NaN)
    if (Number.isNaN(date.getTime()))
      throw new GraphQLError(`"${value}" is not a moment of the form 2026-11-23T22:46:57Z`)
    return date
  },
})

builder.scalarType('ByteCount', {
  description: 'A number of bytes: a whole number from 0 to 2^53 - 1, more than an Int holds.',
  serialize: (value) => value,
  parseValue: asByteCount,
  parseLiteral: (node) => asByteCount(node.kind === Kind.INT ? Number(node.value) : null),
})

function asByteCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new GraphQLError(`${String(value)} is not a number of bytes`)
  return value
}
