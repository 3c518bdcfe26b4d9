/** The web page in a real browser, with the sample builds. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { seedRuns } from '../fixtures/postgres.ts'
import { SAMPLES, startWithSampleDiffs } from '../graphql/samples.ts'
import { describeInBrowser, expectAccessible, queryOf, urlOf, type WindowSize } from './browser.ts'
import { pagesOf } from './pdf.ts'

const PAIR = `/compare/${SAMPLES.old}/${SAMPLES.new}`
/** Names with markup, a bidirectional mark and a control character. */
const HOSTILE = { codebase: '<img src=x onerror=alert(1)>', source: 'evil\u202egnp.\u0007' }

/** The samples and 131 more runs. */
async function startWithManyRuns() {
  const service = await startWithSampleDiffs()
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
  return service
}

describeInBrowser('The web page', startWithManyRuns, (site) => {
  let page: Page
  const open = async (path: string, size?: WindowSize) => {
    page = await site.open(path, size)
    return page
  }
  /** Opens a report and waits for its lines. */
  const openReport = async (query = '', size?: WindowSize) => {
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
      await page.goto(`${site.service.url}/?search=teatime`)
      await page.getByText('1 control run hidden.').waitFor()
      expect(await rowIds()).toEqual([SAMPLES.new])
      await page.getByLabel('Control runs').check()
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 2)
      expect(await queryOf(page)).toEqual({ search: 'teatime', control: '1' })
      // A chip, or the number of lines, makes no row higher than it was before.
      await page.locator('.runs .counts').waitFor()
      const heights = await page
        .locator('.runs tbody tr')
        .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height))
      expect(heights).toEqual([26, 26])
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

    it('filters by what the summaries of the listed runs say', async () => {
      await open('/?search=teatime')
      const row = page.locator('.runs tbody tr', { hasText: SAMPLES.new })
      await row.locator('.chip').first().waitFor()
      await page.getByLabel('Findings').selectOption('package removed')
      await page.waitForFunction(() => location.search.includes('rule=PACKAGE_REMOVED'))
      await row.waitFor()
      await page.getByLabel('Verdict').selectOption('IDENTICAL')
      await page.getByText('No runs match these filters.').waitFor()
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

  it('shows its keys in a sheet, under which they do nothing, and has keys for each view', async () => {
    await open(PAIR)
    await page.locator('.verdict').waitFor()
    await page.keyboard.press('?')
    const help = page.getByRole('dialog')
    await help.waitFor()
    expect(await help.innerText()).toContain('next run of the list')
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

  it('keeps its tabs in place whichever is chosen', async () => {
    await open(PAIR)
    await page.locator('.verdict').waitFor()
    const lefts = () =>
      page.locator('.views a').evaluateAll((tabs) => tabs.map((tab) => tab.getBoundingClientRect().x))
    const before = await lefts()
    await page.keyboard.press('4')
    await page.getByText('Total size').waitFor()
    expect(await lefts()).toEqual(before)
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
      `/diffoscope/${SAMPLES.old}/${SAMPLES.new}`,
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
      // No name of a field is broken within a word.
      const pieces = await page.locator('table.fields tbody th').evaluateAll((names) =>
        names.map((name) => {
          const range = new Range()
          range.selectNodeContents(name)
          return range.getClientRects().length
        }),
      )
      expect(pieces.filter((one) => one > 1)).toEqual([])
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
    const debug = await site.context.newCDPSession(page)
    await debug.send('Emulation.setTouchEmulationEnabled', { enabled: true })
    await page.waitForFunction(() => matchMedia('(pointer: coarse)').matches)
    for (const target of ['.line .number', '.head .fold', '.hunk-head a'])
      expect(
        (await page.locator(`.document ${target}`).first().boundingBox())?.height,
        target,
      ).toBeGreaterThanOrEqual(24)
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
    const { text } = await site.service.ask(`/debdiff/${SAMPLES.old}/${SAMPLES.new}`, {
      headers: { accept: 'text/html' },
    })
    expect(text).toMatch(/^<p>\n.*regard files as different/s)
  })

  it('has a way back from an address that it does not have', async () => {
    // The browser itself says that there is nothing.
    site.expectComplaint(/404/)
    await open('/nowhere')
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Back to the first page' }).click()
    await page.locator('.runs tbody tr').first().waitFor()
  })

  it('says first that two builds are identical', async () => {
    await open(`/compare/${SAMPLES.old}/${SAMPLES.old}?view=diffoscope`)
    await page.getByRole('button', { name: 'Generate diff' }).click()
    await page.getByRole('heading', { name: 'No differences: both builds are identical' }).waitFor()
    expect(await page.locator('.page').innerText()).not.toContain('+0')
  })

  it('prints all runs that were loaded, and says that there are more', async () => {
    await open('/?search=even')
    await page.locator('.runs tbody tr').nth(39).waitFor()
    const names = await page.locator('.runs tbody th').allInnerTexts()
    const pages = pagesOf(await page.pdf({ format: 'A4' }))
    for (const name of names) expect(pages.join('')).toContain(name.trim())
    expect(pages.join('')).toContain('thesearenotprinted')
    expect(pages.length).toBeGreaterThan(1)
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

  it('has bars of progress whose track is dark in the dark', async () => {
    await open('/queue')
    const track = (colorScheme: 'light' | 'dark') =>
      page.emulateMedia({ colorScheme }).then(() =>
        page.evaluate(() => {
          const bar = document.body.appendChild(document.createElement('progress'))
          bar.value = 0.5
          const { appearance, backgroundColor } = getComputedStyle(bar)
          return [appearance, backgroundColor]
        }),
      )
    expect(await track('dark')).toEqual(['none', 'rgb(51, 60, 71)'])
    expect(await track('light')).toEqual(['none', 'rgb(213, 220, 227)'])
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
    const debug = await site.context.newCDPSession(page)
    await debug.send('Network.enable')
    await debug.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 300,
      downloadThroughput: 50_000,
      uploadThroughput: 50_000,
    })
    await debug.send('Emulation.setCPUThrottlingRate', { rate: 6 })
    await page.goto(`${site.service.url}${PAIR}?view=diffoscope`)
    await page.locator('.document .line').first().waitFor()
    await page.keyboard.press('n')
    await page.locator('.hunk-head.target').waitFor()
  })
})
