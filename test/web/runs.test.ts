/** The list of runs as somebody uses it who looks for one, and the way from there by keys alone. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type SeedRun, seedRuns } from '../fixtures/postgres.ts'
import type { TestService } from '../fixtures/service.ts'
import { makeSampleDiffs, SAMPLES, startWithSamples } from '../graphql/samples.ts'
import { axeFindings, hasChromium, overflow, startBrowser, type TestBrowser } from './browser.ts'

/** Newer than the samples, each a minute after the one before; every third has nothing to be compared with. */
const SEEDED: readonly SeedRun[] = Array.from({ length: 330 }, (_, i) => ({
  id: `run-${String(i).padStart(3, '0')}`,
  codebase: i % 3 === 0 ? 'lonely' : 'teatime',
  source: i % 3 === 0 ? 'lonely' : 'teatime',
  campaign: i % 10 === 0 ? 'orphan' : 'lintian-fixes',
  version: `2.0-${i}`,
  resultCode: i % 50 === 7 ? 'build-failed' : 'success',
  finishTime: new Date(Date.UTC(2024, 2, 1, 0, i)),
  mainBranchRevision: 'teatime-main',
}))
const NEWEST_FIRST = [...SEEDED.map(({ id }) => id).reverse()]

describe.skipIf(!hasChromium)('the list of runs', () => {
  let service: TestService
  let browser: TestBrowser
  beforeAll(async () => {
    service = await startWithSamples()
    await makeSampleDiffs(service)
    await seedRuns(service.app.database, SEEDED)
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await service?.close()
  })
  afterEach(async () => expect(await browser.endPages()).toEqual([]))

  const idsOf = (page: Page) => page.locator('.runs tbody th small').allInnerTexts()
  const rowOf = (page: Page, id: string) => page.locator('.runs tbody tr', { hasText: id })
  /** Opens the page and waits for runs. */
  const list = async (query = '') => {
    const page = await browser.open(`${service.url}/${query}`)
    await page.locator('.runs tbody tr').first().waitFor()
    return page
  }
  const shows = (page: Page, ids: readonly string[]) =>
    expect.poll(() => idsOf(page), { timeout: 30_000 }).toEqual(ids)

  it('shows each run once, newest first, as far as one scrolls', async () => {
    const page = await list()
    expect((await idsOf(page)).length).toBeLessThan(100)
    await page.mouse.move(600, 400)
    while (!(await page.getByText('no more').isVisible())) {
      await page.mouse.wheel(0, 3000)
      await page.evaluate(() => new Promise(requestAnimationFrame))
    }
    const ids = await idsOf(page)
    expect(ids.slice(0, SEEDED.length)).toEqual(NEWEST_FIRST)
    expect(ids.slice(SEEDED.length).sort()).toEqual([SAMPLES.new, SAMPLES.old])
  })

  it('says of each with what it is compared, and whether the diffs are ready', async () => {
    const page = await list('?search=teatime-')
    const row = rowOf(page, SAMPLES.new)
    expect(await row.innerText()).toMatch(/debdiff ready\s+diffoscope ready \+67 −41/)
    expect(await row.getByRole('link', { name: '1.4-1~jan+unchanged1' }).getAttribute('href')).toBe(
      `/compare/${SAMPLES.old}/${SAMPLES.new}`,
    )
    expect(await rowOf(page, SAMPLES.old).innerText()).toContain('is unchanged itself')
    await page.goto(`${service.url}/?search=run-01`)
    await shows(
      page,
      NEWEST_FIRST.filter((id) => id.startsWith('run-01')),
    )
    expect(await rowOf(page, 'run-011').innerText()).toMatch(
      /1\.4-1~jan\+unchanged1\s+debdiff not made\s+diffoscope not made/,
    )
    expect(await rowOf(page, 'run-012').getByRole('link').count()).toBe(0)
  })

  it('keeps what is looked for in the address bar: there after a reload, and on the way back', async () => {
    const page = await list()
    const search = page.getByLabel('Search')
    await search.fill('run-32')
    await page.waitForURL(`${service.url}/?search=run-32`)
    const found = NEWEST_FIRST.filter((id) => id.startsWith('run-32'))
    await shows(page, found)
    await page.reload()
    expect(await search.inputValue()).toBe('run-32')
    await shows(page, found)
    await rowOf(page, 'run-328').getByRole('link').click()
    await page.waitForURL(`**/compare/${SAMPLES.old}/run-328`)
    await page.getByText('Not made yet').waitFor()
    await page.goBack()
    expect(await search.inputValue()).toBe('run-32')
    await shows(page, found)
    await page.goForward()
    await page.getByText('Not made yet').waitFor()
  })

  it('narrows by campaign, codebase, source, result and day, and widens again under the same hands', async () => {
    const page = await list()
    await page.getByText('More filters').click()
    await page.getByLabel('Result').fill('build-failed')
    await shows(page, ['run-307', 'run-257', 'run-207', 'run-157', 'run-107', 'run-057', 'run-007'])
    await page.getByLabel('Source package').fill('lonely')
    await shows(page, ['run-207', 'run-057'])
    await page.getByLabel('Source package').fill('')
    await page.getByLabel('Result').fill('')
    await page.waitForURL(`${service.url}/`)
    // The field that was emptied is still there to write in.
    expect(await page.getByLabel('Result').isVisible()).toBe(true)
    await page.keyboard.type('x')
    await page.getByText('No run matches').waitFor()
    await page.getByRole('link', { name: 'Show all runs' }).click()
    await page.waitForURL(`${service.url}/`)
    await shows(page, NEWEST_FIRST.slice(0, 40))
    await page.getByLabel('Campaign').fill('orphan')
    await page.getByLabel('Codebase').fill('teatime')
    await page.getByLabel('Finished until').fill('2024-03-01')
    await page.getByLabel('Finished since').fill('2024-03-01')
    await page.waitForURL(/since=2024-03-01/)
    const orphans = SEEDED.filter(({ campaign, codebase }) => campaign === 'orphan' && codebase === 'teatime')
    await shows(page, orphans.map(({ id }) => id).reverse())
    await page.getByLabel('Finished since').fill('2024-03-02')
    await page.getByText('No run matches').waitFor()
  })

  it('leads to the comparison of any two', async () => {
    const page = await list()
    await page.getByLabel('Without the change').fill(SAMPLES.new)
    await page.getByLabel('With it').fill(` ${SAMPLES.old} `)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${service.url}/compare/${SAMPLES.new}/${SAMPLES.old}`)
    await page.getByText('Not made yet').waitFor()
  })

  it('leads to a change in a file by keys alone', async () => {
    const page = await list('?search=teatime-')
    await page.keyboard.press('j')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('1.4-1~jan+unchanged1')
    await page.keyboard.press('Enter')
    await page.locator('.document .line').first().waitFor()
    await page.keyboard.press('n')
    await page.waitForURL(/at=\d+\.\d+$/)
    await page.locator('.hunk-head.target').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Shift+J')
    await page.waitForURL(/at=\d+\.\d+\.1-2$/)
    expect(await page.locator('.line.target').count()).toBe(2)
    await page.keyboard.press('q')
    await page.waitForURL('**/queue')
    await page.keyboard.press('g')
    await page.waitForURL(`${service.url}/`)
  })

  it('leads there by the Tab key too, past what every page has', async () => {
    const page = await list('?search=teatime-')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
    for (let steps = 0; steps < 10; steps += 1) {
      await page.keyboard.press('Tab')
      if (await page.evaluate(() => document.activeElement?.matches('a.compare'))) break
    }
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/compare/${SAMPLES.old}/${SAMPLES.new}`)
  })

  it('has a sheet of its keys, which holds the focus until it is closed', async () => {
    const page = await list()
    await page.keyboard.press('?')
    const sheet = page.getByRole('dialog', { name: 'Keys' })
    await sheet.waitFor()
    expect(await sheet.innerText()).toMatch(/The list of runs[\s\S]*look for newer runs/)
    for (let steps = 0; steps < 5; steps += 1) {
      await page.keyboard.press('Tab')
      const where = await page.evaluate(() =>
        document.activeElement === document.body
          ? 'browser'
          : document.activeElement?.closest('dialog')
            ? 'sheet'
            : 'page',
      )
      expect(where).not.toBe('page')
    }
    // Nothing behind it hears the keys.
    await page.keyboard.press('q')
    expect(page.url()).toBe(`${service.url}/`)
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Keys' }).click()
    await sheet.waitFor()
    await page.getByRole('button', { name: 'Close the help sheet' }).click()
    await sheet.waitFor({ state: 'hidden' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Keys')
  })

  it('is light or dark, as the system has it or as somebody has chosen, and axe finds nothing', async () => {
    const page = await list()
    await page.getByText('More filters').click()
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await ground()
    expect(await axeFindings(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    const dark = await ground()
    expect(dark).not.toBe(light)
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('t')
    expect(await ground()).toBe(light)
    await page.reload()
    await page.locator('.runs tbody tr').first().waitFor()
    expect(await ground()).toBe(light)
    await page.keyboard.press('t')
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await ground()).toBe(dark)
    await page.keyboard.press('t')
    expect(await ground()).toBe(light)
  })

  it('fits a phone', async () => {
    const page = await list()
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await overflow(page)).toBe(0)
    expect(await axeFindings(page)).toEqual([])
  })
})
