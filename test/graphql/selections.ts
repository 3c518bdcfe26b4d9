/**
 * Types of the parts of responses that several tests select. A test reads only the fields that its query
 * selects.
 */

export interface Connection<Item> {
  readonly nodes: readonly Item[]
  readonly totalCount: number | null
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly endCursor: string | null
  }
}

export interface Segment {
  readonly changed: boolean
  readonly text: string
}

export interface Line {
  readonly kind: string
  readonly position: number
  readonly oldNumber: number | null
  readonly newNumber: number | null
  readonly text: string
  readonly noNewline: boolean
  readonly segments: readonly Segment[] | null
}

export interface Row {
  readonly kind: string
  readonly old: Line | null
  readonly new: Line | null
}

export interface Hunk {
  readonly position: number
  readonly lines: Connection<Line>
  readonly rows: Connection<Row>
}

export interface Node {
  readonly __typename: string
  readonly id: string
  readonly ordinal: number
  readonly depth: number
  readonly path: readonly string[]
  readonly hunks: Connection<Hunk>
}

export interface Report {
  readonly __typename: string
  readonly id: string
  readonly stat: { readonly nodes: number }
  readonly hidden: { readonly nodes: number } | null
  readonly nodes: Connection<Node>
  readonly node: Node | null
}

/** The first item of a list that must have one. */
export function firstOf<Item>(items: readonly Item[]): Item {
  const [first] = items
  if (first === undefined) throw new Error('The list is empty')
  return first
}

/** A value that must not be null. */
export function present<Value>(value: Value | null | undefined): Value {
  if (value == null) throw new Error('The value is missing')
  return value
}

/** Narrows a union to the members that select a field, which the value must have. */
export function having<Value extends object, Field extends PropertyKey>(
  value: Value,
  field: Field,
): Extract<Value, Record<Field, unknown>> {
  if (!(field in value)) throw new Error(`No ${String(field)} in ${JSON.stringify(value)}`)
  return value as Extract<Value, Record<Field, unknown>>
}
