/** From a run to its comparisons, and to its page at the build farm. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { dataOf, SAMPLES, startWithSamples } from './samples.ts'

const CHANGES = 3

let service: TestService
beforeAll(async () => {
  service = await startWithSamples({
    env: { DIFFER_RUN_URL: 'https://farm.example/{campaign}/{source}?run={run}' },
  })
  const shared = { codebase: 'teatime', source: 'teatime', mainBranchRevision: 'teatime-main' }
  for (let n = 0; n < CHANGES; n++)
    await service.addRun(
      {
        ...shared,
        id: `change ${n}`,
        revision: `change-${n}`,
        finishTime: new Date(Date.UTC(2026, 0, 1 + n)),
      },
      [],
    )
  await service.addRun({ ...shared, id: 'failed', revision: 'failed', resultCode: 'build-failed' }, [])
})
afterAll(() => service?.close())

interface Comparisons {
  readonly edges: readonly {
    readonly cursor: string
    readonly node: {
      readonly id: string
      readonly old: { readonly runId: string }
      readonly new: { readonly runId: string }
    }
  }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly endCursor: string | null
  }
}

async function comparisons(runId: string, page = ''): Promise<Comparisons> {
  const { run } = await dataOf<{ run: { comparisons: Comparisons } }>(
    service,
    `query ($runId: ID!) { run(runId: $runId) { ... on Run { comparisons${page} {
      edges { cursor node { id old { runId } new { runId } } } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }`,
    { runId },
  )
  return run.comparisons
}
const newIds = ({ edges }: Comparisons) => edges.map(({ node }) => node.new.runId)

describe('the comparisons of a run', () => {
  it('are those with every successful change that is built on a control run, page by page', async () => {
    const all = newIds(await comparisons(SAMPLES.old))
    expect(all).toEqual(['change 2', 'change 1', 'change 0', SAMPLES.new])
    const first = await comparisons(SAMPLES.old, '(first: 3)')
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    const next = await comparisons(SAMPLES.old, `(first: 3, after: "${first.pageInfo.endCursor}")`)
    expect([...newIds(first), ...newIds(next)]).toEqual(all)
    expect(next.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  })

  it('are the one with the baseline of a change', async () => {
    const { edges, pageInfo } = await comparisons(SAMPLES.new)
    expect(edges).toMatchObject([{ node: { old: { runId: SAMPLES.old }, new: { runId: SAMPLES.new } } }])
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    const after = await comparisons(SAMPLES.new, `(after: "${pageInfo.endCursor}")`)
    expect([after.edges, after.pageInfo.hasPreviousPage]).toEqual([[], true])
  })

  it('are none for a run that failed, and null with a code for a wrong cursor', async () => {
    expect((await comparisons('failed')).edges).toEqual([])
    const { data, errors } = await service.graphql(
      `{ run(runId: "${SAMPLES.old}") { ... on Run { runId comparisons(after: "x") { edges { cursor } } } } }`,
    )
    expect(data.run).toEqual({ runId: SAMPLES.old, comparisons: null })
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'USAGE' })
  })
})

it('a run has the URL of its page at the build farm', async () => {
  const { run } = await dataOf<{ run: { url: string } }>(
    service,
    '{ run(runId: "change 1") { ... on Run { url } } }',
  )
  expect(run.url).toBe('https://farm.example/lintian-fixes/teatime?run=change%201')
})
