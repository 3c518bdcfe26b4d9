/** Background jobs over GraphQL: queued, listed, found again and cancelled. */
import { describe, expect, it } from 'vitest'
import { eventually } from '../fixtures/service.ts'
import { FIND_JOB, GatedService, JOB } from './gated-service.ts'

const gated = new GatedService()

describe('background jobs', () => {
  it('finds a batch again, and lists its jobs page by page', async () => {
    const { data } = await gated.service.graphql(
      'mutation { precacheAll { ... on PrecacheAllPayload { batch { id batchId } } } }',
    )
    const { id, batchId } = data.precacheAll.batch
    const query = `query ($batchId: String!, $after: String) { precacheBatch(batchId: $batchId) { __typename
      ... on PrecacheBatch { id count skipped filled jobs(first: 1, after: $after) {
        nodes { jobId newRunId status } pageInfo { hasNextPage endCursor } } } } }`
    const page = async (after: string | null) =>
      (await gated.service.graphql(query, { batchId, after })).data.precacheBatch
    await eventually(async () => expect((await page(null)).filled).toBe(true))
    const jobs: { readonly jobId: string; readonly newRunId: string }[] = []
    let counted = 0
    for (let after: string | null = null, more = true; more; ) {
      const batch = await page(after)
      counted = batch.count - batch.skipped
      expect(batch.id).toBe(id)
      jobs.push(...batch.jobs.nodes)
      more = batch.jobs.pageInfo.hasNextPage
      after = batch.jobs.pageInfo.endCursor
    }
    expect(new Set(jobs.map(({ jobId }) => jobId)).size).toBe(counted)
    expect(jobs.map(({ newRunId }) => newRunId)).toContain(gated.pair.new)
    const { data: again } = await gated.service.graphql(
      'query ($id: ID!) { node(id: $id) { ... on PrecacheBatch { batchId } } }',
      { id },
    )
    expect(again.node).toEqual({ batchId })
  })

  it('returns the same job when a pair is queued twice', async () => {
    expect(await gated.queueJob()).toBe(await gated.queueJob())
  })

  it('lists jobs by status, page by page', async () => {
    const ids = new Set([await gated.queueJob()])
    await gated.addPair()
    ids.add(await gated.queueJob())
    const query = `query ($after: String) { precacheJobs(status: [QUEUED, RETRIEVING, DEBDIFF, DIFFOSCOPE], first: 1, after: $after) {
      __typename ... on PrecacheJobConnection { nodes { jobId } pageInfo { hasNextPage endCursor } } } }`
    // A job that starts between two pages moves to another page, so this waits until the jobs are at the
    // gate.
    await eventually(async () => {
      const found: string[] = []
      for (let after: string | null = null; ; ) {
        const { data } = await gated.service.graphql(query, { after })
        found.push(...data.precacheJobs.nodes.map(({ jobId }: { jobId: string }) => jobId))
        if (!data.precacheJobs.pageInfo.hasNextPage) break
        after = data.precacheJobs.pageInfo.endCursor
      }
      expect(found).toEqual(expect.arrayContaining([...ids]))
      expect(new Set(found).size).toBe(found.length)
    })
  })

  it('stops the tool of a cancelled job', async () => {
    const id = await gated.queueJob()
    const job = async () => (await gated.service.graphql(FIND_JOB, { jobId: id })).data.precacheJob
    await eventually(async () => expect((await job()).status).toBe('DEBDIFF'))
    await gated.service.graphql(`mutation ($id: String!) { cancelPrecache(jobId: $id) { ${JOB} } }`, { id })
    await eventually(async () => expect((await job()).status).toBe('CANCELLED'))
  })

  it('says why a job failed, with the type of the error', async () => {
    await gated.gate.open()
    await gated.service.addRun({ id: 'bare', codebase: 'bare', campaign: 'unchanged' } as never, [])
    const { data } = await gated.service.graphql(
      `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
      { old: gated.pair.old, new: 'bare' },
    )
    await eventually(async () => {
      const { data: now } = await gated.service.graphql(
        `query ($jobId: String!) { precacheJob(jobId: $jobId) { ... on PrecacheJob { status failure error { __typename ... on Error { message } } } } }`,
        { jobId: data.precache.jobId },
      )
      expect(now.precacheJob).toMatchObject({
        status: 'FAILED',
        error: { __typename: 'ArtifactsMissingError' },
      })
      expect(now.precacheJob.failure).toBe(now.precacheJob.error.message)
    })
  })

  it('refuses to queue a job over GET', async () => {
    const query = `mutation { precache(old: "${gated.pair.old}", new: "${gated.pair.new}") { __typename } }`
    const { status } = await gated.service.ask(`/graphql?query=${encodeURIComponent(query)}`)
    expect(status).toBe(405)
  })
})
