/** Whether clients may see the schema. */
import { describe, expect, it } from 'vitest'
import { startService } from '../fixtures/service.ts'

describe('the schema', () => {
  it('is hidden when introspection is off, also from hints', async () => {
    const closed = await startService({ env: { DIFFER_INTROSPECTION: 'off', DIFFER_GRAPHIQL: 'off' } })
    try {
      const introspected = await closed.graphql('{ __schema { types { name } } }')
      expect(introspected).toEqual({
        errors: [expect.objectContaining({ message: 'Introspection is disabled on this service' })],
      })
      expect((await closed.graphql('{ __typename }')).data).toEqual({ __typename: 'Query' })
      const hint = await closed.graphql('{ rums { __typename } }')
      expect(hint.errors?.[0]?.message).toBe('Cannot query field "rums" on type "Query".')
      const ofVariable = await closed.graphql(
        'query ($f: RunFilterInput) { runs(filter: $f) { __typename } }',
        { f: { campain: 'x' } },
      )
      expect(ofVariable.errors?.[0]?.message).toMatch(/"campain" is not defined by type "RunFilterInput"\.$/)
      const page = await closed.ask('/graphql', { headers: { accept: 'text/html' } })
      expect(page.text).not.toContain('GraphiQL')
    } finally {
      await closed.close()
    }
  })

  it('is shown, with hints, when introspection is on', async () => {
    const open = await startService()
    try {
      const { errors } = await open.graphql('{ rums { __typename } }')
      expect(errors?.[0]?.message).toContain('Did you mean')
      const { data } = await open.graphql('{ __schema { directives { name } } }')
      expect(data.__schema.directives.map(({ name }: { name: string }) => name)).toEqual(
        expect.arrayContaining(['defer', 'stream']),
      )
    } finally {
      await open.close()
    }
  })
})
