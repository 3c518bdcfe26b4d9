/** The page in a real browser, on the sample builds, as people use it. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { seedRuns } from '../fixtures/postgres.ts'
import type { TestService } from '../fixtures/service.ts'
import { makeSampleDiffs, SAMPLES, startWithSamples } from '../graphql/samples.ts'
import {
  addressOf,
  atPlace,
  type Browser,
  expectAccessible,
  filled,
  hasChromium,
  linesInView,
  queryOf,
  startBrowser,
} from './browser.ts'

const PAIR = `/compare/${SAMPLES.old}/${SAMPLES.new}`
/** Names that try all that a name may try. */
const HOSTILE = { codebase: '<img src=x onerror=alert(1)>', source: 'evil\u202egnp.\u0007' }

// Beside other tests on two processors a browser takes its time.
describe.skipIf(!hasChromium)('in Chromium', () => {
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
    await seedRuns(service.app.database, [{ id: 'hostile', campaign: 'x', ...HOSTILE }])
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
  /** A report that shows its lines. */
  const openReport = async (query = '', size?: { width: number; height: number }) => {
    await open(`${PAIR}${query}`, size)
    await page.locator('.document .line, .document .row').first().waitFor()
  }
  const rowIds = () => page.locator('.runs tbody th small').allTextContents()

  describe('the list of runs', () => {
    it('is endless, newest first, each run once', async () => {
      await open('/')
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
      await page.getByText('133 shown, no more.').waitFor()
      const ids = await rowIds()
      expect(new Set(ids).size).toBe(133)
      const many = ids.filter((id) => id.startsWith('many-'))
      expect(many).toEqual([...many].sort().reverse())
    })

    it('is narrowed by search and filters, which the address bar holds', async () => {
      await open('/')
      await page.getByLabel('Search').fill('even many12')
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 6)
      expect(await rowIds()).toEqual(['many-128', 'many-126', 'many-124', 'many-122', 'many-120', 'many-012'])
      expect(await queryOf(page)).toEqual({ search: 'even many12' })
      await page.reload()
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 6)
      expect(await page.getByLabel('Search').inputValue()).toBe('even many12')

      await page.getByText('More filters').click()
      await page.getByLabel('Search').fill('')
      await page.getByLabel('Result, like').fill('build-failed')
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 13)
      expect(await queryOf(page)).toEqual({ result: 'build-failed' })
      expect(await page.locator('.runs .bad').count()).toBe(13)
      await page.getByLabel('Result, like').fill('no such thing')
      await page.getByText('No run matches.').waitFor()
      await page.getByText('Show all runs').click()
      await page.waitForFunction(() => document.querySelectorAll('.runs tbody tr').length === 40)
    })

    it('says what a run is compared with and whether its diffs are ready, and leads there', async () => {
      await open('/?search=teatime')
      const row = page.locator('.runs tbody tr', { hasText: SAMPLES.new })
      await row.locator('.state').first().waitFor()
      expect(await row.locator('.state').allTextContents()).toEqual(['debdiff ready', 'diffoscope ready'])
      expect(await row.locator('.counts').textContent()).toMatch(/^\+\d+ −\d+$/)
      await row.getByRole('link').click()
      await page.locator('.document .line').first().waitFor()
      expect((await addressOf(page)).pathname).toBe(PAIR)
      await page.goBack()
      await row.waitFor()
    })

    it('leads to any two runs, and shows hostile names as what they are', async () => {
      await open('/?search=hostile')
      const name = page.locator('.runs tbody th').first()
      await name.waitFor()
      expect(await name.textContent()).toContain('evil')
      expect(await name.textContent()).not.toContain('\u202e')
      await page.getByLabel('Without the change').fill(SAMPLES.old)
      await page.getByLabel('With it').fill('hostile')
      await page.getByRole('button', { name: 'Compare' }).click()
      await page.getByText('Not made yet').waitFor()
      await page.keyboard.press('3')
      await page.getByText('The packages of a run are not there').waitFor()
      expect(await page.locator('h1').textContent()).toContain('evil')
      expect(await page.locator('main img').count()).toBe(0)
    })
  })

  describe('a comparison', () => {
    it('says who is compared with whom, and what became of each package', async () => {
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

    it('shows control fields side by side with the words that changed, and files as trees', async () => {
      await open(`${PAIR}?view=debdiff`)
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
      await page.getByLabel('Leave out what every rebuild changes').check()
      await page.waitForFunction(() => new URL(location.href).searchParams.has('filter'))
      await version.waitFor({ state: 'detached' })
    })
  })

  describe('a report', () => {
    it('has a tree that is unfolded by keys and leads to lines', async () => {
      await openReport()
      await page.getByRole('treeitem').first().focus()
      await page.keyboard.press('ArrowRight')
      await page.getByRole('treeitem', { name: 'control.tar.gz' }).waitFor()
      const open = await page.getByRole('treeitem', { expanded: true }).count()
      expect(open).toBeGreaterThan(0)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowRight')
      await page.getByRole('treeitem', { name: './control' }).waitFor()
      await page.getByRole('treeitem', { name: './control' }).click()
      await page.waitForFunction(
        () => document.querySelector('.head.target .title')?.textContent === './control',
      )
      await page.getByRole('treeitem').first().focus()
      await page.keyboard.press('ArrowLeft')
      await page.getByRole('treeitem', { name: './control' }).waitFor({ state: 'detached' })
    })

    it('goes from change to change by keys and buttons, through all of them and back', async () => {
      await openReport()
      const seen: string[] = []
      for (let i = 0; i < 17; i += 1) {
        await page.keyboard.press('n')
        await page.waitForFunction(
          (at) => new URL(location.href).searchParams.get('at') !== at,
          seen.at(-1) ?? null,
        )
        seen.push((await queryOf(page))['at'] as string)
      }
      await page.keyboard.press('n')
      await page.getByText('There is no further one').waitFor({ state: 'attached' })
      expect(seen).toHaveLength(17)
      expect(new Set(seen).size).toBe(17)
      await page.getByRole('button', { name: 'The change before' }).click()
      await atPlace(page, seen[15] as string)
      // Pressed faster than it goes, it goes as often.
      for (const [keys, place] of [
        ['ppp', seen[12]],
        ['nn', seen[14]],
        ['pppppppppppp', seen[2]],
        ['nnnnnnn', seen[9]],
      ] as const) {
        await page.evaluate((all) => {
          for (const key of all) dispatchEvent(new KeyboardEvent('keydown', { key }))
        }, keys)
        await atPlace(page, place as string)
      }
      // It stays there.
      await filled(page)
      expect((await queryOf(page))['at']).toBe(seen[9])
    })

    it('has a link to lines: chosen by their numbers, and shown when the link is opened', async () => {
      await openReport('?at=6')
      const hunk = page.locator('.leaf-piece', { hasText: 'Package: teatime' }).first()
      await hunk.locator('.line').nth(1).locator('.number').first().click()
      await page.waitForFunction(() => /\d+\.0\.1$/.test(location.search))
      await hunk
        .locator('.line')
        .nth(4)
        .locator('.number')
        .first()
        .click({ modifiers: ['Shift'] })
      await page.waitForFunction(() => /\.0\.1-4$/.test(location.search))
      const text = await page.locator('.line.target').allInnerTexts()
      expect(text).toHaveLength(4)
      await page.evaluate(() => document.querySelector('.document')?.scrollTo(0, 1e6))
      await page.reload()
      await page.locator('.line.target').nth(3).waitFor()
      expect(await page.locator('.line.target').allInnerTexts()).toEqual(text)
      const [lines, target] = [
        await linesInView(page),
        await page.locator('.line.target .text').first().innerText(),
      ]
      expect(lines).toContain(target)
      await page.keyboard.press('y')
      await page.getByText('The link is copied').waitFor({ state: 'attached' })
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe((await addressOf(page)).href)
    })

    it('shows lines one below the other or side by side, wrapped or not, with what changed in them', async () => {
      await openReport('?at=6')
      const marked = () => page.locator('.document .text ins').allInnerTexts()
      await page.locator('.document .text ins').first().waitFor()
      expect(await marked()).toContain('lint')
      await page.keyboard.press('s')
      const row = page.locator('.row.changed', { hasText: 'Version' }).first()
      await row.waitFor()
      expect(await row.locator('.half .text').allInnerTexts()).toEqual([
        'Version: 1.4-1~jan+unchanged1',
        'Version: 1.4-2~jan+lint1',
      ])
      expect(await queryOf(page)).toMatchObject({ lines: 'split', at: '6' })
      await page.keyboard.press('w')
      await page.locator('.document.no-wrap').waitFor()
      await page.keyboard.press('s')
      await page.locator('.document .line').first().waitFor()
      expect(await page.locator('.head.target .title').innerText()).toBe('./control')
    })

    it('leaves out what every rebuild changes, says how much that is, and stays where one was', async () => {
      await openReport('?at=6')
      await page.keyboard.press('f')
      await page.locator('.hides').waitFor()
      expect(await page.locator('.hides').innerText()).toMatch(/hides \d+ things?, \d+ places?, \d+ lines?/)
      await page.waitForFunction(
        () => document.querySelector('.head.target .title')?.textContent === './control',
      )
      expect((await queryOf(page))['filter']).toBe('1')
    })

    it('finds paths in the whole report and text in what is loaded', async () => {
      await openReport()
      await page.keyboard.press('e')
      await page.keyboard.type('md5')
      await page.locator('.found button').first().waitFor()
      expect(await page.locator('.found .path').allInnerTexts()).toEqual(
        expect.arrayContaining([expect.stringContaining('md5sums')]),
      )
      await page.keyboard.press('Enter')
      await page.waitForFunction(() =>
        document.querySelector('.head.target .title')?.textContent?.includes('md5sums'),
      )
      await page.getByLabel('Text in what is loaded').fill('earl')
      await page.getByText(/lines? in what is loaded/).waitFor()
      await page.keyboard.press('Enter')
      await page.locator('.line.target', { hasText: 'Earl Grey' }).waitFor()
      await page.keyboard.press('Escape')
      expect(await page.getByLabel('Text in what is loaded').inputValue()).toBe('')
    })

    it('folds', async () => {
      await openReport()
      await page.locator('.head .fold').first().click()
      await page.locator('.head', { hasText: 'things below' }).waitFor()
      const titles = await page.locator('.head .title').allInnerTexts()
      expect(titles[1]).toContain('teatime-completions')
      await page.locator('.head .fold').first().click()
      await page.locator('.head', { hasText: 'control.tar.gz' }).first().waitFor()
    })

    it('is downloaded in every format', async () => {
      await openReport()
      await page.getByText('Download', { exact: false }).first().click()
      for (const [name, begin] of [
        ['Text', /^--- /],
        ['Markdown', /^#/],
        ['HTML', /^<!DOCTYPE html/i],
        ['JSON', /^\{/],
      ] as const) {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name, exact: true }).click(),
        ])
        const stream = await download.createReadStream()
        const [first] = await stream.take(1).toArray()
        expect(String(first), name).toMatch(begin)
      }
    })
  })

  it('is used by the keyboard alone, from the list of runs to a line', async () => {
    await open('/?search=teatime')
    await page.locator('a.compare').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
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
    expect(await help.innerText()).toContain('the next change')
    // Keys of the page rest while the sheet is open.
    await page.keyboard.press('g')
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'hidden' })
    expect((await addressOf(page)).pathname).toBe(PAIR)
    await page.keyboard.press('3')
    await page.locator('.packages').waitFor()
    await page.keyboard.press('q')
    await page.getByRole('heading', { name: 'Queue' }).waitFor()
    await page.keyboard.press('g')
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
  })

  it('has nothing that axe finds, light and dark', async () => {
    for (const path of [
      '/',
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
    for (const query of ['?at=6', '?lines=split&at=6.0.1-2', '?filter=1']) {
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

  it('fits a phone', async () => {
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
      // Nothing of a run is cut off, or has to be scrolled to sidewards.
      const runs = page.getByRole('region', { name: 'Runs' })
      if (path === '/')
        expect(await runs.evaluate((list) => list.scrollWidth - list.clientWidth)).toBeLessThanOrEqual(0)
      await page.close()
    }
    await openReport('', phone)
    await page.getByRole('button', { name: 'Tree' }).click()
    await page.getByRole('treeitem').first().click()
    await page.getByRole('treeitem').first().waitFor({ state: 'detached' })
    await page.locator('.head.target').waitFor()
  })

  it('keeps the colours that were chosen', async () => {
    await open('/')
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await ground()
    await page.keyboard.press('t')
    await page.keyboard.press('t')
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
    const dark = await ground()
    expect(dark).not.toBe(light)
    await page.reload()
    expect(await ground()).toBe(dark)
    await page.keyboard.press('t')
    expect(await ground()).toBe(light)
  })

  it('moves nothing for who wants no motion, whatever a style asks for', async () => {
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

  it('works on a slow line and a slow machine', async () => {
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
    await page.goto(service.url + PAIR)
    await page.locator('.document .line').first().waitFor()
    await page.keyboard.press('n')
    await page.locator('.hunk-head.target').waitFor()
  })
})
