/** Reports of the sample builds on the web page, in a real browser. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { SAMPLES, startWithSampleDiffs } from '../graphql/samples.ts'
import { atPosition, describeInBrowser, linesInView, loaded, queryOf } from './browser.ts'

const PAIR = `/compare/${SAMPLES.old}/${SAMPLES.new}`

describeInBrowser('A report on the web page', startWithSampleDiffs, (site) => {
  let page: Page
  /** Opens the report and waits for its lines. */
  const openReport = async (query = '') => {
    page = await site.open(`${PAIR}?view=diffoscope${query.replace('?', '&')}`)
    await page.locator('.document .line, .document .row').first().waitFor()
  }

  it('has a tree that unfolds by keys and goes to a file', async () => {
    await openReport('?noise=1')
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

  it('goes through all changes and back by keys and buttons', async () => {
    await openReport('?noise=1')
    const seen: string[] = []
    for (let i = 0; i < 17; i += 1) {
      await page.keyboard.press('n')
      await page.waitForFunction(
        (at) => new URL(location.href).searchParams.get('at') !== at,
        seen.at(-1) ?? null,
      )
      seen.push((await queryOf(page)).at as string)
    }
    await page.keyboard.press('n')
    await page.getByText('No more changes').waitFor({ state: 'attached' })
    expect(seen).toHaveLength(17)
    expect(new Set(seen).size).toBe(17)
    await page.getByRole('button', { name: 'Previous change' }).click()
    await atPosition(page, seen[15] as string)
    // Keys that are pressed faster than the page moves all count.
    for (const [keys, position] of [
      ['ppp', seen[12]],
      ['nn', seen[14]],
      ['pppppppppppp', seen[2]],
      ['nnnnnnn', seen[9]],
    ] as const) {
      await page.evaluate((all) => {
        for (const key of all) dispatchEvent(new KeyboardEvent('keydown', { key }))
      }, keys)
      await atPosition(page, position as string)
    }
    // It does not move on.
    await loaded(page)
    expect((await queryOf(page)).at).toBe(seen[9])
  })

  it('finds the place of a link in a report that was made anew, or says that it is not there', async () => {
    await openReport('?noise=1&at=6')
    const hunk = page.locator('.list-item-piece', { hasText: 'Package: teatime' }).first()
    await hunk.locator('.line').nth(2).locator('.number').first().click()
    await page.waitForFunction(() => location.search.includes('line='))
    const query = await queryOf(page)
    const text = await page.locator('.line.target').innerText()
    const openAt = async (changes: Record<string, string>) => {
      await page.goto(`${site.service.url}${PAIR}?${new URLSearchParams({ ...query, ...changes })}`)
    }
    // As if other nodes and lines had been before it.
    await openAt({ at: '2.0.0' })
    await atPosition(page, query.at as string)
    expect(await page.locator('.line.target').innerText()).toBe(text)
    await openAt({ line: 'nothing like this' })
    await page.getByText('The line of this link is not in it.').first().waitFor()
    await openAt({ in: 'no\nsuch\nfile' })
    await page.getByText('The file of this link is not in it.').first().waitFor()
    // Without HTTPS there is no clipboard.
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await page.keyboard.press('y')
    await page.getByText('The link is in the address bar').waitFor()
  })

  it('shows lines unified or side by side, wrapped or not, with changed words', async () => {
    await openReport('?noise=1&at=6')
    const marked = () => page.locator('.document .text ins').allInnerTexts()
    await page.locator('.document .text ins').first().waitFor()
    expect(await marked()).toContain('lint1')
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
    // Both sides are in view, and numbers stay there when long lines are moved.
    const halves = page.locator('.row.changed', { hasText: 'Version' }).first().locator('.half')
    const number = async () => (await halves.last().locator('.number').boundingBox())?.x
    const before = await number()
    expect(before).toBeLessThan(1280)
    await page.locator('.document').evaluate((view) => view.scrollTo(300, view.scrollTop))
    await page.waitForFunction(() => document.querySelector('.document')?.scrollLeft !== 0)
    expect(await number()).toBe(before)
    await page.keyboard.press('s')
    await page.locator('.document .line').first().waitFor()
    expect(await page.locator('.head.target .title').innerText()).toBe('./control')
  })

  it('keeps the place, the tree, the folds and the search, whatever is changed around them', async () => {
    await openReport('?noise=1')
    await page.getByRole('treeitem').first().locator('.twist').click()
    await page.getByRole('treeitem', { name: 'control.tar.gz' }).waitFor()
    await page.getByLabel('Find in this report').fill('earl')
    await page.getByText(/^\d+ match(es)?$/).waitFor()
    await page.keyboard.press('Escape')
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('document')
    await page.getByLabel('Find in this report').fill('earl')
    await page.getByText(/^\d+ match(es)?$/).waitFor()
    // Folds what is far above the lines that are read.
    await page.getByRole('button', { name: 'Fold file list' }).first().click()
    const isFolded = () => page.getByRole('button', { name: 'Unfold file list' }).count()
    expect(await isFolded()).toBe(1)
    await page.locator('.document').evaluate((view) => view.scrollTo(0, 300))
    const top = () =>
      page.evaluate(() => {
        const from = document.querySelector('.document')?.getBoundingClientRect().top ?? 0
        const texts = [...document.querySelectorAll('.document :is(.line, .half, .head)')]
        const first = texts.find((one) => one.getBoundingClientRect().top >= from)
        const text = (first?.querySelector('.text, .title') ?? first)?.textContent ?? ''
        return [text, Math.round((first?.getBoundingClientRect().top ?? 0) - from)] as const
      })
    const kept = async ([text, y]: readonly [string, number]) => {
      await page.waitForFunction(
        (wanted) => {
          const from = document.querySelector('.document')?.getBoundingClientRect().top ?? 0
          return [...document.querySelectorAll('.document :is(.text, .title)')].some(
            (one) =>
              one.textContent === wanted[0] &&
              Math.abs(one.getBoundingClientRect().top - from - wanted[1]) < 12,
          )
        },
        [text, y] as const,
      )
    }
    await page.waitForFunction(() => history.state?.report?.y !== undefined)
    await loaded(page)
    const before = await top()
    await page.keyboard.press('s')
    await page.locator('.document .row').first().waitFor()
    await kept(before)
    expect(await queryOf(page)).not.toHaveProperty('at')
    await page.keyboard.press('s')
    await page.locator('.document .line').first().waitFor()
    await kept(before)
    await page.getByRole('link', { name: 'Packages' }).click()
    await page.locator('.packages').waitFor()
    await page.getByRole('link', { name: 'Whole report' }).click()
    await page.locator('.document .line').first().waitFor()
    await kept(before)
    await page.getByRole('treeitem', { name: 'control.tar.gz' }).waitFor()
    await page.getByText(/^\d+ match(es)?$/).waitFor()
    await page.keyboard.press('f')
    await page.waitForFunction(() => !location.search.includes('noise=1'))
    await page.getByRole('treeitem', { name: 'control.tar.gz' }).waitFor()
    expect(await page.getByLabel('Find in this report').inputValue()).toBe('earl')
    await page.goBack()
    await page.waitForFunction(() => location.search.includes('noise=1'))
    await kept(before)
    await page.locator('.document').evaluate((view) => view.scrollTo(0, 0))
    await page.getByRole('button', { name: 'Unfold file list' }).waitFor()
  })

  it('returns to its place when the page is loaded again', async () => {
    await openReport('?noise=1')
    await page.locator('.document').evaluate((view) => view.scrollTo(0, 700))
    await page.waitForFunction(() => Number(history.state?.report?.position?.split('.')[0]) > 3)
    const before = (await linesInView(page))[1]
    await page.reload()
    await page.waitForFunction(
      (text) =>
        [...document.querySelectorAll('.document .text')].some((one) => {
          const y = one.getBoundingClientRect().top
          return one.textContent === text && y > 80 && y < 180
        }),
      before,
    )
  })

  it('marks what only one side has, joins headings of one child, and names each heading once', async () => {
    await openReport('?noise=1')
    await page.getByRole('treeitem', { name: /^added teatime-completions/ }).waitFor()
    await page.getByRole('treeitem', { name: /^removed teatime-gtk2/ }).waitFor()
    await page.getByRole('heading', { name: 'file list', exact: true }).first().waitFor()
    await page.getByRole('heading', { name: 'control.tar.gz / control.tar', exact: true }).first().waitFor()
    await page.getByRole('treeitem').first().locator('.twist').click()
    await page.getByRole('treeitem', { name: 'control.tar.gz' }).click()
    await page.locator('.head.target', { hasText: 'control.tar.gz / control.tar' }).waitFor()
  })

  it('does not become narrower while it scrolls, which would show and hide its scroll bar for ever', async () => {
    page = await site.open(`${PAIR}?view=diffoscope&noise=1`, { width: 1280, height: 300 })
    await page.locator('.document .line').first().waitFor()
    const widths: number[] = []
    for (let top = 0; top < 2400; top += 200) {
      await page.locator('.document').evaluate((view, to) => view.scrollTo(0, to), top)
      await loaded(page)
      widths.push(
        await page
          .locator('.virtual-list')
          .evaluate((list) => Number((list as HTMLElement).style.getPropertyValue('--chars'))),
      )
    }
    expect(widths).toEqual([...widths].sort((a, b) => a - b))
    expect(widths.at(-1)).toBeGreaterThan(40)
  })

  it('asks once for lines that the service does not return, and says so', async () => {
    const requested: string[] = []
    page = await site.open(`${PAIR}?view=packages`)
    await page.route('**/graphql*', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { data?: { node?: { hunks?: { nodes: unknown[] } } } }
      const hunks = body.data?.node?.hunks
      if (hunks) {
        requested.push(route.request().url())
        hunks.nodes = []
      }
      await route.fulfill({ response: answer, json: body })
    })
    await page.keyboard.press('5')
    await page.getByText('did not return a part of this report').waitFor()
    const frame = () => page.evaluate(() => new Promise(requestAnimationFrame))
    for (let i = 0; i < 30; i += 1) await frame()
    // One that goes out of view may be requested again.
    const times = (url: string) => requested.filter((other) => other === url).length
    expect(Math.max(...requested.map(times))).toBeLessThanOrEqual(3)
  })

  it('tells a screen reader which lines were added and removed, and where a move leads', async () => {
    await openReport('?at=6')
    const said = async (line: string) =>
      (await page.locator(line, { hasText: 'Version: ' }).first().ariaSnapshot()).replace(/[\s:"-]+/g, ' ')
    expect(await said('.line.removed')).toMatch(/^ ?text 2 removed .*text Version 1\.4 deletion 1/)
    expect(await said('.line.added')).toMatch(/^ ?text 2 added .*text Version 1\.4 insertion 2/)
    await page.getByRole('heading', { name: './control', exact: true }).waitFor()
    await page.keyboard.press('n')
    await page.getByText(/^.*, change \d+, from line \d+$/).waitFor({ state: 'attached' })
  })

  it('keeps how the reader likes reports, unless the link says otherwise', async () => {
    await openReport()
    await page.keyboard.press('s')
    await page.locator('.document .row').first().waitFor()
    const grip = page.getByRole('separator', { name: 'Width of the list of files' })
    await grip.focus()
    await page.keyboard.press('ArrowRight')
    const width = async () => (await page.locator('.tree').boundingBox())?.width
    expect(await width()).toBeGreaterThan(330)
    const edge = await grip.boundingBox()
    await page.mouse.move((edge?.x ?? 0) + 3, 300)
    await page.mouse.down()
    await page.mouse.move(500, 300, { steps: 3 })
    await page.mouse.up()
    const wide = await width()
    expect(wide).toBe(500)
    await page.goto(`${site.service.url}${PAIR}?view=diffoscope`)
    await page.locator('.document .row').first().waitFor()
    expect(await width()).toBe(wide)
    await page.goto(`${site.service.url}${PAIR}?view=diffoscope&lines=unified`)
    await page.locator('.document .line').first().waitFor()
  })

  it('leaves the window to the lines, and the header leaves a phone', async () => {
    await openReport()
    for (const [size, share] of [
      [{ width: 1440, height: 900 }, 0.14],
      [{ width: 1280, height: 720 }, 0.17],
      [{ width: 390, height: 844 }, 0.2],
    ] as const) {
      await page.setViewportSize(size)
      // A phone begins without the list of files.
      await page.reload()
      await page.locator('.document .line').first().waitFor()
      const top = await page.locator('.document').evaluate((view) => view.getBoundingClientRect().top)
      expect(top / size.height, JSON.stringify(size)).toBeLessThanOrEqual(share)
    }
    await page.locator('.document').evaluate((view) => view.scrollTo(0, 400))
    await page.locator('.top').waitFor({ state: 'hidden' })
    const scrolled = () => page.evaluate(() => document.querySelector('main')?.scrollTop)
    expect(await scrolled()).toBe(0)
    await page.locator('.document').evaluate((view) => view.scrollTo(0, 300))
    await page.locator('.top').waitFor()
  })

  it('goes back to where a jump in the tree began', async () => {
    await openReport('?at=6')
    await atPosition(page, '6')
    const item = page.getByRole('treeitem', { name: /^teatime-doc/ })
    await item.click()
    await page.waitForFunction(() => !location.search.includes('at=6'))
    // The tree and the path above the lines name where it led.
    await page.locator('[aria-selected=true]', { hasText: 'teatime-doc' }).waitFor()
    expect(await page.locator('.where .path').innerText()).toMatch(/^teatime-doc/)
    await page.goBack()
    await atPosition(page, '6')
  })

  it('selects the text of one side alone', async () => {
    await openReport('?noise=1&lines=split&at=6')
    const half = page.locator('.row.changed', { hasText: 'Version' }).first().locator('.half .text')
    await page.locator('.head.target').waitFor()
    await half.first().waitFor()
    await loaded(page)
    const [left, right] = [await half.nth(0).boundingBox(), await half.nth(1).boundingBox()]
    await page.mouse.move((left?.x ?? 0) + 1, (left?.y ?? 0) + 8)
    await page.mouse.down()
    await page.mouse.move((right?.x ?? 0) + 60, (right?.y ?? 0) + 28, { steps: 4 })
    await page.mouse.up()
    const text = await page.evaluate(() => String(getSelection()))
    expect(text).toContain('Version: 1.4-1')
    expect(text).not.toContain('Version: 1.4-2')
  })

  it('hides rebuild noise at first, says how much, and keeps the position when it is shown', async () => {
    const isAt = (position: string, title: string) =>
      page.waitForFunction(
        ([at, text]) =>
          new URL(location.href).searchParams.get('at') === at &&
          document.querySelector('.head.target .title')?.textContent === text,
        [position, title],
      )
    // The file has another number in the report with noise.
    const file = './usr/share/applications/teatime.desktop'
    await openReport('?at=11')
    await isAt('11', file)
    const hides = page.locator('.hides')
    const noise = page.getByLabel('Noise hidden')
    expect(await noise.isChecked()).toBe(true)
    const hidden = await hides.innerText()
    expect(hidden).toBe('Hidden: MD5SUMS 2 files, OUTER_SIZES 2 files, MEMBER_SIZES 1 file')
    const totals = () => page.locator('.totals').innerText()
    expect(await totals()).toBe('27 files changed, 12 hunks +60 −33')

    await page.keyboard.press('f')
    await isAt('15', file)
    expect((await queryOf(page)).noise).toBe('1')
    expect(await noise.isChecked()).toBe(false)
    expect(await hides.count()).toBe(0)
    expect(await totals()).toBe('36 files changed, 17 hunks +67 −41')

    // Not `check`, which expects the new state at once: it follows the address.
    await noise.click()
    await isAt('11', file)
    expect(await queryOf(page)).not.toHaveProperty('noise')
    expect(await hides.innerText()).toBe(hidden)
  })

  it('finds paths and text in the whole report', async () => {
    await openReport('?noise=1')
    await page.keyboard.press('e')
    await page.keyboard.type('md5')
    await page.locator('.found button').first().waitFor()
    expect(await page.locator('.found .path').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('md5sums')]),
    )
    // The arrow keys reach the results, and the keys of the report work afterwards.
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('md5sums')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() =>
      document.querySelector('.head.target .title')?.textContent?.includes('md5sums'),
    )
    await page.keyboard.press('n')
    await page.locator('.hunk-head.target').waitFor()
    expect(await page.getByRole('searchbox', { name: 'Path' }).inputValue()).toBe('')
    // All of a small report is in the document, so that the browser's own search finds it.
    expect(
      await page.evaluate(() => (window as unknown as { find(text: string): boolean }).find('Earl Grey')),
    ).toBe(true)
    await page.getByLabel('Find in this report').fill('earl')
    await page.getByText(/^\d+ match(es)?$/).waitFor()
    expect(await page.locator('.found .hit').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('Earl Grey')]),
    )
    await page.keyboard.press('Enter')
    await page.locator('.line.target', { hasText: 'Earl Grey' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByLabel('Find in this report').inputValue()).toBe('')
  })

  it('folds and unfolds a file', async () => {
    await openReport()
    await page.locator('.head .fold').first().click()
    await page.locator('.head', { hasText: 'files inside' }).waitFor()
    const titles = await page.locator('.head .title').allInnerTexts()
    expect(titles[1]).toContain('teatime-completions')
    await page.locator('.head .fold').first().click()
    await page.locator('.head', { hasText: 'control.tar.gz' }).first().waitFor()
  })

  it('closes a menu by a click outside and by Esc, which leaves the focus on its button', async () => {
    await openReport()
    const box = page.locator('.menu-box', { hasText: 'Markdown' })
    const button = page.getByText('Download', { exact: true })
    await button.click()
    await box.waitFor()
    await page.locator('.where').click()
    await box.waitFor({ state: 'hidden' })
    await button.click()
    await page.keyboard.press('Escape')
    await box.waitFor({ state: 'hidden' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Download')
  })

  it('offers a download in every format', async () => {
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

  it('is shown with its noise while there is no summary, which can be made', async () => {
    // As in a cache that the old service filled.
    await removeTree(join(site.service.places.cache, 'differ/entries/summary'))
    await openReport()
    const note = page.getByText('Noise is shown, because there is no summary yet')
    await note.waitFor()
    expect(await page.getByLabel('Noise hidden').count()).toBe(0)
    // Nothing covers it, whole and in one line.
    const [where, box] = [page.locator('.where'), await note.boundingBox()]
    expect(box?.height).toBeLessThan(30)
    expect(await where.evaluate((line) => line.scrollWidth - line.clientWidth)).toBe(0)
    await where.getByRole('button', { name: 'Generate it' }).click()
    await page.getByRole('button', { name: 'Generate diff' }).click()
    await page.getByLabel('Noise hidden').waitFor()
    expect(await note.count()).toBe(0)
  })
})
