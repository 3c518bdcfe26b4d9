/** The same way through the service with relay-runtime. The store is read without the network. */
import { afterAll, describe, expect, it } from 'vitest'
import { eventually } from '../fixtures/service.ts'
import { compileRelay, type RelayProject } from './relay-project.ts'
import { BATCH_CAMPAIGN, makeInput, OPERATIONS, pairOf, type World } from './world.ts'

const PAGE = '@argumentDefinitions(count: { type: "Int", defaultValue: 3 }, cursor: { type: "String" })'
const DOCUMENTS = [
  `query stepsRunsQuery($filter: RunFilterInput) { ...steps_runs @arguments(filter: $filter) }`,
  `fragment steps_runs on Query @refetchable(queryName: "stepsRunsPageQuery")
    @argumentDefinitions(count: { type: "Int", defaultValue: 3 }, cursor: { type: "String" }, filter: { type: "RunFilterInput" }) {
    runs(first: $count, after: $cursor, filter: $filter) @connection(key: "steps_runs_runs") { edges { node { id runId campaign } } } }`,
  `query stepsFindingsQuery($id: ID!) { node(id: $id) { ... on Comparison { ...steps_findings @alias(as: "part") } } }`,
  `fragment steps_findings on Comparison @refetchable(queryName: "stepsFindingsPageQuery") ${PAGE} {
    summary { __typename ... on Summary { findings(first: $count, after: $cursor) @connection(key: "steps_findings_findings") {
      totalCount edges { node { rule path } } } } } }`,
  `query stepsNodesQuery($id: ID!) { node(id: $id) { ... on Diffoscope { ...steps_nodes @alias(as: "part") } } }`,
  `fragment steps_nodes on Diffoscope @refetchable(queryName: "stepsNodesPageQuery") ${PAGE} {
    nodes(first: $count, after: $cursor) @connection(key: "steps_nodes_nodes") {
      totalCount edges { node { id source2 stat { hunks } } } } }`,
  `query stepsLinesQuery($id: ID!, $count: Int, $last: Int) { node(id: $id) { ... on Hunk { ...steps_lines @arguments(count: $count, last: $last) @alias(as: "part") } } }`,
  `fragment steps_lines on Hunk @refetchable(queryName: "stepsLinesPageQuery")
    @argumentDefinitions(count: { type: "Int" }, cursor: { type: "String" }, last: { type: "Int" }, before: { type: "String" }) {
    lines(first: $count, after: $cursor, last: $last, before: $before) @connection(key: "steps_lines_lines") {
      totalCount edges { node { position text } } pageInfo { hasPreviousPage startCursor } } }`,
  `query stepsJobsQuery { precacheJobs(first: 10) @connection(key: "steps_precacheJobs") { edges { node { id status } } } }`,
  `mutation stepsQueueMutation($input: MakeDiffsInput!, $connections: [ID!]!) { makeDiffs(input: $input) {
    ... on MakeDiffsPayload { job @prependNode(connections: $connections, edgeTypeName: "PrecacheJobEdge") { id jobId status }
      comparison { id diffoscope { ... on DiffNotReadyError { job { id status } } } } } } }`,
  `query stepsDeferredQuery($old: ID!, $new: ID!) { comparison(old: $old, new: $new) { __typename ... on Comparison { id }
    ...steps_changes @defer(label: "changes") } }`,
  `fragment steps_changes on ComparisonResult { ... on Comparison { binaryChanges { __typename ... on BinaryChangeList { totalCount } } } }`,
]
const SHARED = [
  'run',
  'comparison',
  'make',
  'watch',
  'watchAll',
  'job',
  'cancel',
  'retry',
  'node',
  'hunk',
  'several',
] as const
const FURTHER = ['values', 'service', 'siblings', 'batch', 'batches'] as const

/** Relay wants the module and the kind of the operation in its name. */
function forRelay(text: string): string {
  return text.replace(/^(query|mutation|subscription) (\w+)/, (_, kind: string, name: string) => {
    const suffix = kind.charAt(0).toUpperCase() + kind.slice(1)
    return `${kind} steps${name}${suffix}`
  })
}

interface Edges<Node> {
  readonly edges: readonly { readonly node: Node }[]
  readonly totalCount: number
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly endCursor: string
    readonly startCursor: string
  }
}

export function describeRelay(world: () => World): void {
  const PAIR = pairOf('relay')

  describe('with relay-runtime', () => {
    // biome-ignore lint/suspicious/noExplicitAny: see `Libraries`
    let relay: any
    // biome-ignore lint/suspicious/noExplicitAny: see `Libraries`
    let environment: any
    let project: RelayProject
    /** Ids that later steps need. */
    const ids: Record<string, string> = {}
    const operationOf = (name: string, variables: object) =>
      relay.createOperationDescriptor(relay.getRequest(project.artifact(`steps${name}`)), variables)
    const query = (name: string, variables = {}) => {
      const options = { fetchPolicy: 'network-only' }
      environment.retain(operationOf(`${name}Query`, variables))
      return relay
        .fetchQuery(environment, project.artifact(`steps${name}Query`), variables, options)
        .toPromise()
    }
    const cached = (name: string, variables = {}) =>
      environment.lookup(operationOf(`${name}Query`, variables).fragment).data
    const mutate = (name: string, variables: object) =>
      // biome-ignore lint/suspicious/noExplicitAny: see `Libraries`
      new Promise<any>((onCompleted, onError) => {
        relay.commitMutation(environment, {
          mutation: project.artifact(`steps${name}Mutation`),
          variables,
          onCompleted,
          onError,
        })
      })
    const subscribe = (name: string, variables: object, onNext: (data: unknown) => void = () => {}) =>
      relay.requestSubscription(environment, {
        subscription: project.artifact(`steps${name}Subscription`),
        variables,
        onNext,
      })
    /** What a fragment reads of the store, of the data that has it. */
    const fragment = (name: string, data: object) => {
      const selector = relay.getSingularSelector(project.artifact(`steps_${name}`), data)
      return environment.lookup(selector).data
    }
    const record = (id = '') => environment.getStore().getSource().get(id)
    const runs = (filter?: object): Edges<{ runId: string }> =>
      fragment('runs', cached('Runs', filter ? { filter } : {})).runs
    const runIds = (filter?: object) => runs(filter).edges.map(({ node }) => node.runId)

    afterAll(() => relay && environment?.getStore().getSource().clear())

    it('1: the first page of runs is in the store', async () => {
      const { libraries, url } = world()
      const operations = [...SHARED, ...FURTHER].map((name) => forRelay(OPERATIONS[name]))
      project = await compileRelay(libraries, 'relay-steps', { steps: [...DOCUMENTS, ...operations] })
      relay = (await libraries.of('relay-runtime')).default
      environment = (await libraries.example('relay.mjs')).createRelayEnvironment(url)
      await query('Runs')
      expect(runIds()).toHaveLength(3)
    })

    it('2: the next pages are appended', async () => {
      while (runs().pageInfo.hasNextPage)
        await query('RunsPage', { count: 3, cursor: runs().pageInfo.endCursor })
      expect(new Set(runIds()).size).toBe(8)
    })

    it('3: a filter is a list of its own', async () => {
      const filter = { search: 'relay', campaign: ['lintian-fixes'] }
      await query('Runs', { filter })
      expect(runIds(filter)).toEqual([PAIR.new])
      expect(runIds()).toHaveLength(8)
    })

    it('4: an opened run is the one of the list', async () => {
      ids.run = (await query('OneRun', { runId: PAIR.new })).run.id
      expect(record(ids.run)).toMatchObject({ runId: PAIR.new, campaign: 'lintian-fixes', successful: true })
    })

    it('5: an unknown run is a typed error', async () => {
      await query('OneRun', { runId: 'none' })
      expect(cached('OneRun', { runId: 'none' }).run).toMatchObject({
        __typename: 'RunNotFoundError',
        message: 'Run none does not exist',
      })
    })

    it('6: a comparison without diffs is not ready', async () => {
      ids.comparison = (await query('Comparison', PAIR)).comparison.id
      expect(cached('Comparison', PAIR).comparison).toMatchObject({
        summary: { __typename: 'DiffNotReadyError' },
        diffoscope: { __typename: 'DiffNotReadyError', job: null },
      })
    })

    it('7: the mutation that makes the summary makes the stored comparison ready', async () => {
      await mutate('Make', makeInput(PAIR, ['SUMMARY'], true))
      expect(cached('Comparison', PAIR).comparison).toMatchObject({
        summary: { __typename: 'Summary', verdict: 'SUBSTANTIVE' },
        diffoscope: { __typename: 'DiffNotReadyError' },
      })
    })

    it('8: findings are appended page by page, beside the verdict', async () => {
      const findings = (): Edges<object> =>
        fragment('findings', cached('Findings', { id: ids.comparison }).node.part).summary.findings
      await query('Findings', { id: ids.comparison })
      expect(findings().edges).toHaveLength(3)
      await query('FindingsPage', { id: ids.comparison, count: 100, cursor: findings().pageInfo.endCursor })
      expect(findings().edges).toHaveLength(findings().totalCount)
      expect(findings().totalCount).toBeGreaterThan(3)
      expect(cached('Comparison', PAIR).comparison.summary.verdict).toBe('SUBSTANTIVE')
    })

    it('9: a queued job is in the stored comparison, and first in the list of jobs', async () => {
      await world().gate.close()
      await query('Jobs')
      const list = relay.ConnectionHandler.getConnectionID('client:root', 'steps_precacheJobs')
      const before = cached('Jobs').precacheJobs.edges.length
      const { makeDiffs } = await mutate('Queue', { ...makeInput(PAIR, null, false), connections: [list] })
      ids.job = makeDiffs.job.id
      ids.jobId = makeDiffs.job.jobId
      const { edges } = cached('Jobs').precacheJobs
      expect([edges.length, edges[0].node.id]).toEqual([before + 1, ids.job])
      expect(cached('Comparison', PAIR).comparison.diffoscope.job.id).toBe(ids.job)
    })

    it('10: the events of a subscription change the job wherever it is', async () => {
      const subscription = subscribe('Watch', { jobId: ids.jobId })
      await eventually(() => expect(cached('Jobs').precacheJobs.edges[0].node.status).toBe('DEBDIFF'))
      subscription.dispose()
      expect(cached('Comparison', PAIR).comparison.diffoscope.job.status).toBe('DEBDIFF')
    })

    it('11: a cancelled job is cancelled in the store', async () => {
      await mutate('Cancel', { jobId: ids.jobId })
      await eventually(async () => {
        await query('Job', { jobId: ids.jobId })
        expect(record(ids.job).status).toBe('CANCELLED')
      })
    })

    it('12: a retried job waits or runs again', async () => {
      await mutate('Retry', { jobId: ids.jobId })
      expect(['QUEUED', 'RETRIEVING', 'DEBDIFF']).toContain(record(ids.job).status)
    })

    it('13: a filtered subscription shows the job being done', async () => {
      const events: unknown[] = []
      const filter = { runId: [PAIR.new], status: ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE', 'DONE'] }
      const subscription = subscribe('WatchAll', filter, (data) => events.push(data))
      // The stream has begun.
      await eventually(() => expect(events).not.toEqual([]))
      await world().gate.open()
      await eventually(() =>
        expect(events.at(-1)).toMatchObject({ precacheJobs: { status: 'DONE', newRunId: PAIR.new } }),
      )
      subscription.dispose()
      expect(record(ids.job).status).toBe('DONE')
    })

    it('14: the mutation finds all cached, and the stored comparison is ready', async () => {
      const { makeDiffs } = await mutate('Make', makeInput(PAIR, null, true))
      expect(makeDiffs).toMatchObject({ job: null, errors: [] })
      const { diffoscope } = cached('Comparison', PAIR).comparison
      expect(diffoscope).toMatchObject({ __typename: 'Diffoscope', isEmpty: false, complete: true })
      ids.report = diffoscope.id
    })

    it('15: nodes of the report are appended page by page', async () => {
      const nodes = (): Edges<{ id: string; source2: string }> =>
        fragment('nodes', cached('Nodes', { id: ids.report }).node.part).nodes
      await query('Nodes', { id: ids.report })
      await query('NodesPage', { id: ids.report, count: 100, cursor: nodes().pageInfo.endCursor })
      expect(nodes().edges).toHaveLength(nodes().totalCount)
      ids.node = nodes().edges.find(({ node }) => node.source2.endsWith('/kinds'))?.node.id ?? ''
    })

    it('16: a node that is fetched again keeps what was known of it', async () => {
      await query('OneNode', { id: ids.node })
      const { hunks, ...node } = cached('OneNode', { id: ids.node }).node
      expect(node).toMatchObject({ id: ids.node, source1: expect.any(String) })
      expect(record(ids.node).stat).toBeDefined()
      ids.hunk = hunks.edges[0].node.id
    })

    it('17: lines of a hunk are appended, and prepended from the end', async () => {
      const lines = (variables: object): Edges<{ position: number }> =>
        fragment('lines', cached('Lines', { id: ids.hunk, ...variables }).node.part).lines
      const positions = (variables: object) => lines(variables).edges.map(({ node }) => node.position)
      await query('Lines', { id: ids.hunk, count: 1 })
      await query('LinesPage', { id: ids.hunk, count: 1, cursor: lines({ count: 1 }).pageInfo.endCursor })
      expect(positions({ count: 1 })).toEqual([0, 1])
      await query('Lines', { id: ids.hunk, last: 1 })
      const { totalCount, pageInfo } = lines({ last: 1 })
      expect(positions({ last: 1 })).toEqual([totalCount - 1])
      await query('LinesPage', { id: ids.hunk, last: 100, before: pageInfo.startCursor })
      expect(positions({ last: 1 })).toEqual(Array.from({ length: totalCount }, (_, n) => n))
    })

    it('18: a hunk that is fetched again is the one of its node', async () => {
      await query('OneHunk', { id: ids.hunk })
      expect(record(ids.hunk)).toMatchObject({ header: expect.stringMatching(/^@@/), added: 1, removed: 1 })
    })

    it('19: several objects are fetched by their ids', async () => {
      const variables = { ids: [ids.comparison, ids.run, 'UnVuOm5vbmU='] }
      await query('Several', variables)
      expect(cached('Several', variables).nodes).toMatchObject([
        { id: ids.comparison },
        { id: ids.run },
        null,
      ])
    })

    it('20: a deferred part arrives in the store', async () => {
      await query('Deferred', PAIR)
      await eventually(() => {
        const { binaryChanges } = fragment('changes', cached('Deferred', PAIR).comparison)
        expect(binaryChanges.totalCount).toBeGreaterThan(2)
      })
    })

    it('21: a field that fails leaves its siblings', async () => {
      await query('Siblings', { runId: PAIR.old })
      const { run, bad } = cached('Siblings', { runId: PAIR.old })
      expect([run.runId, bad]).toEqual([PAIR.old, null])
    })

    it('22: values for filters, and facts about the service', async () => {
      await query('Values', { search: 'lint' })
      await query('Service')
      const { edges } = cached('Values', { search: 'lint' }).runCampaigns
      expect(edges).toMatchObject([{ node: { value: 'lintian-fixes' } }])
      expect(cached('Service').service).toMatchObject({ queue: 'IN_PROCESS', tokenRequired: false })
    })

    it('23: a batch is in the list of batches', async () => {
      const input = { campaign: BATCH_CAMPAIGN, summaryOnly: true }
      const { precacheAll } = await mutate('Batch', { input })
      await query('Batches')
      const { edges }: Edges<{ id: string }> = cached('Batches').precacheBatches
      expect(edges.map(({ node }) => node.id)).toContain(precacheAll.batch.id)
    })
  })
}
