/** The same way through the service with urql and graphcache. The cache is read by `cache-only` requests. */
import { describe, expect, it } from 'vitest'
import { eventually } from '../fixtures/service.ts'
import { BATCH_CAMPAIGN, makeInput, OPERATIONS, pairOf, type World } from './world.ts'

type Name = keyof typeof OPERATIONS

export function describeUrql(world: () => World): void {
  const PAIR = pairOf('urql')

  describe('with urql and graphcache', () => {
    // biome-ignore lint/suspicious/noExplicitAny: see `Libraries`
    let client: any
    /** Ids that later steps need. */
    const ids: Record<string, string> = {}
    const ask = async (name: Name, variables: object, requestPolicy: string) => {
      const { data, error } = await client.query(OPERATIONS[name], variables, { requestPolicy }).toPromise()
      if (error) throw error
      return data
    }
    const query = (name: Name, variables = {}) => ask(name, variables, 'network-only')
    const cached = (name: Name, variables = {}) => ask(name, variables, 'cache-only')
    const mutate = async (name: Name, variables = {}) => {
      const { data, error } = await client.mutation(OPERATIONS[name], variables).toPromise()
      if (error) throw error
      return data
    }
    const runIdsOf = (data: { runs: { edges: { node: { runId: string } }[] } }) =>
      data.runs.edges.map(({ node }) => node.runId)

    it('1: the first page of runs is in the cache', async () => {
      const { libraries, url } = world()
      const { createUrqlClient } = await libraries.example('urql.mjs')
      client = createUrqlClient(url, {
        introspection: await libraries.file('introspection.json'),
        connections: await libraries.file('connections.json'),
        embedded: await libraries.file('graphcache-keys.json'),
      })
      await query('runs', { first: 3 })
      expect(runIdsOf(await cached('runs', { first: 3 }))).toHaveLength(3)
    })

    it('2: the next pages are appended', async () => {
      for (let after: string | null = null; ; ) {
        const { runs } = await query('runs', { first: 3, after })
        if (!runs.pageInfo.hasNextPage) break
        after = runs.pageInfo.endCursor
      }
      expect(new Set(runIdsOf(await cached('runs', { first: 3 }))).size).toBe(8)
    })

    it('3: a filter is a list of its own', async () => {
      const filter = { search: 'urql', campaign: ['lintian-fixes'] }
      await query('runs', { first: 3, filter })
      expect(runIdsOf(await cached('runs', { first: 3, filter }))).toEqual([PAIR.new])
      expect(runIdsOf(await cached('runs', { first: 3 }))).toHaveLength(8)
    })

    it('4: an opened run is the one of the list', async () => {
      const { run } = await query('run', { runId: PAIR.new })
      ids.run = run.id
      const { runs } = await cached('runs', { first: 3 })
      expect(runs.edges.map(({ node }: { node: { id: string } }) => node.id)).toContain(run.id)
      // Another field of the same object, by its id.
      const version = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Run { version } } }'
      const { data } = await client.query(version, { ids: [run.id] }).toPromise()
      expect(data.nodes).toMatchObject([{ version: '1.0-1+jan1' }])
    })

    it('5: an unknown run is a typed error', async () => {
      await query('run', { runId: 'none' })
      expect((await cached('run', { runId: 'none' })).run).toMatchObject({
        __typename: 'RunNotFoundError',
        message: 'Run none does not exist',
      })
    })

    it('6: a comparison without diffs is not ready', async () => {
      ids.comparison = (await query('comparison', PAIR)).comparison.id
      expect((await cached('comparison', PAIR)).comparison).toMatchObject({
        summary: { __typename: 'DiffNotReadyError' },
        diffoscope: { __typename: 'DiffNotReadyError', job: null },
      })
    })

    it('7: the mutation that makes the summary makes the cached comparison ready', async () => {
      await mutate('make', makeInput(PAIR, ['SUMMARY'], true))
      expect((await cached('comparison', PAIR)).comparison).toMatchObject({
        summary: { __typename: 'Summary', verdict: 'SUBSTANTIVE' },
        diffoscope: { __typename: 'DiffNotReadyError' },
      })
    })

    it('8: findings are appended page by page, beside the verdict', async () => {
      const findings = async (variables: object) => (await query('findings', variables)).node.summary.findings
      const { pageInfo, totalCount } = await findings({ id: ids.comparison, first: 1 })
      await findings({ id: ids.comparison, first: 100, after: pageInfo.endCursor })
      const { node } = await cached('findings', { id: ids.comparison, first: 1 })
      expect(node.summary.findings.edges).toHaveLength(totalCount)
      expect((await cached('comparison', PAIR)).comparison.summary.verdict).toBe('SUBSTANTIVE')
    })

    it('9: a queued job is in the cached comparison', async () => {
      await world().gate.close()
      const { job } = (await mutate('make', makeInput(PAIR, null, false))).makeDiffs
      ids.job = job.id
      ids.jobId = job.jobId
      expect((await cached('comparison', PAIR)).comparison.diffoscope.job.id).toBe(job.id)
    })

    it('10: the events of a subscription change the job wherever it is', async () => {
      const { unsubscribe } = client.subscription(OPERATIONS.watch, { jobId: ids.jobId }).subscribe(() => {})
      await eventually(async () =>
        expect((await cached('comparison', PAIR)).comparison.diffoscope.job.status).toBe('DEBDIFF'),
      )
      unsubscribe()
    })

    it('11: a cancelled job is cancelled in the cache', async () => {
      await mutate('cancel', { jobId: ids.jobId })
      await eventually(async () => {
        await query('job', { jobId: ids.jobId })
        expect((await cached('comparison', PAIR)).comparison.diffoscope.job.status).toBe('CANCELLED')
      })
    })

    it('12: a retried job waits or runs again', async () => {
      await mutate('retry', { jobId: ids.jobId })
      const { job } = (await cached('comparison', PAIR)).comparison.diffoscope
      expect(['QUEUED', 'RETRIEVING', 'DEBDIFF']).toContain(job.status)
    })

    it('13: a filtered subscription shows the job being done', async () => {
      const events: { status: string; newRunId: string }[] = []
      const filter = { runId: [PAIR.new], status: ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE', 'DONE'] }
      const { unsubscribe } = client
        .subscription(OPERATIONS.watchAll, filter)
        .subscribe(({ data }: { data: { precacheJobs: (typeof events)[number] } }) =>
          events.push(data.precacheJobs),
        )
      // The stream has begun.
      await eventually(() => expect(events).not.toEqual([]))
      await world().gate.open()
      await eventually(() => expect(events.at(-1)).toMatchObject({ status: 'DONE', newRunId: PAIR.new }))
      unsubscribe()
      expect((await cached('comparison', PAIR)).comparison.diffoscope.job.status).toBe('DONE')
    })

    it('14: the mutation finds all cached, and the cached comparison is ready', async () => {
      expect((await mutate('make', makeInput(PAIR, null, true))).makeDiffs).toMatchObject({
        job: null,
        errors: [],
      })
      const { diffoscope } = (await cached('comparison', PAIR)).comparison
      expect(diffoscope).toMatchObject({ __typename: 'Diffoscope', isEmpty: false, complete: true })
      ids.report = diffoscope.id
    })

    it('15: nodes of the report are appended page by page', async () => {
      const { pageInfo } = (await query('nodes', { id: ids.report, first: 4 })).node.nodes
      await query('nodes', { id: ids.report, first: 100, after: pageInfo.endCursor })
      const { edges, totalCount } = (await cached('nodes', { id: ids.report, first: 4 })).node.nodes
      expect(edges).toHaveLength(totalCount)
      const isKinds = ({ node }: { node: { source2: string } }) => node.source2.endsWith('/kinds')
      ids.node = edges.find(isKinds).node.id
    })

    it('16: a node that is fetched again keeps what was known of it', async () => {
      const { node } = await query('node', { id: ids.node })
      ids.hunk = node.hunks.edges[0].node.id
      const { edges } = (await cached('nodes', { id: ids.report, first: 4 })).node.nodes
      const again = edges.find((edge: { node: { id: string } }) => edge.node.id === ids.node)
      expect(again.node).toMatchObject({ stat: { hunks: 1 } })
    })

    it('17: lines of a hunk are appended, and prepended from the end', async () => {
      const lines = async (variables: object) =>
        (await query('lines', { id: ids.hunk, ...variables })).node.lines
      const first = await lines({ first: 1 })
      await lines({ first: 1, after: first.pageInfo.endCursor })
      const grown = (await cached('lines', { id: ids.hunk, first: 1 })).node.lines
      expect(grown.edges.map(({ node }: { node: { position: number } }) => node.position)).toEqual([0, 1])
      const last = await lines({ last: 1 })
      expect(last.pageInfo.hasPreviousPage).toBe(true)
      await lines({ last: 100, before: last.pageInfo.startCursor })
      const all = (await cached('lines', { id: ids.hunk, last: 1 })).node.lines
      expect(all.edges.at(-1).node.position).toBe(first.totalCount - 1)
      const positions = all.edges.map(({ node }: { node: { position: number } }) => node.position)
      expect(new Set(positions).size).toBe(first.totalCount)
    })

    it('18: a hunk that is fetched again is the one of its node', async () => {
      await query('hunk', { id: ids.hunk })
      expect((await cached('hunk', { id: ids.hunk })).node).toMatchObject({ added: 1, removed: 1 })
      const { header } = (await cached('node', { id: ids.node })).node.hunks.edges[0].node
      expect(header).toMatch(/^@@/)
    })

    it('19: several objects are fetched by their ids', async () => {
      const variables = { ids: [ids.comparison, ids.run, 'UnVuOm5vbmU='] }
      await query('several', variables)
      expect((await cached('several', variables)).nodes).toMatchObject([
        { id: ids.comparison },
        { id: ids.run },
        null,
      ])
    })

    it('20: a deferred part arrives in the cache', async () => {
      await query('deferred', PAIR)
      await eventually(async () => {
        const data = await cached('deferred', PAIR)
        expect(data.comparison.binaryChanges.totalCount).toBeGreaterThan(2)
      })
    })

    it('21: a field that fails leaves its siblings, and the list that is known', async () => {
      const { data, error } = await client.query(OPERATIONS.siblings, { runId: PAIR.old }).toPromise()
      expect(error.graphQLErrors[0].extensions.code).toBe('PAGE_TOO_LARGE')
      // The list that is known stays.
      expect([data.run.runId, data.bad.edges.length]).toEqual([PAIR.old, 8])
    })

    it('22: values for filters, and facts about the service', async () => {
      await query('values', { search: 'lint' })
      await query('service')
      const { edges } = (await cached('values', { search: 'lint' })).runCampaigns
      expect(edges).toMatchObject([{ node: { value: 'lintian-fixes' } }])
      expect((await cached('service')).service).toMatchObject({ queue: 'IN_PROCESS', tokenRequired: false })
    })

    it('23: a batch is in the list of batches', async () => {
      const { precacheAll } = await mutate('batch', {
        input: { campaign: BATCH_CAMPAIGN, summaryOnly: true },
      })
      await query('batches')
      const { edges } = (await cached('batches')).precacheBatches
      expect(edges.map(({ node }: { node: { id: string } }) => node.id)).toContain(precacheAll.batch.id)
    })
  })
}
