/** The mutations return what a cache of a client needs, and reading starts no work. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, type TestService } from '../fixtures/service.ts'
import { dataOf, SAMPLES, startWithSamples } from './samples.ts'

const TOKEN = 'a-token-of-this-test'

let service: TestService
beforeAll(async () => {
  service = await startWithSamples({ env: { DIFFER_TOKEN: TOKEN } })
})
afterAll(() => service?.close())

const MAKE = `mutation ($input: MakeDiffsInput!) { makeDiffs(input: $input) { __typename
  ... on MakeDiffsPayload {
    job { jobId status batches { batchId } } errors { __typename } report { __typename }
    comparison { id summary { __typename } debdiff { __typename } }
  }
  ... on Error { message } } }`
const RUNS = { runs: SAMPLES }

async function send(query: string, variables: object, token?: string) {
  const { text } = await service.ask('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  })
  return JSON.parse(text)
}

describe('makeDiffs', () => {
  it('needs the token only for what is not cached, and returns the comparison as it is then', async () => {
    const input = { comparison: RUNS, make: { tools: ['SUMMARY'] }, wait: true }
    const refused = await send(MAKE, { input })
    expect([refused.data, refused.errors[0].extensions.code]).toEqual([{ makeDiffs: null }, 'UNAUTHORIZED'])

    const made = await send(MAKE, { input }, TOKEN)
    const comparison = { summary: { __typename: 'Summary' }, debdiff: { __typename: 'DiffNotReadyError' } }
    expect(made.data.makeDiffs).toMatchObject({ errors: [], report: null, comparison })
    expect((await send(MAKE, { input })).data.makeDiffs).toMatchObject({ job: null, errors: [], comparison })
  })

  it('makes the summary with a diff, because its fields need it', async () => {
    const pair = { old: SAMPLES.new, new: SAMPLES.old }
    const input = { comparison: { runs: pair }, make: { tools: ['DEBDIFF'] }, wait: true }
    const { data } = await send(
      `mutation ($input: MakeDiffsInput!) { makeDiffs(input: $input) { ... on MakeDiffsPayload { errors { __typename }
        comparison { debdiff(hide: [ALL]) { ... on Debdiff { isEmpty sections { title } } } } } } }`,
      { input },
      TOKEN,
    )
    expect(data.makeDiffs).toMatchObject({ errors: [], comparison: { debdiff: { isEmpty: false } } })
  })

  it('finds the comparison by its id and by its new run', async () => {
    const make = { tools: ['SUMMARY'] }
    const byRun = await send(MAKE, { input: { comparison: { ofRun: SAMPLES.new }, make } })
    const { id } = byRun.data.makeDiffs.comparison
    const byId = await send(MAKE, { input: { comparison: { id }, make } })
    expect(byId.data.makeDiffs.comparison.id).toBe(id)
    for (const comparison of [{}, { id, ofRun: SAMPLES.new }, { ...RUNS, id: null }])
      expect((await send(MAKE, { input: { comparison, make } })).errors[0].extensions.code).toBe(
        'BAD_USER_INPUT',
      )
    for (const comparison of [{ id: 'UnVuOmE=' }, { ofRun: SAMPLES.old }])
      expect((await send(MAKE, { input: { comparison, make } })).errors[0].extensions.code).toBe('USAGE')
  })

  it('returns the report of a file that is text without the token', async () => {
    const make = { file: { package: 'teatime', path: 'control/control' } }
    const { data } = await send(MAKE, { input: { comparison: RUNS, make } })
    expect(data.makeDiffs).toMatchObject({ job: null, report: { __typename: 'FileReport' } })
  })

  it('queues a job, which can be cancelled and retried', async () => {
    const { data } = await send(MAKE, { input: { comparison: RUNS } }, TOKEN)
    const { jobId } = data.makeDiffs.job
    const change = async (field: string) =>
      (
        await send(
          `mutation ($jobId: ID!) { at: ${field}(input: { jobId: $jobId }) { __typename ... on PrecacheJob { status } } }`,
          { jobId },
          TOKEN,
        )
      ).data.at
    await change('cancelPrecacheJob')
    const ended = await eventually(async () => {
      const { precacheJob } = await dataOf<{ precacheJob: { status: string } }>(
        service,
        `{ precacheJob(jobId: "${jobId}") { ... on PrecacheJob { status } } }`,
      )
      expect(['CANCELLED', 'DONE']).toContain(precacheJob.status)
      return precacheJob
    })
    const retried = await change('retryPrecacheJob')
    expect(retried.__typename).toBe('PrecacheJob')
    if (ended.status === 'DONE') expect(retried.status).toBe('DONE')
  })
})

describe('batches', () => {
  it('of a batch takes its conditions by `input`, or by the deprecated arguments, not by both', async () => {
    const { errors } = await send(
      'mutation { precacheAll(input: { campaign: "lintian-fixes" }, summaryOnly: true) { __typename } }',
      {},
      TOKEN,
    )
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining('omit "summaryOnly"'),
      extensions: { code: 'USAGE' },
    })
  })

  it('are listed, the latest first, and know their jobs; a cancelled one gets no more', async () => {
    const ids: string[] = []
    for (const year of [2001, 2002]) {
      const { data } = await send(
        `mutation ($input: PrecacheAllInput) { precacheAll(input: $input) { ... on PrecacheAllPayload { batch { batchId } } } }`,
        { input: { since: `${year}-01-01T00:00:00Z` } },
        TOKEN,
      )
      ids.unshift(data.precacheAll.batch.batchId)
    }
    const page =
      '{ nodes { batchId jobs { nodes { batches { batchId } } totalCount } } edges { cursor } pageInfo { hasNextPage hasPreviousPage } }'
    const { all, last } = await dataOf<{ all: BatchPage; last: BatchPage }>(
      service,
      `{ all: precacheBatches(first: 10) ${page} last: precacheBatches(first: 1) ${page} }`,
    )
    expect(all.nodes.map(({ batchId }) => batchId).toSorted()).toEqual(ids.toSorted())
    expect(last.nodes).toHaveLength(1)
    expect(last.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false })
    const { next } = await dataOf<{ next: BatchPage }>(
      service,
      `{ next: precacheBatches(first: 5, after: "${last.edges[0]?.cursor}") ${page} }`,
    )
    // A job may have been added to the other batch meanwhile.
    expect(next.nodes.map(({ batchId }) => batchId)).toEqual([all.nodes[1]?.batchId])
    expect(next.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true })

    const { data } = await send(
      'mutation ($batchId: ID!) { cancelPrecacheBatch(input: { batchId: $batchId }) { ... on PrecacheBatch { batchId } } }',
      { batchId: ids[0] },
      TOKEN,
    )
    expect(data.cancelPrecacheBatch).toEqual({ batchId: ids[0] })
  })
})

interface BatchPage {
  readonly nodes: readonly { readonly batchId: string }[]
  readonly edges: readonly { readonly cursor: string }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean }
}
