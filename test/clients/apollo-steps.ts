/** A user's way through the service with Apollo Client. After each step, the cache is read without the network. */
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { eventually } from '../fixtures/service.ts'
import { BATCH_CAMPAIGN, makeInput, OPERATIONS, pairOf, type World } from './world.ts'

type Name = keyof typeof OPERATIONS

export function describeApollo(world: () => World): void {
  const PAIR = pairOf('apollo')

  describe('with Apollo Client', () => {
    // biome-ignore lint/suspicious/noExplicitAny: see `Libraries`
    let client: any
    // biome-ignore lint/suspicious/noExplicitAny: see `Libraries`
    let gql: any
    /** Ids that later steps need. */
    const ids: Record<string, string> = {}
    const query = async (name: Name, variables = {}, options = {}) => {
      const asked = { query: gql(OPERATIONS[name]), variables, fetchPolicy: 'network-only', ...options }
      return (await client.query(asked)).data
    }
    const mutate = async (name: Name, variables = {}) =>
      (await client.mutate({ mutation: gql(OPERATIONS[name]), variables })).data
    const cached = (name: Name, variables = {}) =>
      client.readQuery({ query: gql(OPERATIONS[name]), variables })
    /** An object of the cache, by its type and id. */
    const entity = (typename: string, id = '') => client.cache.extract()[`${typename}:${id}`]
    const runIdsOf = (data: { runs: { edges: { node: { runId: string } }[] } }) =>
      data.runs.edges.map(({ node }) => node.runId)

    it('1: the first page of runs is in the cache', async () => {
      const { libraries, url } = world()
      gql = (await libraries.of('@apollo/client')).gql
      const { createApolloClient } = await libraries.example('apollo.mjs')
      const files = {
        possibleTypes: await libraries.file('possible-types.json'),
        connections: await libraries.file('connections.json'),
      }
      client = createApolloClient(url, files, WebSocket)
      await query('runs', { first: 3 })
      expect(runIdsOf(cached('runs'))).toHaveLength(3)
    })

    it('2: the next pages are appended', async () => {
      for (let { pageInfo } = cached('runs').runs; pageInfo.hasNextPage; { pageInfo } = cached('runs').runs)
        await query('runs', { first: 3, after: pageInfo.endCursor })
      expect(new Set(runIdsOf(cached('runs'))).size).toBe(8)
      expect(cached('runs').runs.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    })

    it('3: a filter is a list of its own', async () => {
      const filter = { search: 'apollo', campaign: ['lintian-fixes'] }
      await query('runs', { first: 3, filter })
      expect(runIdsOf(cached('runs', { filter }))).toEqual([PAIR.new])
      expect(runIdsOf(cached('runs'))).toHaveLength(8)
    })

    it('4: an opened run is the one of the list', async () => {
      const { run } = await query('run', { runId: PAIR.new })
      expect(entity('Run', run.id)).toMatchObject({
        runId: PAIR.new,
        campaign: 'lintian-fixes',
        successful: true,
      })
      ids.run = run.id
    })

    it('5: an unknown run is a typed error', async () => {
      await query('run', { runId: 'none' })
      expect(cached('run', { runId: 'none' }).run).toMatchObject({
        __typename: 'RunNotFoundError',
        message: 'Run none does not exist',
      })
    })

    it('6: a comparison without diffs is not ready', async () => {
      const { comparison } = await query('comparison', PAIR)
      ids.comparison = comparison.id
      expect(cached('comparison', PAIR).comparison).toMatchObject({
        summary: { __typename: 'DiffNotReadyError' },
        diffoscope: { __typename: 'DiffNotReadyError', job: null },
      })
    })

    it('7: the mutation that makes the summary makes the cached comparison ready', async () => {
      await mutate('make', makeInput(PAIR, ['SUMMARY'], true))
      expect(cached('comparison', PAIR).comparison).toMatchObject({
        summary: { __typename: 'Summary', verdict: 'SUBSTANTIVE' },
        diffoscope: { __typename: 'DiffNotReadyError' },
      })
    })

    it('8: findings are appended page by page, beside the verdict', async () => {
      const findings = () => cached('findings', { id: ids.comparison }).node.summary.findings
      await query('findings', { id: ids.comparison, first: 1 })
      const { totalCount, pageInfo } = findings()
      expect(totalCount).toBeGreaterThan(1)
      await query('findings', { id: ids.comparison, first: 100, after: pageInfo.endCursor })
      expect(findings().edges).toHaveLength(totalCount)
      expect(cached('comparison', PAIR).comparison.summary.verdict).toBe('SUBSTANTIVE')
    })

    it('9: a queued job is in the cached comparison', async () => {
      await world().gate.close()
      const { makeDiffs } = await mutate('make', makeInput(PAIR, null, false))
      ids.job = makeDiffs.job.id
      ids.jobId = makeDiffs.job.jobId
      expect(cached('comparison', PAIR).comparison.diffoscope.job.id).toBe(ids.job)
    })

    it('10: the events of a subscription change the job wherever it is', async () => {
      const states: string[] = []
      const events = client.subscribe({ query: gql(OPERATIONS.watch), variables: { jobId: ids.jobId } })
      const subscription = events.subscribe(({ data }: { data: { precacheJob: { status: string } } }) =>
        states.push(data.precacheJob.status),
      )
      await eventually(() => expect(entity('PrecacheJob', ids.job).status).toBe('DEBDIFF'))
      expect(cached('comparison', PAIR).comparison.diffoscope.job.status).toBe('DEBDIFF')
      subscription.unsubscribe()
      expect(states.at(-1)).toBe('DEBDIFF')
    })

    it('11: a cancelled job is cancelled in the cache', async () => {
      await mutate('cancel', { jobId: ids.jobId })
      await eventually(async () => {
        await query('job', { jobId: ids.jobId })
        expect(entity('PrecacheJob', ids.job).status).toBe('CANCELLED')
      })
    })

    it('12: a retried job waits or runs again', async () => {
      await mutate('retry', { jobId: ids.jobId })
      expect(['QUEUED', 'RETRIEVING', 'DEBDIFF']).toContain(entity('PrecacheJob', ids.job).status)
    })

    it('13: a filtered subscription shows the job being done', async () => {
      const events: { status: string; newRunId: string }[] = []
      const filter = { runId: [PAIR.new], status: ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE', 'DONE'] }
      const subscription = client
        .subscribe({ query: gql(OPERATIONS.watchAll), variables: filter })
        .subscribe(({ data }: { data: { precacheJobs: (typeof events)[number] } }) =>
          events.push(data.precacheJobs),
        )
      // The stream has begun.
      await eventually(() => expect(events).not.toEqual([]))
      await world().gate.open()
      await eventually(() => expect(events.at(-1)).toMatchObject({ status: 'DONE', newRunId: PAIR.new }))
      subscription.unsubscribe()
      expect(entity('PrecacheJob', ids.job).status).toBe('DONE')
    })

    it('14: the mutation finds all cached, and the cached comparison is ready', async () => {
      const { makeDiffs } = await mutate('make', makeInput(PAIR, null, true))
      expect(makeDiffs).toMatchObject({ job: null, errors: [] })
      const { diffoscope } = cached('comparison', PAIR).comparison
      expect(diffoscope).toMatchObject({ __typename: 'Diffoscope', isEmpty: false, complete: true })
      ids.report = diffoscope.id
    })

    it('15: nodes of the report are appended page by page', async () => {
      const nodes = () => cached('nodes', { id: ids.report }).node.nodes
      await query('nodes', { id: ids.report, first: 4 })
      await query('nodes', { id: ids.report, first: 100, after: nodes().pageInfo.endCursor })
      expect(nodes().edges).toHaveLength(nodes().totalCount)
      const kinds = nodes().edges.find(({ node }: { node: { source2: string } }) =>
        node.source2.endsWith('/kinds'),
      )
      ids.node = kinds.node.id
    })

    it('16: a node that is fetched again keeps what was known of it', async () => {
      await query('node', { id: ids.node })
      expect(entity('DiffNode', ids.node)).toMatchObject({ stat: { hunks: 1 }, source1: expect.any(String) })
      ids.hunk = cached('node', { id: ids.node }).node.hunks.edges[0].node.id
    })

    it('17: lines of a hunk are appended, and prepended from the end', async () => {
      const lines = () => cached('lines', { id: ids.hunk }).node.lines
      await query('lines', { id: ids.hunk, first: 1 })
      await query('lines', { id: ids.hunk, first: 1, after: lines().pageInfo.endCursor })
      expect(lines().edges.map(({ node }: { node: { position: number } }) => node.position)).toEqual([0, 1])
      await query('lines', { id: ids.hunk, last: 1 })
      const { pageInfo, totalCount } = lines()
      expect([pageInfo.hasPreviousPage, lines().edges.at(-1).node.position]).toEqual([true, totalCount - 1])
      await query('lines', { id: ids.hunk, last: 100, before: pageInfo.startCursor })
      expect(lines().edges).toHaveLength(totalCount)
    })

    it('18: a hunk that is fetched again is the one of its node', async () => {
      await query('hunk', { id: ids.hunk })
      expect(entity('Hunk', ids.hunk)).toMatchObject({
        header: expect.stringMatching(/^@@/),
        added: 1,
        removed: 1,
      })
    })

    it('19: several objects are fetched by their ids', async () => {
      const variables = { ids: [ids.comparison, ids.run, 'UnVuOm5vbmU='] }
      await query('several', variables)
      expect(cached('several', variables).nodes).toMatchObject([
        { id: ids.comparison },
        { id: ids.run },
        null,
      ])
    })

    it('20: a deferred part arrives in the cache', async () => {
      await query('deferred', PAIR)
      await eventually(() =>
        expect(cached('deferred', PAIR)?.comparison.binaryChanges.totalCount).toBeGreaterThan(2),
      )
    })

    it('21: a field that fails leaves its siblings, and the list that is known', async () => {
      const options = { errorPolicy: 'all', fetchPolicy: 'network-only' }
      const asked = { query: gql(OPERATIONS.siblings), variables: { runId: PAIR.old }, ...options }
      const { error, data } = await client.query(asked)
      expect([error.errors[0].extensions.code, data.bad.edges.length]).toEqual(['PAGE_TOO_LARGE', 8])
      expect(data.run.runId).toBe(PAIR.old)
    })

    it('22: values for filters, and facts about the service', async () => {
      await query('values', { search: 'lint' })
      await query('service')
      expect(cached('values', { search: 'lint' }).runCampaigns.edges).toMatchObject([
        { node: { value: 'lintian-fixes' } },
      ])
      expect(cached('service').service).toMatchObject({ queue: 'IN_PROCESS', tokenRequired: false })
    })

    it('23: a batch is in the list of batches', async () => {
      const { precacheAll } = await mutate('batch', {
        input: { campaign: BATCH_CAMPAIGN, summaryOnly: true },
      })
      await query('batches')
      const batches = cached('batches').precacheBatches.edges
      expect(batches.map(({ node }: { node: { id: string } }) => node.id)).toContain(precacheAll.batch.id)
      client.stop()
      await client.clearStore()
    })
  })
}
