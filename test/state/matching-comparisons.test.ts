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
import type { ComparisonFilter } from '../../src/state/comparison-filter.ts'
import {
  type ComparisonCursor,
  countComparisons,
  listComparisons,
  type MatchingComparison,
} from '../../src/state/matching-comparisons.ts'
import {
  countSummarisedRuns,
  listSummarisedRuns,
  type SummarisedRun,
  type SummarisedRunFilter,
} from '../../src/state/matching-runs.ts'
import { digestNumber } from '../../src/state/signature.ts'
import type { RecordedFinding, SummaryRecord } from '../../src/state/summary-record.ts'
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
  /** The part of a page before its last item, read backwards. */
  const before = async (page: readonly MatchingComparison[]) => {
    const options = { limit: 2, after, before: page.at(-1)?.cursor, isBackward: true, distinctRuns }
    return (await query((db) => listComparisons(db, [id], filter, options)))[0]
  }
  for (;;) {
    const options = { limit: 3, after, distinctRuns }
    const [page = []] = await query((db) => listComparisons(db, [id], filter, options))
    if (page.length > 1) expect(await before(page)).toEqual(page.slice(-3, -1))
    found.push(...page.map(({ oldId, newId }) => `${oldId} ${newId}`))
    after = page.at(-1)?.cursor
    if (page.length < 3) return found
    await between()
  }
}

/** The ids of runs on all pages, each page also read backwards. */
async function allRuns(filter: SummarisedRunFilter, isOldestFirst: boolean) {
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
    codebase: fc.constantFrom('tea', 'pot'),
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
  codebase: optional(fc.uniqueArray(fc.constantFrom('tea', 'pot', 'cup'), { minLength: 1 })),
  /** The cluster of this record. */
  clusterOf: optional(fc.nat(11)),
})
const anyTimes = fc.record(
  { finishedAfterMs: fc.constantFrom(0, 1, 2), finishedBeforeMs: fc.constantFrom(1, 2, 3) },
  { requiredKeys: [] },
)

/** As signatures are: without names. */
function clusterNameOf(verdict: Verdict, findings: readonly RecordedFinding[]): string {
  const facts = findings.map(({ rule, severity, expected }) => JSON.stringify([rule, severity, expected]))
  return String(digestNumber(JSON.stringify([verdict, [...new Set(facts)].sort()])))
}

function matches(record: SummaryRecord, filter: ComparisonFilter): boolean {
  const { verdict, rule, severity, package: name, path, expected, codebase, signature } = filter
  const asksForFinding = [rule, severity, name, path, expected].some((one) => one !== undefined)
  const hasFinding = record.findings.some(
    (one) =>
      (rule?.includes(one.rule) ?? true) &&
      (severity?.includes(one.severity) ?? true) &&
      one.package === (name ?? one.package) &&
      one.path === (path ?? one.path) &&
      one.expected === (expected ?? one.expected),
  )
  return (
    (verdict?.includes(record.verdict) ?? true) &&
    (codebase?.includes(record.codebase) ?? true) &&
    record.signature === (signature ?? record.signature) &&
    (!asksForFinding || hasFinding)
  )
}

describe('a list of comparisons', () => {
  it('has what a naive filter finds, newest first, on any pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRecords,
        anyFilter,
        anyTimes,
        async (specs, { clusterOf, ...someFilter }, times) => {
          const campaign = newCampaign()
          // The time belongs to the run, so all pairs of a run have the same.
          const records = specs.map(({ verdict, newId, ...facts }) => {
            const findings = verdict === null ? [] : facts.findings.map(findingOf)
            return recordOf(`${campaign} ${newId}`, {
              ...{ ...facts, campaign, findings, finishedMs: newId.charCodeAt(0) % 3 },
              ...(verdict === null
                ? { failure: 'ArtifactsMissingError' }
                : { verdict, signature: clusterNameOf(verdict, findings) }),
            })
          })
          await write(records)
          const signature = records[clusterOf ?? -1]?.signature
          const filter: ComparisonFilter = Object.fromEntries(
            Object.entries({ ...someFilter, ...(signature && { signature }) }).filter(
              ([, value]) => value !== undefined,
            ),
          )
          const wanted = records.filter((record) => matches(record, filter))
          const name = ({ oldId, newId }: SummaryRecord) => `${oldId} ${newId}`
          const found = await allPages(campaign, filter)
          expect([...found].sort()).toEqual(wanted.map(name).sort())
          const finished = found.map((pair) => records.find((one) => name(one) === pair)?.finishedMs ?? -1)
          expect(finished).toEqual([...finished].sort((a, b) => b - a))
          expect(await query(async (db) => countComparisons(db, [await idOf(campaign)], filter))).toEqual([
            wanted.length,
          ])

          const runs = await allPages(campaign, filter, { distinctRuns: true })
          const runOf = (pair: string) => pair.split(' ').slice(1).join(' ')
          expect(runs.map(runOf).sort()).toEqual([...new Set(wanted.map(({ newId }) => newId))].sort())
          const { finishedAfterMs = 0, finishedBeforeMs = 9 } = times
          const newestFirst = wanted
            .filter((one) => one.finishedMs >= finishedAfterMs && one.finishedMs < finishedBeforeMs)
            .map(({ newId, finishedMs }) => ({ newId, finishedMs }))
            .sort((a, b) => b.finishedMs - a.finishedMs || (a.newId < b.newId ? 1 : -1))
          const expectedRuns = [...new Set(newestFirst.map(({ newId }) => newId))]
          const { codebase, ...summary } = filter
          const runFilter = { summary, ...(codebase && { codebase }), ...times }
          expect(await allRuns({ ...runFilter, campaign: [campaign, 'nothing'] }, false)).toEqual(
            expectedRuns,
          )
          expect(await allRuns({ ...runFilter, campaign: [campaign] }, true)).toEqual(
            expectedRuns.toReversed(),
          )
        },
      ),
      { numRuns: 60 },
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
    const all = [first, ...others]
    const page = (options: object) =>
      query((db) => listClusters(db, [id], { limit: 2, isBackward: true, ...options }))
    expect((await page({})).flat()).toEqual(all.slice(-2))
    expect((await page({ before: all.at(-1) })).flat()).toEqual(all.slice(-3, -1))
    expect((await page({ before: all.at(-1), after: all.at(-3) })).flat()).toEqual(all.slice(-2, -1))
    const members = await allPages(campaign, { signature: first?.signature ?? '' })
    expect(members).toEqual(['control drop 3', 'control drop 2', 'control drop 1'])
  })

  it('is part of a list by name, and unknown campaigns are none', async () => {
    const names = (await query((db) => listCampaigns(db, { limit: 100 }))).map(({ name }) => name)
    expect(names).toContain(campaign)
    expect((await query((db) => listCampaigns(db, { limit: 1, after: 'overview' })))[0]?.name).not.toBe(
      campaign,
    )
    const back = (options: object) =>
      query((db) => listCampaigns(db, { limit: 2, isBackward: true, ...options }))
    expect((await back({})).map(({ name }) => name)).toEqual(names.slice(-2))
    expect((await back({ before: names.at(-1) })).map(({ name }) => name)).toEqual(names.slice(-3, -1))
    expect(await query((db) => findCampaign(db, 'nothing'))).toBeNull()
  })
})
