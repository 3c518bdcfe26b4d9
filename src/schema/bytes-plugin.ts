/**
 * Counts the bytes of every field's value before the fields below it are resolved: see `ByteAccount`. The cost
 * of an operation counts fields, and the values of fields have any length.
 */
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core'
import {
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Context } from '../resolvers/context.ts'

/** Name of the plugin, for the list of the builder's plugins. */
export const BYTES_PLUGIN = 'differBytes' as const

/** Of a number, a boolean or a short constant as JSON. */
const SCALAR_BYTES = 8
/** Of the punctuation around a value and its key. */
const PUNCTUATION_BYTES = 4
/** The longest name of a type, as the value of `__typename`. */
const TYPENAME_BYTES = 32

class BytesPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    { kind }: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    // Its value is a stream of events. The fields of each event are counted.
    if (kind === 'Subscription') return resolver
    return (parent, args, context, info) => {
      const value = resolver(parent, args, context, info)
      const counted = (resolved: unknown) => {
        ;(context as Context).bytes.charge(bytesOf(resolved, info))
        return resolved
      }
      return value instanceof Promise ? value.then(counted) : counted(value)
    }
  }
}

/** Bytes of a value as JSON; of an object, those of the keys that the operation selects. */
function bytesOf(value: unknown, info: GraphQLResolveInfo): number {
  if (typeof value === 'string') return jsonBytes(value)
  if (Array.isArray(value)) {
    let bytes = PUNCTUATION_BYTES
    for (const item of value) bytes += bytesOf(item, info)
    return bytes
  }
  return typeof value === 'object' && value !== null ? keyBytes(info) : SCALAR_BYTES
}

const FIRST_PRINTABLE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** `\u0000` instead of one byte, and `\"`. */
const ESCAPED_CONTROL_BYTES = 5
const ESCAPED_BYTES = 1

function jsonBytes(text: string): number {
  let bytes = Buffer.byteLength(text) + PUNCTUATION_BYTES
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < FIRST_PRINTABLE) bytes += ESCAPED_CONTROL_BYTES
    else if (code === QUOTE || code === BACKSLASH) bytes += ESCAPED_BYTES
  }
  return bytes
}

/** By the nodes of a field, which are the same for each item of a list. */
const KEY_BYTES = new WeakMap<readonly FieldNode[], number>()

/** Bytes of the keys of an object, and of `__typename`, whose resolver belongs to graphql-js. */
function keyBytes({ fieldNodes, fragments }: GraphQLResolveInfo): number {
  const known = KEY_BYTES.get(fieldNodes)
  if (known !== undefined) return known
  const ofSelections = (set: SelectionSetNode | undefined): number => {
    let bytes = PUNCTUATION_BYTES
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) {
        bytes += (selection.alias ?? selection.name).value.length + PUNCTUATION_BYTES
        if (selection.name.value === '__typename') bytes += TYPENAME_BYTES
      } else if (selection.kind === Kind.INLINE_FRAGMENT) bytes += ofSelections(selection.selectionSet)
      else bytes += ofSelections(fragments[selection.name.value]?.selectionSet)
    }
    return bytes
  }
  const bytes = fieldNodes.reduce((sum, { selectionSet }) => sum + ofSelections(selectionSet), 0)
  KEY_BYTES.set(fieldNodes, bytes)
  return bytes
}

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      [BYTES_PLUGIN]: BytesPlugin<Types>
    }
  }
}

SchemaBuilder.registerPlugin(BYTES_PLUGIN, BytesPlugin)
