/** Thousands of runs at a glance, in a real browser: what they do, what few of them do, and the way to those. */
import type { Page } from 'playwright-core'
import { afterAll, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { State } from '../../src/state/state.ts'
import type { SummaryRecord } from '../../src/state/summary-record.ts'
import { writeRecords } from '../../src/state/write-records.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { type SeedRun, seedRuns } from '../fixtures/postgres.ts'
import { eventually, startService } from '../fixtures/service.ts'
import { findingOf, recordOf } from '../state/state-kit.ts'
import { describeInBrowser, expectAccessible, queryOf, urlOf } from './browser.ts'

const START = Date.UTC(2026, 10, 1)
const MARKUP = '<img src=x onerror=alert(1)>'

interface Kind {
  readonly name: string
  readonly count: number
  readonly facts: Partial<SummaryRecord>
}

/** What the runs of the campaign do. */
const KINDS: readonly Kind[] = [
  { name: 'quiet', count: 60, facts: { verdict: 'NOISE_ONLY' } },
  { name: 'same', count: 20, facts: { verdict: 'IDENTICAL' } },
  {
    name: 'drops',
    count: 25,
    facts: {
      verdict: 'EXPECTED',
      findings: [
        findingOf({ rule: 'RELATION_REMOVED', severity: 'VERIFY', expected: true, path: 'control:Depends' }),
      ],
    },
  },
  {
    name: 'renames',
    count: 8,
    facts: {
      findings: [findingOf({ rule: 'FILE_REMOVED', severity: 'VERIFY', path: `usr/share/doc/${MARKUP}` })],
    },
  },
  { name: 'setuid', count: 1, facts: { findings: [findingOf()] } },
  { name: 'unknown', count: 2, facts: { verdict: 'UNDECIDED' } },
  { name: 'broken', count: 3, facts: { failure: 'ArtifactsMissingError' } },
]

/** The runs of a campaign with their control runs, and what the state knows of them. */
function campaignOf(campaign: string, kinds: readonly Kind[]) {
  const runs: SeedRun[] = []
  const records: SummaryRecord[] = []
  for (const { name, count, facts } of kinds)
    for (let i = 0; i < count; i += 1) {
      const id = `${campaign}-${name}-${i}`
      const finishTime = new Date(START + runs.length * 60_000)
      const both = { codebase: id, source: id, version: '1.0-1', mainBranchRevision: id, finishTime }
      runs.push({ ...both, id: `${id}-old`, campaign: 'unchanged', revision: id })
      runs.push({ ...both, id, campaign, revision: `${id}-change` })
      records.push(
        recordOf(id, {
          campaign,
          codebase: id,
          oldId: `${id}-old`,
          finishedMs: finishTime.getTime(),
          ...facts,
        }),
      )
    }
  return { runs, records }
}

/** Holds the state. */
let own: TestDatabase | undefined

async function startWithCampaigns() {
  own = await createTestDatabase()
  const database = await openDatabase({ url: own.url })
  const farm = campaignOf('lintian-fixes', KINDS)
  const other = campaignOf('scrub-obsolete', [{ name: 'quiet', count: 3, facts: { verdict: 'NOISE_ONLY' } }])
  const state = new State(database)
  for (const { records } of [farm, other])
    await state.query('background', 'test', (db) => writeRecords(db, records))
  await database.close()
  const service = await startService({ env: { DIFFER_STATE_DATABASE_URL: own.url } })
  await seedRuns(service.app.database, [...farm.runs, ...other.runs])
  return service
}

afterAll(() => own?.stop())

describeInBrowser('Campaigns on the page', startWithCampaigns, (site) => {
  let page: Page
  const open = async (path: string, size = { width: 1280, height: 900 }) => {
    page = await site.open(path, size)
  }

  it('are the first page, those with most to look at first', async () => {
    await open('/')
    await page.getByRole('heading', { name: 'Campaigns' }).waitFor()
    const rows = await page.locator('.campaign-list tbody tr').allInnerTexts()
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/lintian-fixes[\s\S]*60 noise only[\s\S]*\t14\t119\t/)
    expect(rows[1]).toMatch(/scrub-obsolete[\s\S]*\t0\t3\t/)
    await expectAccessible(page)
    await page.getByLabel('Order').selectOption('name')
    await page.getByRole('link', { name: 'scrub-obsolete' }).click()
    await page.getByText('All 3 comparisons do no more than noise').waitFor()
    expect((await urlOf(page)).pathname).toBe('/campaigns/scrub-obsolete')
    // The same address, opened anew.
    await page.reload()
    await page.getByText('All 3 comparisons do no more than noise').waitFor()
  })

  it('say how many runs do only what was expected, and what the others do', async () => {
    await open('/campaigns/lintian-fixes')
    await page
      .getByText('105 of 119 comparisons do no more than noise and what is expected. 14 need a look.')
      .waitFor()
    const numbers = async (region: string) =>
      (await page.getByRole('region', { name: region }).locator('tbody tr').allInnerTexts()).map((row) =>
        row.replace(/\s+/g, ' ').trim(),
      )
    expect(await numbers('Verdicts')).toEqual([
      'No summary 3',
      'Undecided 2',
      'More than noise 9',
      'Only what is expected 25',
      'Noise only 60',
      'Identical 20',
    ])
    expect(await numbers('Outliers: what few runs do')).toEqual(['MODE_SETUID bad 1'])
    expect(await numbers('Findings by rule')).toEqual([
      'RELATION_REMOVED expected 25',
      'FILE_REMOVED to verify 8',
      'MODE_SETUID bad 1',
    ])
    const clusters = await page.locator('.cluster').allInnerTexts()
    expect(clusters[0]).toMatch(/60\s+runs\s+noise only/)
    expect(clusters.find((text) => text.includes('FILE_REMOVED'))).toContain(MARKUP)
    await page.getByText('No summary: 3 artifacts missing.').waitFor()
    await page.getByText('The numbers are up to date.').waitFor()
    await expectAccessible(page)
  })

  it('lead by keyboard from a verdict, a rule or a group to its runs, and back', async () => {
    await open('/campaigns/lintian-fixes')
    const rows = page.locator('.runs tbody tr')
    const listed = async (count: number) => {
      await page.locator('.runs tbody tr').first().waitFor()
      await expect.poll(() => rows.count()).toBe(count)
    }
    await page.getByRole('link', { name: 'Undecided' }).press('Enter')
    await listed(2)
    expect(await queryOf(page)).toEqual({ campaign: 'lintian-fixes', verdict: 'UNDECIDED' })
    await page.goBack()
    await page
      .getByRole('region', { name: 'Findings by rule' })
      .getByRole('link', { name: 'FILE_REMOVED' })
      .press('Enter')
    await listed(8)
    await page
      .getByRole('navigation', { name: 'Conditions for summaries' })
      .getByText('FILE_REMOVED')
      .waitFor()
    await expectAccessible(page)
    await page.getByLabel('Search').fill('renames-3')
    await listed(1)
    await page.getByRole('link', { name: 'lintian-fixes', exact: false }).first().press('Enter')
    await page.locator('.cluster', { hasText: 'RELATION_REMOVED' }).getByRole('link').press('Enter')
    await expect.poll(() => rows.count()).toBe(25)
    await page.goBack()
    await page.getByRole('link', { name: 'No summary' }).press('Enter')
    await listed(3)
  })

  it('lead into a review of the runs that need a look', async () => {
    await open('/campaigns/lintian-fixes')
    await page.getByRole('link', { name: 'All 9 of them' }).waitFor()
    await page.keyboard.press('l')
    await page.locator('a.compare').first().waitFor()
    expect(await page.locator('.runs tbody tr').count()).toBe(9)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('.place', { hasText: '1 of 9' }).waitFor()
    await page.keyboard.press('Shift+N')
    await page.locator('.place', { hasText: '2 of 9' }).waitFor()
    await page.keyboard.press('v')
    // Back to the list, and to the campaigns by key.
    await page.keyboard.press('g')
    await page.locator('tr.viewed').waitFor()
    await page.keyboard.press('c')
    await page.getByRole('heading', { name: 'Campaigns' }).waitFor()
  })

  it('open a run from the campaign itself, with the same review', async () => {
    await open('/campaigns/lintian-fixes')
    // The runs have no packages, so each that is opened leaves the list: maybe before the page has read its place.
    await eventually(async () => {
      await page.goto(`${site.service.url}/campaigns/lintian-fixes`)
      await page.locator('.look a').first().click()
      await page.locator('.place', { hasText: /^1 of \d$/ }).waitFor({ timeout: 5_000 })
    })
    await page.goBack()
    await page.getByRole('heading', { name: 'Verdicts' }).waitFor()
  })

  it('are exported as files', async () => {
    await open('/campaigns/lintian-fixes')
    await page.getByText('Export').click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ])
    const text = String((await (await download.createReadStream()).toArray()).join(''))
    expect(text.split('\r\n')).toHaveLength(119 + 2)
  })

  it('say when there is no such campaign', async () => {
    await open('/campaigns/nothing')
    await page.getByText('No summary of campaign "nothing" is known').waitFor()
    await page.getByRole('link', { name: 'All campaigns' }).click()
    await page.getByRole('heading', { name: 'Campaigns' }).waitFor()
  })

  it('keep the list of runs at hand, also under the address that it had', async () => {
    await open('/?campaign=scrub-obsolete')
    await page.locator('a.compare').first().waitFor()
    expect(await page.locator('.runs tbody tr').count()).toBe(3)
    expect((await urlOf(page)).pathname).toBe('/runs')
    await page.getByRole('link', { name: 'Campaigns' }).click()
    await page.getByRole('heading', { name: 'Campaigns' }).waitFor()
    await page.getByRole('link', { name: 'Runs', exact: false }).first().click()
    await page.locator('a.compare').nth(20).waitFor()
  })

  it('fit a phone', async () => {
    const pages = [
      ['/', '.outcome-bar'],
      ['/campaigns/lintian-fixes', '.outcome-bar'],
      ['/runs?campaign=lintian-fixes&rule=RELATION_REMOVED', 'a.compare'],
      ['/compare/lintian-fixes-setuid-0-old/lintian-fixes-setuid-0', '.views'],
    ] as const
    for (const [path, shown] of pages) {
      await open(path, { width: 360, height: 780 })
      await page.locator(shown).first().waitFor()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
      expect(
        await page.locator('#main').evaluate((main) => main.scrollWidth - main.clientWidth),
      ).toBeLessThanOrEqual(0)
      await expectAccessible(page)
      await page.close()
    }
  })
})
