/** The page, the examples and the clients of this repository use nothing that is deprecated. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, NoDeprecatedCustomRule, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import * as operationsOfCommands from '../../src/commands/client/job-operations.ts'

const ROOT = join(import.meta.dirname, '../..')
const schema = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'))

describe('the operations', () => {
  it.each(['web/operations', 'examples/operations', 'clients/typescript/operations'])(
    'of %s use nothing that is deprecated',
    (dir) => {
      const files = readdirSync(join(ROOT, dir)).filter((name) => name.endsWith('.graphql'))
      // Fragments of one file are used by others.
      const text = files.map((name) => readFileSync(join(ROOT, dir, name), 'utf8')).join('\n')
      expect(deprecatedIn(text)).toEqual([])
    },
  )

  it('of the command line use nothing that is deprecated', () => {
    const texts = Object.values(operationsOfCommands).filter((one) => typeof one === 'string')
    expect(texts.length).toBeGreaterThan(5)
    expect(texts.flatMap(deprecatedIn)).toEqual([])
  })
})

it('whatever is deprecated says what replaces it, and until when it works', () => {
  const text = readFileSync(join(ROOT, 'schema.graphql'), 'utf8')
  const reasons = [...text.matchAll(/@deprecated(?:\(reason: "([^"]*)"\))?/g)].map(([, reason]) => reason)
  expect(reasons.length).toBeGreaterThan(10)
  const unclear = reasons.filter((one) => !/`|Never returned/.test(one ?? '') || !/ 0\.\d\b/.test(one ?? ''))
  expect(unclear).toEqual([])
})

function deprecatedIn(text: string): string[] {
  return validate(schema, parse(text), [NoDeprecatedCustomRule]).map(({ message }) => message)
}
