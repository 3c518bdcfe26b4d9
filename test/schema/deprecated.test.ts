/** The page, the examples and the clients of this repository use nothing that is deprecated. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, NoDeprecatedCustomRule, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const schema = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'))

describe('the operations', () => {
  it.each(['web/operations', 'examples/operations', 'clients/typescript/operations'])(
    'of %s use nothing that is deprecated',
    (dir) => {
      const files = readdirSync(join(ROOT, dir)).filter((name) => name.endsWith('.graphql'))
      // Fragments of one file are used by others.
      const text = files.map((name) => readFileSync(join(ROOT, dir, name), 'utf8')).join('\n')
      const errors = validate(schema, parse(text), [NoDeprecatedCustomRule])
      expect(errors.map(({ message }) => message)).toEqual([])
    },
  )
})
