/** Lists of comparisons against a naive reference, while rows arrive, and clusters. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Severity, Verdict } from '../../src/diff/summary/types.ts'
import {
  findCampaign,
  listCampaigns,
  listClusters,
  namedCounts,
  rulesOfCampaigns,
} from '../../src/state/campaign-queries.ts'
import {
  type ComparisonCursor,
  type ComparisonFilter,
  countComparisons,
  listComparisons,
} from '../../src/state/matching-comparisons.ts'
import { countSummarisedRuns, listSummarisedRuns, type SummarisedRun } from '../../src/state/matching-runs.ts'
import type { SummaryRecord } from '../../src/state/summary-record.ts'
import { writeRecords } from '../../src/state/write-records.ts'
import { findingOf, openTestState, recordOf, type TestState } from './state-kit.ts'

let test: TestState
beforeAll(async () => {
  test = await openTestState('postgresql')
})
afterAll(() => test.close())

const query = <T>(work: Parameters<typeof test.state.query<T>>[2]) => test.state.query('list', 'test', work)
const write = (records: readonly SummaryRecord[]) => query((db) => writeRecords(db, records))
let campaigns = 0
const newCampaign = () => `campaign-${campaigns++}`

async function idOf(campaign: string): Promise<number> {
  return (await query((db) => findCampaign(db, campaign)))?.id ?? -1
}

/** All pages of a list. `between` runs before each further page. */
async function allPages(
  campaign: string,
  filter: ComparisonFilter,
  { distinctRuns = false, between = async () => {} } = {},
): Promise<string[]> {
  const id = await idOf(campaign)
  const found: string[] = []
  let after: ComparisonCursor | undefined
  for (;;) {
    const options = { limit: 3, after, distinctRuns }
    const [page = []] = await query((db) => listComparisons(db, [id], filter, options))
    found.push(...page.map(({ oldId, newId }) => `${oldId} ${newId}`))
    after = page.at(-1)?.cursor
    if (page.length < 3) return found
    await between()
  }
}

/** The ids of runs of some campaigns on all pages, in both orders, each page also read backwards. */
async function allRuns(campaign: readonly string[], summary: ComparisonFilter, isOldestFirst: boolean) {
  const filter = { campaign, summary }
  const found: SummarisedRun[] = []
  for (let after: SummarisedRun | undefined; ; ) {
    const page = await query((db) => listSummarisedRuns(db, filter, { limit: 2, after, isOldestFirst }))
    if (page.length > 0) {
      const back = { limit: page.length, before: after, isOldestFirst: !isOldestFirst }
      const last = page.at(-1)
      const others = await query((db) =>
        listSummarisedRuns(db, filter, { ...back, after: last, limit: page.length - 1 || 1 }),
      )
      expect(others).toEqual([...page].reverse().slice(1))
    }
    found.push(...page)
    after = page.at(-1)
    if (page.length < 2) break
  }
  expect(await query((db) => countSummarisedRuns(db, filter))).toBe(found.length)
  return found.map(({ runId }) => runId)
}

const VERDICTS: readonly (Verdict | null)[] = [
  'IDENTICAL',
  'NOISE_ONLY',
  'SUBSTANTIVE',
  'UNDECIDED',
  'EXPECTED',
  null,
]
const anyFinding = fc.record({
  rule: fc.constantFrom('A', 'B', 'C'),
  severity: fc.constantFrom<Severity[]>('BAD', 'VERIFY', 'INFO'),
  expected: fc.boolean(),
  package: fc.constantFrom('tea', 'pot'),
  path: fc.constantFrom('', 'usr/bin/tea'),
})
const anyRecords = fc.uniqueArray(
  fc.record({
    oldId: fc.constantFrom('old-1', 'old-2'),
    newId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    verdict: fc.constantFrom(...VERDICTS),
    finishedMs: fc.constantFrom(1, 2, 3),
    findings: fc.array(anyFinding, { maxLength: 4 }),
  }),
  { selector: ({ oldId, newId }) => `${oldId} ${newId}`, maxLength: 12 },
)
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const anyFilter = fc.record({
  verdict: optional(fc.uniqueArray(fc.constantFrom(...VERDICTS), { minLength: 1, maxLength: 2 })),
  rule: optional(fc.uniqueArray(fc.constantFrom('A', 'B'), { minLength: 1 })),
  severity: optional(fc.uniqueArray(fc.constantFrom<Severity[]>('BAD', 'INFO'), { minLength: 1 })),
  package: optional(fc.constantFrom('tea', 'pot')),
  path: optional(fc.constantFrom('', 'usr/bin/tea')),
  expected: optional(fc.boolean()),
})

function matches(record: SummaryRecord, filter: ComparisonFilter): boolean {
  const { verdict, rule, severity, package: name, path, expected } = filter
  const asksForFinding = [rule, severity, name, path, expected].some((one) => one !== undefined)
  const hasFinding = record.findings.some(
    (one) =>
      (rule?.includes(one.rule) ?? true) &&
      (severity?.includes(one.severity) ?? true) &&
      one.package === (name ?? one.package) &&
      one.path === (path ?? one.path) &&
      one.expected === (expected ?? one.expected),
  )
  return (verdict?.includes(record.verdict) ?? true) && (!asksForFinding || hasFinding)
}

describe('a list of comparisons', () => {
  it('has what a naive filter finds, newest first, on any pages', async () => {
    await fc.assert(
      fc.asyncProperty(anyRecords, anyFilter, async (specs, someFilter) => {
        const campaign = newCampaign()
        // The time belongs to the run, so all pairs of a run have the same.
        const records = specs.map(({ verdict, findings, newId, oldId, ...facts }) =>
          recordOf(`${campaign} ${newId}`, {
            ...{ ...facts, oldId, campaign, finishedMs: newId.charCodeAt(0) % 3 },
            findings: verdict === null ? [] : findings.map(findingOf),
            ...(verdict === null ? { failure: 'ArtifactsMissingError' } : { verdict }),
          }),
        )
        await write(records)
        const filter = Object.fromEntries(
          Object.entries(someFilter).filter(([, value]) => value !== undefined),
        )
        const wanted = records.filter((record) => matches(record, filter))
        const name = ({ oldId, newId }: SummaryRecord) => `${oldId} ${newId}`
        const found = await allPages(campaign, filter)
        expect([...found].sort()).toEqual(wanted.map(name).sort())
        const times = found.map((pair) => records.find((one) => name(one) === pair)?.finishedMs ?? -1)
        expect(times).toEqual([...times].sort((a, b) => b - a))
        expect(await query(async (db) => countComparisons(db, [await idOf(campaign)], filter))).toEqual([
          wanted.length,
        ])

        const runs = await allPages(campaign, filter, { distinctRuns: true })
        const runOf = (pair: string) => pair.split(' ').slice(1).join(' ')
        expect(runs.map(runOf).sort()).toEqual([...new Set(wanted.map(({ newId }) => newId))].sort())
        const newestFirst = wanted
          .map(({ newId, finishedMs }) => ({ newId, finishedMs }))
          .sort((a, b) => b.finishedMs - a.finishedMs || (a.newId < b.newId ? 1 : -1))
        const expectedRuns = [...new Set(newestFirst.map(({ newId }) => newId))]
        expect(await allRuns([campaign, 'nothing'], filter, false)).toEqual(expectedRuns)
        expect(await allRuns([campaign], filter, true)).toEqual(expectedRuns.toReversed())
      }),
      { numRuns: 40 },
    )
  })

  it('shows each old row once while newer ones arrive', async () => {
    const campaign = newCampaign()
    const old = Array.from({ length: 10 }, (_, index) =>
      recordOf(`${campaign} old ${index}`, { campaign, finishedMs: index, findings: [findingOf()] }),
    )
    await write(old)
    let arrived = 0
    const found = await allPages(
      campaign,
      { rule: ['MODE_SETUID'] },
      {
        between: async () => {
          arrived += 1
          const facts = { campaign, findings: [findingOf()] }
          await write([
            recordOf(`${campaign} newer ${arrived}`, { ...facts, finishedMs: 1_000 + arrived }),
            // Once more what is there, as a restarted service writes it.
            ...old.map((record) => ({ ...record, madeMs: 1 + arrived })),
          ])
        },
      },
    )
    expect(arrived).toBeGreaterThan(1)
    expect(found).toEqual(old.map(({ newId }) => `control ${newId}`).reverse())
  })
})

describe('a list of runs', () => {
  it('merges campaigns by time, shows each run once, and stays in place while rows arrive', async () => {
    const [one, other] = [newCampaign(), newCampaign()]
    const run = (campaign: string, oldId: string, finishedMs: number) =>
      recordOf(`${campaign} ${finishedMs}`, { campaign, oldId, finishedMs, findings: [findingOf()] })
    await write([1, 3, 5].flatMap((time) => [run(one, 'old-1', time), run(one, 'old-2', time)]))
    await write([2, 4, 6].map((time) => run(other, 'old-1', time)))
    const summary: ComparisonFilter = { severity: ['BAD'] }
    const filter = { campaign: [one, other], summary }
    const times: number[] = []
    for (let after: SummarisedRun | undefined; ; ) {
      const page = await query((db) =>
        listSummarisedRuns(db, filter, { limit: 2, after, isOldestFirst: false }),
      )
      times.push(...page.map(({ finishedMs }) => finishedMs))
      after = page.at(-1)
      if (!after || page.length < 2) break
      // The same run with another control run, whose row has a smaller or larger number than the one that was shown.
      await write([
        run(other, `late-${times.length}`, after.finishedMs),
        run(one, 'old-1', 100 + times.length),
      ])
    }
    expect(times).toEqual([6, 5, 4, 3, 2, 1])
  })
})

describe('the overview of a campaign', () => {
  const campaign = 'overview'
  beforeAll(async () => {
    const drop = (index: number) =>
      recordOf(`drop ${index}`, { campaign, finishedMs: index, findings: [findingOf({ rule: 'DROPPED' })] })
    await write([
      ...[1, 2, 3].map(drop),
      recordOf('setuid', { campaign, findings: [findingOf()] }),
      recordOf('unknown', { campaign, verdict: 'UNDECIDED' }),
      recordOf('quiet', { campaign, verdict: 'NOISE_ONLY' }),
      recordOf('failed', { campaign, failure: 'ArtifactsMissingError' }),
    ])
  })

  it('counts every comparison, also those that are undecided or failed', async () => {
    const found = await query((db) => findCampaign(db, campaign))
    expect(found?.verdicts).toEqual([
      { verdict: 'NOISE_ONLY', comparisons: 1 },
      { verdict: 'SUBSTANTIVE', comparisons: 4 },
      { verdict: 'UNDECIDED', comparisons: 1 },
    ])
    expect(found?.failures).toEqual([{ name: 'ArtifactsMissingError', comparisons: 1, items: 1 }])
    expect(await query((db) => namedCounts(db, [found?.id ?? -1], ['failure', 'noise']))).toMatchObject([
      [{ kind: 'failure', name: 'ArtifactsMissingError', comparisons: 1 }],
    ])
  })

  it('lists the rules, the most common or the rarest first', async () => {
    const id = await idOf(campaign)
    const rules = async (order: 'MOST_COMMON' | 'RAREST') =>
      (await query((db) => rulesOfCampaigns(db, [id], order)))
        .flat()
        .map(({ rule, comparisons }) => [rule, comparisons])
    expect(await rules('MOST_COMMON')).toEqual([
      ['DROPPED', 3],
      ['MODE_SETUID', 1],
    ])
    expect(await rules('RAREST')).toEqual([
      ['MODE_SETUID', 1],
      ['DROPPED', 3],
    ])
  })

  it('groups what is the same, the largest cluster first, with the newest as the example', async () => {
    const id = await idOf(campaign)
    const [first, ...others] = (await query((db) => listClusters(db, [id], { limit: 10 }))).flat()
    expect(first).toMatchObject({ comparisons: 3, verdict: 'SUBSTANTIVE', example: { newId: 'drop 3' } })
    expect(first?.findings).toMatchObject([{ rule: 'DROPPED', severity: 'BAD' }])
    expect(others.map(({ comparisons, verdict }) => `${comparisons} ${verdict}`).sort()).toEqual([
      '1 NOISE_ONLY',
      '1 SUBSTANTIVE',
      '1 UNDECIDED',
    ])
    const rest = (await query((db) => listClusters(db, [id], { limit: 10, after: first }))).flat()
    expect(rest).toEqual(others)
    const members = await allPages(campaign, { signature: first?.signature ?? '' })
    expect(members).toEqual(['control drop 3', 'control drop 2', 'control drop 1'])
  })

  it('is part of a list by name, and unknown campaigns are none', async () => {
    const names = (await query((db) => listCampaigns(db, { limit: 100 }))).map(({ name }) => name)
    expect(names).toContain(campaign)
    expect((await query((db) => listCampaigns(db, { limit: 1, after: 'overview' })))[0]?.name).not.toBe(
      campaign,
    )
    expect(await query((db) => findCampaign(db, 'nothing'))).toBeNull()
  })
})
