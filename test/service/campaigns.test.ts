/** A campaign from its packages to its faces: a service on a farm's database with a state of its own. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { State } from '../../src/state/state.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { eventually, send, startService, type TestService } from '../fixtures/service.ts'
import { contentsOf } from '../state/state-kit.ts'
import { differ } from './processes.ts'

/** Ids of changes, each of a codebase of its own. */
const DROPS = ['drops-1', 'drops-2', 'drops-3']
const SETUID = 'setuid'
const BROKEN = 'without-packages'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
/** What the receiver of webhooks got. */
const hooks: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  hooks.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
  response.end()
})

let service: TestService
let own: TestDatabase
let database: Database
beforeAll(async () => {
  own = await createTestDatabase()
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  service = await startService({
    env: {
      DIFFER_STATE_DATABASE_URL: own.url,
      DIFFER_WEBHOOK_URL: `http://127.0.0.1:${port}/hidden-path`,
      DIFFER_WEBHOOK_SECRET: SECRET,
      DIFFER_WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1',
    },
  })
  database = await openDatabase({ url: own.url })
  for (const id of [...DROPS, SETUID, BROKEN]) {
    const facts = { codebase: `tea-${id}`, source: `tea-${id}`, resultCode: 'success' }
    const pot = (mode: number, depends: string) => ({
      name: `tea-${id}`,
      version: '1.0-1',
      control: { Depends: depends },
      files: { 'usr/bin/pot': { content: '#!/bin/sh\n', mode } },
    })
    const isDrop = DROPS.includes(id)
    await service.addRun({ id: `${id}-old`, campaign: 'unchanged', ...facts }, [
      pot(0o755, isDrop ? 'kettle | samovar' : 'kettle'),
    ])
    const packages = id === BROKEN ? [] : [pot(id === SETUID ? 0o4755 : 0o755, 'kettle')]
    await service.addRun({ id, campaign: 'lintian-fixes', ...facts }, packages)
    await service.ask(`/summary/${id}-old/${id}`)
  }
  await eventually(async () => {
    const { text } = await service.ask('/metrics')
    expect(text).toContain('differ_state_lag_seconds 0\n')
  })
})
afterAll(async () => {
  await service.close()
  await database.close()
  await own.stop()
  receiver.close()
})

const rowsOf = async (url: string, query: string) => {
  const opened = await openDatabase({ url })
  const { rows } = await opened.query((db) => db.execute<Record<string, unknown>>(sql.raw(query)))
  await opened.close()
  return rows
}

describe('the state of a service', () => {
  it('is in its own database, and leaves that of the farm alone', async () => {
    const schemas = `SELECT count(*)::integer AS schemas FROM information_schema.schemata WHERE schema_name = 'differ'`
    expect(await rowsOf(own.url, schemas)).toEqual([{ schemas: 1 }])
    expect(await rowsOf(service.databaseUrl ?? '', schemas)).toEqual([{ schemas: 0 }])
  })

  it('has the verdict of each pair, and the error of those that have none', async () => {
    expect(
      await rowsOf(own.url, 'SELECT new_id, verdict, failure FROM differ.comparison ORDER BY new_id'),
    ).toEqual([
      ...DROPS.map((id) => ({ new_id: id, verdict: 'SUBSTANTIVE', failure: null })),
      { new_id: SETUID, verdict: 'SUBSTANTIVE', failure: null },
      { new_id: BROKEN, verdict: null, failure: 'ArtifactsMissingError' },
    ])
  })

  it('puts runs into one cluster that differ only by names', async () => {
    const clusters = await rowsOf(
      own.url,
      'SELECT count(*)::integer AS runs FROM differ.comparison WHERE verdict IS NOT NULL GROUP BY signature ORDER BY 1',
    )
    expect(clusters).toEqual([{ runs: 1 }, { runs: 3 }])
  })
})

const CAMPAIGN = `
  comparisonCount failureCount runCount undecidedComparisons lagSeconds
  verdicts { verdict comparisons } failures { error comparisons }
  rules(orderBy: MOST_COMMON) { rule severity expected comparisons findings }
  packages { change comparisons packages } oldSize newSize
  clusters(first: 1) { totalCount pageInfo { hasNextPage endCursor }
    nodes { clusterId comparisonCount verdict findings { rule path } example { ... on Comparison { new { runId } } } } }`

/** Asks for one field selection of the campaign. */
async function campaign(selection: string, variables: object = {}, parameters = '') {
  const { data, errors } = await service.graphql(
    `query ${parameters} { campaign(name: "lintian-fixes") { ... on Campaign { ${selection} } } }`,
    variables,
  )
  expect(errors).toBeUndefined()
  return data.campaign
}

const runsOf = async (filter: object): Promise<string[]> => {
  const { comparisons } = await campaign(
    'comparisons(filter: $filter) { totalCount nodes { newRunId } }',
    { filter },
    '($filter: CampaignComparisonFilter)',
  )
  expect(comparisons.totalCount).toBe(comparisons.nodes.length)
  return comparisons.nodes.map(({ newRunId }: { newRunId: string }) => newRunId).sort()
}

describe('a campaign over GraphQL', () => {
  it('says what its runs do, also how many have no verdict', async () => {
    const found = await campaign(CAMPAIGN)
    expect(found).toMatchObject({
      ...{ comparisonCount: 4, failureCount: 1, runCount: 5, undecidedComparisons: 0, lagSeconds: 0 },
      verdicts: [{ verdict: 'SUBSTANTIVE', comparisons: 4 }],
      failures: [{ error: 'ArtifactsMissingError', comparisons: 1 }],
      packages: [{ change: 'CHANGED', comparisons: 4, packages: 4 }],
    })
    expect(found.rules).toContainEqual({
      ...{ rule: 'MODE_SETUID', severity: 'BAD', expected: false, comparisons: 1, findings: 1 },
    })
    expect(found.oldSize).toBeGreaterThan(0)
    expect(found.clusters).toMatchObject({
      totalCount: 2,
      pageInfo: { hasNextPage: true },
      nodes: [{ comparisonCount: 3, verdict: 'SUBSTANTIVE', example: { new: { runId: 'drops-3' } } }],
    })
    const { clusters } = await campaign(
      'clusters(first: 1, after: $after) { nodes { comparisonCount } }',
      {
        after: found.clusters.pageInfo.endCursor,
      },
      '($after: String)',
    )
    expect(clusters.nodes).toEqual([{ comparisonCount: 1 }])
    expect(await runsOf({ cluster: found.clusters.nodes[0].clusterId })).toEqual(DROPS)
  })

  it.each([
    { filter: { rule: ['MODE_SETUID'] }, runs: [SETUID] },
    { filter: { severity: ['BAD'], path: 'usr/bin/pot' }, runs: [SETUID] },
    { filter: { severity: ['BAD'], path: 'usr/bin/other' }, runs: [] },
    { filter: { package: 'tea-drops-2' }, runs: ['drops-2'] },
    { filter: { failed: true }, runs: [BROKEN] },
    { filter: { failed: false }, runs: [...DROPS, SETUID] },
    { filter: { verdict: ['UNDECIDED'] }, runs: [] },
    { filter: { expected: true }, runs: [] },
    { filter: {}, runs: [...DROPS, SETUID, BROKEN] },
  ])('lists the runs with $filter', async ({ filter, runs }) => {
    expect(await runsOf(filter)).toEqual([...runs].sort())
  })

  it.each([
    { filter: { campaign: 'lintian-fixes', rule: 'MODE_SETUID' }, runs: [SETUID] },
    { filter: { severity: 'BAD', path: 'usr/bin/pot' }, runs: [SETUID] },
    { filter: { package: 'tea-drops-2', codebase: ['tea-drops-2', 'other'] }, runs: ['drops-2'] },
    { filter: { verdict: 'SUBSTANTIVE', expected: false }, runs: [...DROPS, SETUID] },
    { filter: { summaryFailed: true }, runs: [BROKEN] },
    { filter: { campaign: 'other', verdict: 'SUBSTANTIVE' }, runs: [] },
    { filter: { severity: 'BAD', finishedBefore: '1999-01-01T00:00:00Z' }, runs: [] },
  ])('is searched by the list of runs with $filter', async ({ filter, runs }) => {
    const { data, errors } = await service.graphql(
      `query ($filter: RunFilterInput) { runs(filter: $filter) { totalCount nodes { runId campaign } } }`,
      { filter },
    )
    expect(errors).toBeUndefined()
    expect(data.runs.totalCount).toBe(runs.length)
    expect(data.runs.nodes.map(({ runId }: { runId: string }) => runId).sort()).toEqual([...runs].sort())
  })

  it('is searched page by page, in both directions', async () => {
    const page = async (args: string) => {
      const { data } = await service.graphql(
        `{ runs(filter: { verdict: SUBSTANTIVE }, ${args}) { nodes { runId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      )
      const { nodes, pageInfo } = data.runs
      return { ...pageInfo, ids: nodes.map(({ runId }: { runId: string }) => runId) }
    }
    const all = (await page('first: 100')).ids
    const first = await page('first: 2')
    expect(first).toMatchObject({ ids: all.slice(0, 2), hasNextPage: true, hasPreviousPage: false })
    const second = await page(`first: 2, after: "${first.endCursor}"`)
    expect(second).toMatchObject({ ids: all.slice(2), hasNextPage: false, hasPreviousPage: true })
    const back = await page(`last: 1, before: "${second.startCursor}"`)
    expect(back).toMatchObject({ ids: all.slice(1, 2), hasNextPage: true, hasPreviousPage: true })
    expect((await page('first: 100, orderBy: OLDEST_FIRST')).ids).toEqual(all.toReversed())
  })

  it('is in the list of campaigns', async () => {
    const { data } = await service.graphql('{ campaigns { nodes { name } } }')
    expect(data.campaigns.nodes).toEqual([{ name: 'lintian-fixes' }])
  })

  it('is found by its global id', async () => {
    const { id } = await campaign('id')
    const ids = [id, Buffer.from('Campaign:nothing').toString('base64')]
    const { data, errors } = await service.graphql(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Campaign { name comparisonCount } } }',
      { ids },
    )
    expect([errors, data.nodes]).toEqual([
      undefined,
      [{ id, name: 'lintian-fixes', comparisonCount: 4 }, null],
    ])
  })

  it.each([
    ['comparisons', 'newRunId'],
    ['clusters', 'clusterId'],
  ])('has %s that are read in both directions', async (list, key) => {
    const page = async (args: string) => {
      const found = await campaign(
        `${list}(${args}) { nodes { ${key} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`,
      )
      const { nodes, pageInfo } = found[list]
      return { ...pageInfo, keys: nodes.map((node: Record<string, string>) => node[key]) }
    }
    const all = (await page('first: 100')).keys
    const first = await page('first: 1')
    expect(first).toMatchObject({ keys: all.slice(0, 1), hasNextPage: true, hasPreviousPage: false })
    const last = await page('last: 1')
    expect(last).toMatchObject({ keys: all.slice(-1), hasNextPage: false, hasPreviousPage: true })
    const before = await page(`last: 1, before: "${last.startCursor}"`)
    expect(before).toMatchObject({ keys: all.slice(-2, -1), hasNextPage: true })
    const between = await page(`first: 100, after: "${first.endCursor}", before: "${last.startCursor}"`)
    expect(between).toMatchObject({ keys: all.slice(1, -1) })
    expect((await page(`last: 100, before: "${first.startCursor}"`)).keys).toEqual([])
  })

  it.each([
    ['{ campaigns(first: 101) { nodes { name } } }', 'PAGE_TOO_LARGE'],
    [
      '{ campaign(name: "lintian-fixes") { ... on Campaign { comparisons(after: "x") { totalCount } } } }',
      'USAGE',
    ],
    [
      '{ campaign(name: "lintian-fixes") { ... on Campaign { clusters(after: "1.99999999999999999999") { totalCount } } } }',
      'USAGE',
    ],
    [
      '{ campaign(name: "lintian-fixes") { ... on Campaign { comparisons(filter: { cluster: "9999999999999999999" }) { totalCount } } } }',
      'USAGE',
    ],
    [
      '{ campaign(name: "lintian-fixes") { ... on Campaign { comparisons(filter: { failed: true, verdict: [IDENTICAL] }) { totalCount } } } }',
      'USAGE',
    ],
    ['{ runs(filter: { rule: "A", search: "tea" }) { totalCount } }', 'USAGE'],
    ['{ runs(filter: { rule: "A", successful: false }) { totalCount } }', 'USAGE'],
    ['{ runs(filter: { verdict: IDENTICAL, summaryFailed: true }) { totalCount } }', 'USAGE'],
    ['{ runs(filter: { severity: BAD }, after: "eA") { totalCount } }', 'USAGE'],
  ])('refuses %s', async (query, code) => {
    const { errors } = await service.graphql(query)
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual([code])
  })
})

describe('webhooks', () => {
  it('tell of each comparison with a verdict once, signed', async () => {
    const ofRun = (id: string) => hooks.filter(({ body }) => JSON.parse(body).data.newRunId === id)
    await eventually(() => expect([...DROPS, SETUID].flatMap(ofRun)).toHaveLength(4))
    expect(ofRun(BROKEN)).toEqual([])
    const [hook] = ofRun(SETUID)
    const { headers, body } = hook ?? { headers: {}, body: '{}' }
    expect(JSON.parse(body)).toEqual({
      type: 'comparison.ready',
      timestamp: expect.stringMatching(/Z$/),
      data: {
        ...{
          oldRunId: `${SETUID}-old`,
          newRunId: SETUID,
          campaign: 'lintian-fixes',
          codebase: `tea-${SETUID}`,
        },
        ...{ verdict: 'SUBSTANTIVE', failure: null, bad: 1, expected: 0 },
        ...{
          verify: expect.any(Number),
          info: expect.any(Number),
          cluster: expect.stringMatching(/^-?\d+$/),
        },
      },
    })
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(text).digest('base64')}`)
    expect((await service.ask('/metrics')).text).toContain('differ_webhooks_total{outcome="delivered"}')
    expect(JSON.stringify(service.log)).not.toMatch(/hidden-path|MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw/)
    // Their jobs are not among those of diffs.
    const { data } = await service.graphql('{ precacheJobs { nodes { jobId } } }')
    expect(data.precacheJobs.nodes).toEqual([])
  })
})

describe('a subscription to comparisons that become ready', () => {
  it('gets those that match its filter, as soon as their summaries are made', async () => {
    const events: unknown[] = []
    const query = `subscription { comparisonReady(campaign: "news", minimumSeverity: BAD) { __typename
      ... on CampaignComparison { newRunId verdict bad comparison { ... on Comparison { new { campaign } } } } } }`
    const request = send(service.url, '/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query }),
    })
    request.once('response', (response) =>
      response.on('data', (chunk) => {
        for (const [, event = ''] of String(chunk).matchAll(/^data: (\{.*\})$/gm))
          events.push(JSON.parse(event))
      }),
    )
    await eventually(() => expect(service.app.subscriptions.count).toBe(1))
    for (const [id, mode] of [['quiet', 0o755] as const, ['loud', 0o4755] as const]) {
      const facts = { codebase: id, source: id, resultCode: 'success' }
      const pot = (bits: number) => ({
        name: id,
        version: '1',
        files: { 'usr/bin/pot': { content: '', mode: bits } },
      })
      await service.addRun({ id: `${id}-old`, campaign: 'unchanged', ...facts }, [pot(0o755)])
      await service.addRun({ id, campaign: 'news', ...facts }, [pot(mode)])
      // Served again, it is no news.
      for (let times = 0; times < 2; times += 1) await service.ask(`/summary/${id}-old/${id}`)
    }
    await eventually(() => expect(events).toHaveLength(1))
    expect(events).toEqual([
      {
        data: {
          comparisonReady: {
            ...{ __typename: 'CampaignComparison', newRunId: 'loud', verdict: 'SUBSTANTIVE', bad: 1 },
            comparison: { new: { campaign: 'news' } },
          },
        },
      },
    ])
    request.destroy()
  })
})

describe('/campaigns/NAME', () => {
  const get = (path: string, accept = '*/*') => service.ask(`/campaigns/${path}`, { headers: { accept } })

  it('is JSON with everything at a glance', async () => {
    const { status, headers, text } = await get('lintian-fixes?first=2')
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    const found = JSON.parse(text)
    expect(found).toMatchObject({
      name: 'lintian-fixes',
      verdicts: { SUBSTANTIVE: 4 },
      failures: { ArtifactsMissingError: 1 },
      clusters: [{ comparisons: 3 }, { comparisons: 1 }],
    })
    expect(found.comparisons).toHaveLength(2)
    const more = JSON.parse((await get(`lintian-fixes?first=1000&after=${found.next}`)).text)
    expect([...found.comparisons, ...more.comparisons]).toHaveLength(5)
    expect(more.next).toBeNull()
  })

  it('is CSV with a line for each comparison that matches', async () => {
    const { headers, text } = await get('lintian-fixes?rule=MODE_SETUID', 'text/csv')
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(text.split('\r\n')).toEqual([
      'old_run,new_run,codebase,verdict,failure,bad,verify,info,expected,cluster',
      expect.stringMatching(/^setuid-old,setuid,tea-setuid,SUBSTANTIVE,,1,\d,\d,0,-?\d+$/),
      '',
    ])
    expect((await get('lintian-fixes?verdict=FAILED', 'text/csv')).text).toContain(
      `${BROKEN},tea-${BROKEN},,ArtifactsMissingError`,
    )
  })

  it('is Markdown', async () => {
    const { headers, text } = await get('lintian-fixes', 'text/markdown')
    expect(headers['content-type']).toBe('text/markdown; charset=utf-8')
    expect(text).toContain('| SUBSTANTIVE | 4 |')
    expect(text).toContain('| not made: ArtifactsMissingError | 1 |')
  })

  it('has a feed of the runs with findings that need a person', async () => {
    const { status, headers, text } = await get('lintian-fixes/feed')
    expect([status, headers['content-type']]).toEqual([200, 'application/atom+xml; charset=utf-8'])
    expect(text).toContain(`<link href="${service.url}/summary/setuid-old/setuid"/>`)
    expect(text).not.toContain(BROKEN)
  })

  it.each([
    ['nothing', 404],
    ['lintian-fixes?verdict=GOOD', 400],
    ['lintian-fixes?severity=bad', 400],
    ['lintian-fixes?first=0', 400],
    ['lintian-fixes?after=x', 400],
    ['lintian-fixes?cluster=x', 400],
    ['nothing/feed', 404],
  ])('answers %s with %i', async (path, status) => {
    expect((await get(path)).status).toBe(status)
  })

  it('answers 406 for other types, a browser with the page, and links by their format', async () => {
    expect((await get('lintian-fixes', 'image/png')).status).toBe(406)
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    const page = await get('lintian-fixes', browser)
    expect([page.status, page.headers['content-type'], page.headers.vary]).toEqual([
      200,
      'text/html; charset=utf-8',
      expect.stringContaining('Accept'),
    ])
    expect(page.text).toContain('<meta name="differ-campaigns"')
    expect((await get('lintian-fixes?format=csv', browser)).text).toMatch(/^old_run,/)
    expect((await get('lintian-fixes?format=xml', browser)).status).toBe(400)
  })
})

describe('differ campaign', () => {
  const run = (...args: string[]) =>
    differ(['campaign', ...args], { cwd: service.places.root, env: { DIFFER_URL: service.url } })

  it('prints what the runs do', async () => {
    const { code, stdout } = await run('lintian-fixes')
    expect(code).toBe(0)
    expect(stdout).toContain('          4  SUBSTANTIVE\n          1  not made: ArtifactsMissingError\n')
    expect(stdout).toMatch(/ 1 +1 {2}BAD +MODE_SETUID/)
    expect(stdout).toMatch(/ 3 {2}SUBSTANTIVE {2}-?\d+/)
  })

  it('prints the runs that meet conditions, as a table or as JSON lines', async () => {
    const table = await run('lintian-fixes', '--rule', 'MODE_SETUID')
    expect(table.stdout.split('\n')[1]).toMatch(/^SUBSTANTIVE +1 .*tea-setuid +setuid-old +setuid$/)
    const lines = await run('lintian-fixes', '--verdict', 'failed', '--json')
    expect(
      lines.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ newRunId: BROKEN, verdict: null, failure: 'ArtifactsMissingError' }])
  })

  it('fails for an unknown campaign', async () => {
    const { code, stderr } = await run('nothing')
    expect([code, stderr]).toEqual([2, expect.stringContaining('No summary of campaign "nothing" is known')])
  })
})

describe('a rebuild', () => {
  it('is the same after `differ state rebuild`, with and without what was there', async () => {
    const before = await contentsOf(new State(database))
    const rebuild = () =>
      differ(['state', 'rebuild'], {
        cwd: service.places.root,
        env: {
          DATABASE_URL: service.databaseUrl ?? '',
          DIFFER_STATE_DATABASE_URL: own.url,
          DIFFER_DATA_DIR: service.places.data,
          DIFFER_TEMP_PATH: service.places.temp,
        },
      })
    const { code, stdout } = await rebuild()
    expect([code, stdout]).toEqual([0, 'Wrote 6 cached summaries of 6 pairs to the state\n'])
    expect(await contentsOf(new State(database))).toEqual(before)

    await own.sql('DROP SCHEMA differ CASCADE')
    await rebuild()
    const { comparisons } = before as { comparisons: { failure: string | null }[] }
    const made = { comparisons: comparisons.filter(({ failure }) => failure === null) }
    expect(await contentsOf(new State(database))).toMatchObject(made)
  })
})

describe('differ precache --campaign --summaries', () => {
  it('makes the summaries of the campaign and nothing else, and counts them', async () => {
    const id = 'filled'
    const facts = { codebase: id, source: id, resultCode: 'success' }
    const pot = { name: id, version: '1.0-1', files: { 'usr/share/pot': 'tea\n' } }
    await service.addRun({ id: `${id}-old`, campaign: 'unchanged', revision: 'r1', ...facts }, [pot])
    const change = { revision: 'r2', mainBranchRevision: 'r1', ...facts }
    await service.addRun({ id, campaign: 'backfill', ...change }, [pot])
    await service.addRun({ id: 'other-campaign', campaign: 'other', ...change }, [pot])
    const args = ['precache', '--campaign', 'backfill', '--summaries', '--follow']
    const { code } = await differ(args, { cwd: service.places.root, env: { DIFFER_URL: service.url } })
    expect(code).toBe(0)
    await eventually(async () => {
      const { data } = await service.graphql(
        '{ campaign(name: "backfill") { ... on Campaign { comparisonCount } } }',
      )
      expect(data.campaign.comparisonCount).toBe(1)
    })
    const { data } = await service.graphql(`{
      comparison(old: "${id}-old", new: "${id}") { ... on Comparison { debdiff { __typename } } }
      campaign(name: "other") { __typename } }`)
    expect(data.comparison.debdiff.__typename).toBe('DiffNotReadyError')
    expect(data.campaign.__typename).toBe('CampaignNotFoundError')
  })
})
