/** Arguments that need more than their type: keys under two names, and points in time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startService, type TestService } from '../fixtures/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service?.close())

/** The first result of an operation, whether it is a query or a subscription. */
async function firstResult(operation: string) {
  const { text } = await service.ask('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ query: operation }),
  })
  return JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text)
}

describe.each([
  { field: 'precacheJob', key: 'jobId', error: 'JobNotFoundError' },
  { field: 'precacheBatch', key: 'batchId', error: 'BatchNotFoundError' },
])('$field', ({ field, key, error }) => {
  describe.each(['query', 'subscription'])('as a %s', (type) => {
    it.each([key, 'id'])('takes its key as %s', async (name) => {
      expect(await firstResult(`${type} { ${field}(${name}: "missing") { __typename } }`)).toEqual({
        data: { [field]: { __typename: error } },
      })
    })

    it.each([
      ['neither', '', `The argument "${key}" is missing`],
      ['both', `(${key}: "a", id: "a")`, `"${key}" and its deprecated name "id" must not be given together`],
      ['null', `(${key}: null)`, `The argument "${key}" is missing`],
    ])('refuses %s of its key and the deprecated id', async (_, args, message) => {
      const { data, errors } = await firstResult(`${type} { ${field}${args} { __typename } }`)
      expect(data?.[field] ?? null).toBeNull()
      expect(errors).toEqual([
        expect.objectContaining({
          message: expect.stringContaining(message),
          extensions: expect.objectContaining({ code: 'USAGE', retryable: false }),
        }),
      ])
    })
  })
})

describe('a DateTime', () => {
  const ASK =
    'query ($time: DateTime) { runs(filter: { finishedAfter: $time }) { ... on RunConnection { totalCount } } }'

  it.each([
    '2026-11-23T22:46:57Z',
    '2026-11-23T22:46:57.123Z',
    '2026-11-23T22:46:57+01:00',
    '2026-11-23t22:46:57z',
  ])('may be %s', async (time) => {
    expect(await service.graphql(ASK, { time })).toEqual({ data: { runs: { totalCount: 0 } } })
  })

  it.each([
    ['a number as text', '5'],
    ['a time without a zone', '2026-11-23T22:46:57'],
    ['a date', '2026-11-23'],
    ['a day that does not exist', '2026-02-30T00:00:00Z'],
    ['a month that does not exist', '2026-13-01T00:00:00Z'],
    ['a time that does not exist', '2026-11-23T25:00:00Z'],
    ['an invalid offset', '2026-11-23T22:46:57|01:00'],
    ['a number', 5],
    ['an empty text', ''],
    ['other text', 'yesterday'],
  ])('must not be %s', async (_, time) => {
    const { data, errors } = await service.graphql(ASK, { time })
    expect(data ?? null).toBeNull()
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' })

    const literal = await service.graphql(
      `{ runs(filter: { finishedAfter: ${JSON.stringify(time)} }) { __typename } }`,
    )
    expect(literal.data ?? null).toBeNull()
    expect(literal.errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' })
  })
})
