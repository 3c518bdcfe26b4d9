/** Global ids find the objects that have them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { dataOf, makeSampleDiffs, SAMPLES, startWithSamples } from './samples.ts'
import { firstOf, type Report } from './selections.ts'

let service: TestService
beforeAll(async () => {
  service = await startWithSamples()
  await makeSampleDiffs(service)
})
afterAll(() => service?.close())

interface CommonFields {
  readonly id: string
  readonly comparison: { readonly old: { readonly runId: string } }
}

describe('a fragment on Diff', () => {
  it.each(['debdiff', 'diffoscope'] as const)('can select the id of a %s, which finds it', async (kind) => {
    const fragment = 'fragment Common on Diff { id filtered comparison { old { runId } } text { etag } }'
    const { comparison } = await dataOf<{ comparison: Record<typeof kind, CommonFields> }>(
      service,
      `${fragment} { comparison(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on Comparison { ${kind} { ...Common } } } }`,
    )
    const found = await dataOf<{ node: CommonFields }>(
      service,
      `${fragment} query ($id: ID!) { node(id: $id) { ...Common } }`,
      { id: comparison[kind].id },
    )
    expect(found.node).toEqual(comparison[kind])
    expect(found.node.comparison.old.runId).toBe(SAMPLES.old)
  })
})

interface Identified {
  readonly id: string
  readonly __typename: string
}

describe('a global id', () => {
  it.each(['', 'x', 'Query:1', 'RunConnection:1', 'Nothing:1', '🫖'])(
    'that is invalid (%j) is refused, alone or among several, and other fields keep their data',
    async (text) => {
      for (const id of [text, Buffer.from(text).toString('base64')]) {
        const { data, errors } = await service.graphql(
          'query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } service { __typename } }',
          { id },
        )
        expect(data).toEqual({ node: null, nodes: null, service: { __typename: 'ServiceInfo' } })
        expect(errors).toMatchObject(
          ['node', 'nodes'].map((field) => ({ path: [field], extensions: { code: 'USAGE' } })),
        )
      }
    },
  )

  it('finds each kind of object again', async () => {
    const { run, comparison } = await dataOf<{
      run: Identified & { binaries: { nodes: readonly Identified[] } }
      comparison: Identified & {
        debdiff: Identified & { comparison: Identified }
        diffoscope: Report
      }
    }>(
      service,
      `{ run(runId: "${SAMPLES.new}") { ... on Run { id __typename binaries { ... on BinaryList { nodes { id __typename } } } } }
         comparison(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on Comparison { id __typename
           debdiff(filterBoring: true) { ... on Debdiff { id __typename comparison { id } } }
           diffoscope { ... on Diffoscope { id __typename nodes(first: 3) { nodes { id __typename source2 parent { ordinal } } } } } } } }`,
    )
    expect(comparison.debdiff.comparison.id).toBe(comparison.id)
    const { precache } = await dataOf<{ precache: Identified }>(
      service,
      `mutation { precache(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on PrecacheJob { id __typename } } }`,
    )
    const objects = [
      run,
      firstOf(run.binaries.nodes),
      comparison,
      comparison.debdiff,
      comparison.diffoscope,
      ...comparison.diffoscope.nodes.nodes,
      precache,
    ]
    expect(objects.map(({ __typename }) => __typename)).toEqual([
      'Run',
      'Binary',
      'Comparison',
      'Debdiff',
      'Diffoscope',
      'DiffNode',
      'DiffNode',
      'DiffNode',
      'PrecacheJob',
    ])
    for (const { id, __typename } of objects) {
      const { node } = await dataOf<{ node: Identified }>(
        service,
        'query ($id: ID!) { node(id: $id) { id __typename } }',
        { id },
      )
      expect(node).toEqual({ id, __typename })
    }
  })

  it.each(['Run', 'Binary', 'Comparison', 'Debdiff', 'Diffoscope', 'DiffNode', 'PrecacheJob'])(
    'with invalid parts finds no %s',
    async (type) => {
      const inside = [
        '',
        'x',
        '[]',
        '["a"]',
        '["a","b"]',
        '["a","b",true]',
        '["a","b",true,"",1e9]',
        '[1,2,3]',
        '{"a":',
        '\0',
      ]
      for (const text of inside) {
        const id = Buffer.from(`${type}:${text}`).toString('base64')
        const { data, errors } = await service.graphql('query ($id: ID!) { node(id: $id) { id } }', { id })
        expect([text, data, errors]).toEqual([text, { node: null }, undefined])
      }
    },
  )
})
