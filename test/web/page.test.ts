/** The web page in a real browser, with the sample builds. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { seedRuns } from '../fixtures/postgres.ts'
import type { TestService } from '../fixtures/service.ts'
import { makeSampleDiffs, SAMPLES, startWithSamples } from '../graphql/samples.ts'
import { type Browser, expectAccessible, hasChromium, queryOf, startBrowser, urlOf } from './browser.ts'

const PAIR = `/compare/${SAMPLES.old}/${SAMPLES.new}`
/** Names with markup, a bidirectional mark and a control character. */
const HOSTILE = { codebase: '<img src=x onerror=alert(1)>', source: 'evil\u202egnp.\u0007' }

describe.skipIf(!hasChromium)('The web page (skipped without Chromium)', () => {
  let service: TestService
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    service = await startWithSamples()
    await makeSampleDiffs(service)
    await seedRuns(
      service.app.database,
      Array.from({ length: 130 }, (_, i) => ({
        id: `many-${String(i).padStart(3, '0')}`,
        codebase: i % 2 === 0 ? 'even' : 'odd',
        campaign: 'scrub',
        source: `many${i}`,
        version: `1.${i}-1`,
        resultCode: i % 10 === 3 ? 'build-failed' : 'success',
      })),
    )
    await seedRuns(service.app.database, [{ id: 'hostile', campaign: 'scrub', ...HOSTILE }])
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await service?.close()
  })
  afterEach(async () => {
    await page?.close()
    expect(browser.complaints.splice(0)).toEqual([])
  })
  const open = async (path: string, size?: { width: number; height: number }) => {
    page = await browser.open(service.url + path, size)
    return page
  }
  /** Opens a report and waits for its lines. */
  const openReport = async (query = '', size?: { width: number; height: number }) => {
    await open(`${PAIR}?view=diffoscope${query.replace('?', '&')}`, size)
    await page.locator('.document .line, .document .row').first().waitFor()
  }
  const rowIds = () => page.locator('.runs tbody .id small').allTextContents()

  describe('with the list of runs', () => {
    it('shows every run once, newest first, and loads more while scrolling', async () => {
      await open('/?control=1')
      await page.locator('.runs tbody tr').first().waitFor()
      for (let count = 0; count < 133; ) {
        await page.mouse.move(600, 500)
        await page.mouse.wheel(0, 4000)
        await page
          .waitForFunction((before) => document.querySelectorAll('.runs tbody tr').length > before, count)
          .catch(() => {})
        const now = await page.locator('.runs tbody tr').count()
        if (now === count) break
        count = now
      }
      await page.getByText('All 133 runs shown.').waitFor()
      const ids = await rowIds()
      expect(new Set(ids).size).toBe(133)
      const many = ids.filter((id) => id.startsWith('many-'))
      expect(many).toEqual([...many].sort().reverse())
    })

    it('has thirty runs of one line each in view, and hides control runs until they are wanted', async () => {
      await open('/', { width: 1440, height: 900 })
      await page.locator('.runs tbody tr').nth(30).waitFor()
      const inView = await page
        .locator('.runs tbody tr')
        .evaluateAll((rows) => rows.filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length)
      expect(inView).toBeGreaterThanOrEqual(30)
      await page.goto(`${service.url}/?search=teatime`)
      await page.getByText('1 control run hidden.').waitFor()
      expect(await rowIds()).toEqual([SAMPLES.new])
      await page.getByLabel('Control runs').check()
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 2)
      expect(await queryOf(page)).toEqual({ search: 'teatime', control: '1' })
    })

    it('applies the search and the filters of the URL', async () => {
      await open('/')
      await page.getByLabel('Search').fill('even many12')
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 6)
      expect(await rowIds()).toEqual(['many-128', 'many-126', 'many-124', 'many-122', 'many-120', 'many-012'])
      expect(await queryOf(page)).toEqual({ search: 'even many12' })
      await page.reload()
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 6)
      expect(await page.getByLabel('Search').inputValue()).toBe('even many12')

      await page.getByLabel('Search').fill('')
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length > 30)
      await page.getByLabel('Result').selectOption('build-failed')
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 13)
      expect(await queryOf(page)).toEqual({ result: 'build-failed' })
      expect(await page.locator('.runs .bad').count()).toBe(13)
      await page.getByText('More filters').click()
      await page.getByLabel('Codebase').fill('no such thing')
      await page.getByText('No runs match these filters.').waitFor()
      await page.keyboard.press('Escape')
      await page.getByText('Clear filters').click()
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length >= 40)
    })

    it('shows both versions, the verdict and the size of the diff of a run; the row is a link', async () => {
      await open('/?search=teatime')
      const row = page.locator('.runs tbody tr', { hasText: SAMPLES.new })
      await row.locator('.chip').first().waitFor()
      expect((await row.locator('.chip').allTextContents()).join(' ')).toMatch(/bad|to verify/)
      expect(await row.locator('.counts').textContent()).toMatch(/^\+\d+ −\d+$/)
      expect(await row.locator('.versions').textContent()).toBe('1.4-1~jan+unchanged1 → 1.4-2~jan+lint1')
      // Beside every text.
      const box = await row.boundingBox()
      await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) - 4, (box?.y ?? 0) + 13)
      await page.getByRole('heading', { name: 'differ by more than noise' }).first().waitFor()
      expect((await urlOf(page)).pathname).toBe(PAIR)
      await page.goBack()
      await row.waitFor()
    })

    it('opens the comparison of any two runs, and shows hostile names as text', async () => {
      await open('/?search=hostile')
      const name = page.locator('.runs tbody th').first()
      await name.waitFor()
      expect(await name.textContent()).toContain('evil')
      expect(await name.textContent()).not.toContain('\u202e')
      await page.getByLabel('Old run').fill(SAMPLES.old)
      await page.getByLabel('New run').fill('hostile')
      await page.getByRole('button', { name: 'Compare' }).click()
      await page.getByText('Packages missing').waitFor()
      await page.keyboard.press('2')
      await page.getByText('No diff yet').waitFor()
      await page.keyboard.press('4')
      await page.getByText('Packages missing').waitFor()
      expect(await page.locator('h1').textContent()).toContain('evil')
      expect(await page.locator('main img').count()).toBe(0)
    })
  })

  describe('with a comparison', () => {
    it('shows both versions and how each package changed', async () => {
      await open(`${PAIR}?view=packages`)
      await page.locator('.packages tbody tr').first().waitFor()
      expect(await page.locator('.side .version').allTextContents()).toEqual([
        '1.4-1~jan+unchanged1',
        '1.4-2~jan+lint1',
      ])
      const rows = (await page.locator('.packages tbody tr').allInnerTexts()).map((row) =>
        row.split(/\s*\t\s*/),
      )
      expect(rows.map(([name, , change]) => [name?.trim(), change])).toEqual([
        ['teatime-completions', 'added'],
        ['teatime-gtk2', 'removed'],
        ['teatime', 'changed'],
        ['teatime-doc', 'changed'],
        ['teatime-chimes', 'unchanged'],
      ])
      expect(rows.at(-1)?.at(-1)).toBe('±0')
      expect(rows[0]?.at(-1)).toMatch(/^\+/)
    })

    it('shows control fields side by side with changed words, and files as trees', async () => {
      await open(`${PAIR}?view=debdiff&noise=1`)
      const version = page.locator('table.fields tr', { hasText: 'Version' }).first()
      await version.waitFor()
      expect(await version.locator('td').nth(0).locator('del').allTextContents()).not.toEqual([])
      expect(await version.locator('td').nth(1).locator('ins').allTextContents()).not.toEqual([])
      expect(await version.locator('td').nth(0).innerText()).toMatch(/^\s*1\.4-1~jan\+unchanged1\s*$/)
      expect(await version.locator('td').nth(1).innerText()).toMatch(/^\s*1\.4-2~jan\+lint1\s*$/)
      const added = page.locator('.section', { hasText: 'Added files' })
      expect(
        (await added.locator('.file').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')),
      ).toContain('party.txt.gz -rw-r--r-- root:root')
      await page.getByLabel('Noise hidden').check()
      await page.waitForFunction(() => !new URL(location.href).searchParams.has('noise'))
      await version.waitFor({ state: 'detached' })
    })
  })

  it('can be used by keyboard alone, from the list of runs to a line', async () => {
    await open('/?search=teatime')
    await page.locator('a.compare').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.locator('.verdict').waitFor()
    await page.keyboard.press('5')
    await page.locator('.document .line').first().waitFor()
    await page.keyboard.press('n')
    await page.locator('.hunk-head.target').waitFor()
    await page.keyboard.press('j')
    await page.locator('.line.target').waitFor()
    await page.keyboard.press('Shift+J')
    await page.waitForFunction(() => document.querySelectorAll('.line.target').length === 2)
    await page.keyboard.press('o')
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('document')
    await page.keyboard.press('?')
    const help = page.getByRole('dialog')
    await help.waitFor()
    expect(await help.innerText()).toContain('next change')
    // The shortcuts do not work while the help sheet is open.
    await page.keyboard.press('g')
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'hidden' })
    expect((await urlOf(page)).pathname).toBe(PAIR)
    await page.keyboard.press('4')
    await page.getByText('Total size').waitFor()
    await page.keyboard.press('q')
    await page.getByRole('heading', { name: 'Queue' }).waitFor()
    await page.keyboard.press('g')
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
  })

  it('is accessible in both themes, as far as axe can tell', async () => {
    for (const path of [
      // Two runs are as good as forty.
      '/?search=teatime',
      PAIR,
      `${PAIR}?view=debdiff`,
      `${PAIR}?view=packages`,
      '/queue',
      '/compare/none/none',
    ]) {
      await open(path)
      await page.waitForFunction(() => !document.body.innerText.includes('Loading …'))
      await expectAccessible(page)
      await page.close()
    }
    for (const query of ['?at=6', '?lines=split&at=6.0.1-2', '?noise=1']) {
      await openReport(query)
      await expectAccessible(page)
      await page.close()
    }
    await openReport()
    await page.getByText('Download', { exact: false }).first().click()
    await page.getByRole('searchbox', { name: 'Path' }).fill('control')
    await page.locator('.found button').first().waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.locator('.document').focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await expectAccessible(page)
  })

  it('fits on a phone', async () => {
    const phone = { width: 390, height: 844 }
    for (const path of ['/', PAIR, `${PAIR}?view=debdiff`, `${PAIR}?view=packages`, '/queue']) {
      await open(path, phone)
      await page.waitForFunction(() => !document.body.innerText.includes('Loading …'))
      const { width, scroll } = await page.evaluate(() => ({
        width: innerWidth,
        scroll: Math.max(
          document.documentElement.scrollWidth,
          document.querySelector('main')?.scrollWidth ?? 0,
        ),
      }))
      expect([path, scroll]).toEqual([path, width])
      // No run is cut off or scrolls sideways.
      const runs = page.getByRole('region', { name: 'Runs' })
      if (path === '/') {
        expect(await runs.evaluate((list) => list.scrollWidth - list.clientWidth)).toBeLessThanOrEqual(0)
        await page.locator('.runs tbody th').first().waitFor()
        const cut = page
          .locator('.runs tbody th')
          .evaluateAll((names) => names.filter((name) => name.scrollWidth > name.clientWidth).length)
        expect(await cut).toBe(0)
      }
      await page.close()
    }
    await openReport('', phone)
    await page.getByRole('button', { name: 'Files' }).click()
    await page.getByRole('treeitem').first().click()
    await page.getByRole('treeitem').first().waitFor({ state: 'detached' })
    await page.locator('.head.target').waitFor()
  })

  it('has a page around a debdiff that is readable on a phone and in the dark', async () => {
    await open(`/debdiff/${SAMPLES.old}/${SAMPLES.new}?page`, { width: 390, height: 844 })
    await page.getByRole('heading', { name: 'debdiff of 1.4-1~jan+unchanged1 and 1.4-2~jan+lint1' }).waitFor()
    expect(await page.evaluate(() => document.compatMode)).toBe('CSS1Compat')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await expectAccessible(page)
    const { text } = await service.ask(`/debdiff/${SAMPLES.old}/${SAMPLES.new}`, {
      headers: { accept: 'text/html' },
    })
    expect(text).toMatch(/^<p>\n.*regard files as different/s)
  })

  it('prints the whole list', async () => {
    await open('/?search=even')
    await page.locator('.runs tbody tr').nth(39).waitFor()
    await page.emulateMedia({ media: 'print' })
    const [height, table] = await page.evaluate(() => [
      document.documentElement.scrollHeight,
      document.querySelector('.runs')?.getBoundingClientRect().height ?? 0,
    ])
    expect(table).toBeGreaterThan(40 * 20)
    expect(height).toBeGreaterThanOrEqual(table as number)
  })

  it('remembers the theme', async () => {
    await open('/')
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await background()
    await page.keyboard.press('t')
    await page.keyboard.press('t')
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    const dark = await background()
    expect(dark).not.toBe(light)
    await page.reload()
    expect(await background()).toBe(dark)
    await page.keyboard.press('t')
    expect(await background()).toBe(light)
  })

  it('has no animations if the user prefers reduced motion, whatever a style says', async () => {
    await open('/')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const moving = await page.evaluate(() => {
      document.body.style.transition = 'opacity 1s'
      return [...document.querySelectorAll('*')].filter((element) => {
        const { transitionProperty, animationName, scrollBehavior } = getComputedStyle(element)
        return transitionProperty !== 'none' || animationName !== 'none' || scrollBehavior !== 'auto'
      }).length
    })
    expect(moving).toBe(0)
  })

  it('works with a slow connection on a slow machine', async () => {
    await open('/queue')
    const debug = await browser.context.newCDPSession(page)
    await debug.send('Network.enable')
    await debug.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 300,
      downloadThroughput: 50_000,
      uploadThroughput: 50_000,
    })
    await debug.send('Emulation.setCPUThrottlingRate', { rate: 6 })
    await page.goto(`${service.url}${PAIR}?view=diffoscope`)
    await page.locator('.document .line').first().waitFor()
    await page.keyboard.press('n')
    await page.locator('.hunk-head.target').waitFor()
  })
})
