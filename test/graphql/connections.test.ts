/** Every list is a connection as Relay specifies them, and is read in both directions where its order allows it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, type GraphQLObjectType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { dataOf, makeSampleDiffs, SAMPLES, startWithSamples } from './samples.ts'

let service: TestService
beforeAll(async () => {
  service = await startWithSamples()
  await makeSampleDiffs(service)
  await dataOf(service, comparison('summary(mode: WAIT) { __typename }'))
})
afterAll(() => service?.close())

function comparison(field: string): string {
  return `{ comparison(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on Comparison { ${field} } } }`
}

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'))
const CONNECTIONS = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && type.name.endsWith('Connection'),
)

it.each(CONNECTIONS.map((type) => [type.name, type] as const))(
  '%s has what clients page by',
  (name, type) => {
    const fields = type.getFields()
    const node = name.replace(/Connection$/, '')
    expect(String(fields.edges?.type)).toBe(`[${node}Edge!]!`)
    expect(String(fields.nodes?.type)).toMatch(/^\[\w+!\]!$/)
    expect(String(fields.pageInfo?.type)).toBe('PageInfo!')
    expect(String(fields.totalCount?.type)).toMatch(/^Int!?$/)
  },
)

it('each list that is a connection takes first and after, and can be null', () => {
  const lists = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({ of: `${type.name}.${field.name}`, field })),
    )
    .filter(({ field }) => /Connection!?$/.test(String(field.type)))
  expect(lists.length).toBeGreaterThan(15)
  for (const { of, field } of lists) {
    const names = field.args.map(({ name }) => name)
    expect([of, names]).toEqual([of, expect.arrayContaining(['first', 'after'])])
    expect([of, String(field.type)]).toEqual([of, expect.not.stringMatching(/!$/)])
    expect([of, names.includes('last')]).toEqual([of, names.includes('before')])
  }
})

interface List {
  readonly edges: readonly { readonly cursor: string; readonly node: unknown }[]
  readonly nodes: readonly unknown[]
  readonly totalCount: number | null
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

type Query = (args: string, page: (node: string) => string) => string

/** The lists that are read in both directions: where each is, and what it selects of an item. */
const LISTS: readonly (readonly [name: string, query: Query])[] = [
  ['runs', (args, page) => `{ runs(${args}) ${page('runId')} }`],
  ['runs, the oldest first', (args, page) => `{ runs(orderBy: OLDEST_FIRST, ${args}) ${page('runId')} }`],
  ['nodes', (args, page) => comparison(`diffoscope { ... on Diffoscope { nodes(${args}) ${page('id')} } }`)],
  [
    'lines',
    (args, page) =>
      comparison(`diffoscope { ... on Diffoscope { nodes(pathGlob: "control", first: 1) { nodes {
        hunks(first: 1) { nodes { lines(${args}) ${page('position text')} } } } } } }`),
  ],
  [
    'files',
    (args, page) => comparison(`summary { ... on Summary { files(${args}) ${page('package path')} } }`),
  ],
  [
    'findings',
    (args, page) => comparison(`summary { ... on Summary { findings(${args}) ${page('message')} } }`),
  ],
  [
    'changes',
    (args, page) =>
      comparison(`binaryChanges { ... on BinaryChangeList { changes(${args}) ${page('kind new { id }')} } }`),
  ],
]

async function pageOf(query: Query, args: string): Promise<List> {
  const text = query(
    args,
    (node) =>
      `{ edges { cursor node { ${node} } } nodes { ${node} } totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`,
  )
  const found = listIn(await dataOf(service, text))
  if (!found) throw new Error(`No list in the answer to ${text}`)
  return found
}

function listIn(value: unknown): List | null {
  if (value === null || typeof value !== 'object') return null
  if ('edges' in value) return value as List
  for (const one of Object.values(value)) {
    const found = listIn(one)
    if (found) return found
  }
  return null
}

describe.each(LISTS)('the list of %s', (_, query) => {
  it('is the same from its end as from its beginning', async () => {
    const whole = await pageOf(query, 'first: 100')
    expect(whole.edges.length).toBeGreaterThan(1)
    expect(whole.edges.map(({ node }) => node)).toEqual(whole.nodes)
    const backwards: unknown[] = []
    for (let before = ''; ; ) {
      const page: List = await pageOf(query, `last: 2${before}`)
      backwards.unshift(...page.nodes)
      expect(page.pageInfo.hasNextPage).toBe(before !== '')
      expect(page.totalCount).toBe(whole.totalCount)
      if (!page.pageInfo.hasPreviousPage) break
      before = `, before: "${page.pageInfo.startCursor}"`
    }
    expect(backwards).toEqual(whole.nodes)
  })

  it('has the items between two cursors', async () => {
    const { edges } = await pageOf(query, 'first: 100')
    const [first, last] = [edges[0], edges.at(-1)]
    const between = await pageOf(query, `first: 100, after: "${first?.cursor}", before: "${last?.cursor}"`)
    expect(between.edges).toEqual(edges.slice(1, -1))
  })
})

it('refuses arguments that exclude each other without losing the other fields', async () => {
  const other = `run(runId: "${SAMPLES.old}") { ... on Run { runId } }`
  for (const args of ['first: 1, last: 1', 'first: null', 'last: 0', 'first: 1000', 'after: "?"']) {
    const { data, errors } = await service.graphql(`{ runs(${args}) { totalCount } ${other} }`)
    expect([args, data]).toEqual([args, { runs: null, run: { runId: SAMPLES.old } }])
    expect(errors?.[0]?.extensions?.code).toMatch(/^(USAGE|PAGE_TOO_LARGE)$/)
  }
})

it('finds hunks again by their ids, several at once', async () => {
  const { comparison: found } = await dataOf<{
    comparison: { diffoscope: { nodes: { nodes: { hunks: { nodes: { id: string; header: string }[] } }[] } } }
  }>(
    service,
    comparison(
      'diffoscope { ... on Diffoscope { nodes(first: 20) { nodes { hunks(first: 2) { nodes { id header } } } } } }',
    ),
  )
  const hunks = found.diffoscope.nodes.nodes.flatMap((node) => node.hunks.nodes)
  expect(hunks.length).toBeGreaterThan(2)
  const { nodes } = await dataOf<{ nodes: unknown[] }>(
    service,
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Hunk { id header } } }',
    { ids: [...hunks.map(({ id }) => id), Buffer.from('Run:none').toString('base64')] },
  )
  expect(nodes).toEqual([...hunks, null])
})

it('lists the values that runs have, by name', async () => {
  const { campaigns, none } = await dataOf<{ campaigns: List; none: List }>(
    service,
    '{ campaigns: runCampaigns(search: "LINT") { nodes { value runs } } none: runSources(search: "%") { nodes { value } } }',
  )
  expect([campaigns.nodes, none.nodes]).toEqual([[{ value: 'lintian-fixes', runs: 1 }], []])
})

it('tells what an operation costs to a client that asks', async () => {
  const { text } = await service.ask('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ runs(first: 7) { nodes { runId } } }', extensions: { cost: true } }),
  })
  const { cost } = JSON.parse(text).extensions
  expect(cost.cost).toMatchObject({ used: expect.any(Number), limit: expect.any(Number) })
  expect(cost.cost.used + cost.cost.remaining).toBe(cost.cost.limit)
  expect(cost.bytes.used).toBeGreaterThan(0)
})

it('a refused operation and each part of an incremental one tell their cost, too', async () => {
  const send = (query: string, accept: string) =>
    service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query, extensions: { cost: true } }),
    })
  const diffs =
    'comparisonWithBaseline { summary { __typename } debdiff { __typename } diffoscope { __typename } }'
  const names = Array.from({ length: 20 }, (_, n) => `a${n}: runs(first: 100) { nodes { ${diffs} } }`)
  const { errors, extensions } = JSON.parse((await send(`{ ${names.join(' ')} }`, 'application/json')).text)
  expect(errors[0].extensions.code).toBe('TOO_COSTLY')
  expect(extensions.cost.cost).toMatchObject({ used: expect.any(Number), remaining: 0 })
  const { text } = await send(
    '{ __typename ... @defer { runs(first: 2) { nodes { runId } } } }',
    'multipart/mixed',
  )
  expect(text.match(/"bytes":\{"used":/g)).toHaveLength(2)
})
