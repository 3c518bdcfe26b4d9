/** A reviewer goes through the runs of a list, in a real browser. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { type SeedRun, seedRuns } from '../fixtures/postgres.ts'
import { startService } from '../fixtures/service.ts'
import { describeInBrowser, expectAccessible, queryOf } from './browser.ts'

const RUNS = 74
const number = (i: number) => String(i).padStart(2, '0')
/** A run with its baseline. Neither has packages: the page says so. */
const pair = (i: number): SeedRun[] => {
  const common = { codebase: `tea${number(i)}`, mainBranchRevision: `main-${i}`, version: `1.${i}-1` }
  return [
    { ...common, id: `control-${number(i)}`, campaign: 'unchanged', revision: `main-${i}` },
    {
      ...common,
      id: `run-${number(i)}`,
      campaign: i % 2 === 0 ? 'lintian-fixes' : 'scrub',
      revision: `change-${i}`,
    },
  ]
}

async function startWithRuns() {
  const service = await startService({
    env: {
      DIFFER_RUN_URL: 'https://farm.example/runs/{run}?of={source}',
      DIFFER_REVIEW_URL: 'https://farm.example/review/{run}/{verdict}',
    },
  })
  const runs = Array.from({ length: RUNS }, (_, i) => pair(i)).flat()
  await seedRuns(service.app.database, [...runs, { id: 'a/b&c "d', codebase: 'x', campaign: 'odd' }])
  return service
}

describeInBrowser('A review of many runs', startWithRuns, (site) => {
  let page: Page
  const open = async (path: string) => {
    page = await site.open(path, { width: 1440, height: 900 })
  }
  const atRun = (id: string) => page.waitForFunction((run) => location.pathname.endsWith(run), `/${id}`)

  it('goes back to the previous run, and from there to its row in the list; exports what was viewed', async () => {
    await open('/')
    await page.locator('a.compare').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    for (let i = 1; i <= 3; i += 1) {
      await page.locator('.place', { hasText: `${i} of ` }).waitFor()
      await atRun(`run-${number(RUNS - i)}`)
      await page.keyboard.press('v')
      await page.keyboard.press('N')
    }
    await page.locator('.place', { hasText: '4 of ' }).waitFor()
    await page.keyboard.press('P')
    await page.locator('.place', { hasText: '3 of ' }).waitFor()
    await atRun(`run-${number(RUNS - 3)}`)
    expect(await page.getByLabel('Viewed').isChecked()).toBe(true)

    // Back leads to the list, at the run that was read last.
    await page.goBack()
    const row = page.locator('tr.viewed', { hasText: `tea${number(RUNS - 3)}` })
    await row.waitFor()
    expect(await page.locator('tr.viewed').count()).toBe(3)
    await page.waitForFunction(
      (id) => document.activeElement?.closest<HTMLElement>('tr')?.dataset.run === id,
      `run-${number(RUNS - 3)}`,
    )
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export what I viewed' }).click(),
    ])
    const marks = JSON.parse(String((await (await download.createReadStream()).toArray()).join('')))
    expect(marks).toHaveLength(3)
    expect(marks[0]).toMatchObject({ old: `control-${number(RUNS - 1)}`, run: true, files: [] })
  })

  it('restores rows, scroll position and focus, also when the page is loaded again', async () => {
    await open('/')
    await page.locator('a.compare').first().waitFor()
    const list = page.locator('.run-list')
    for (let rows = 0; rows < 70; ) {
      await list.evaluate((element) => element.scrollTo(0, 1e6))
      await page.waitForFunction(
        (before) => document.querySelectorAll('.runs tbody tr').length > before,
        rows,
      )
      rows = await page.locator('.runs tbody tr').count()
    }
    const link = page.locator('tr', { hasText: 'tea20' }).locator('a.compare')
    await link.scrollIntoViewIfNeeded()
    const top = await list.evaluate((element) => element.scrollTop)
    expect(top).toBeGreaterThan(500)
    await link.click()
    await page.getByText('Packages missing').first().waitFor()
    for (const reload of [false, true]) {
      if (reload) await page.reload()
      await page.goBack()
      await link.waitFor()
      expect(Math.abs((await list.evaluate((element) => element.scrollTop)) - top)).toBeLessThan(3)
      expect(await link.evaluate((element) => element === document.activeElement)).toBe(true)
      await page.keyboard.press('Enter')
      await atRun('run-20')
    }
  })

  it('keeps the order and the filters of the list, and leads back to it', async () => {
    await open('/?campaign=scrub')
    await page.locator('a.compare').first().click()
    await atRun('run-73')
    await page.keyboard.press('Shift+N')
    await atRun('run-71')
    expect(await page.getByRole('button', { name: 'Previous run' }).isEnabled()).toBe(true)
    await page.keyboard.press('g')
    await page.locator('a.compare').first().waitFor()
    expect(await queryOf(page)).toEqual({ campaign: 'scrub' })
  })

  it('has no way to another run without a list', async () => {
    await open('/compare/control-01/run-01')
    await page.getByText('Packages missing').first().waitFor()
    expect(await page.locator('.session').count()).toBe(0)
    await page.keyboard.press('Shift+N')
    await page.getByText('There is no further run in the list').waitFor()
    await expectAccessible(page)
  })

  it('links to the farm, whatever the names are', async () => {
    await open('/compare/control-01/run-01')
    const link = (name: string) => page.getByRole('link', { name: new RegExp(`^${name}`) }).last()
    await link('Approve').waitFor()
    expect(await link('Run ').getAttribute('href')).toBe('https://farm.example/runs/run-01?of=tea01')
    expect(await link('Approve').getAttribute('href')).toBe('https://farm.example/review/run-01/approve')
    expect(await link('Reject').getAttribute('href')).toBe('https://farm.example/review/run-01/reject')
    await page.goto(`${site.service.url}/compare/control-01/${encodeURIComponent('a/b&c "d')}`)
    await link('Approve').waitFor()
    expect(await link('Approve').getAttribute('href')).toBe(
      'https://farm.example/review/a%2Fb%26c%20%22d/approve',
    )
  })
})
