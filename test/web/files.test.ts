/** The page's view of single files, in a real browser. */
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { png } from '../diff/file/pictures.ts'
import { startService } from '../fixtures/service.ts'
import { describeInBrowser, expectAccessible, queryOf } from './browser.ts'

/** Compressed at this time, which is stored in the header. */
function gzippedAt(seconds: number): Buffer {
  const bytes = gzipSync('News of tea\n')
  bytes.writeUInt32LE(seconds, 4)
  return bytes
}
const HOSTILE = 'usr/share/tea/<img src=x onerror=alert(1)>'

/** A service with two builds of tea, and their summary. */
async function startWithTea() {
  const service = await startService()
  const common = { codebase: 'tea', source: 'tea', resultCode: 'success' } as const
  const tea = (kind: string, byte: number) => ({
    name: 'tea',
    version: '1.0-1',
    files: {
      'usr/share/tea/kinds': `oolong\n${kind}\n`,
      [HOSTILE]: `${kind}\n`,
      'usr/bin/pot': Buffer.from([0, 1, byte]),
      'usr/share/tea/long': `${'x'.repeat(12_000)}${kind}\n`,
      'usr/share/tea/spaces': kind === 'mate' ? 'a  b\n' : 'a b\n',
      'usr/share/doc/tea/NEWS.gz': gzippedAt(byte),
      'usr/share/pixmaps/tea.png': png(40, 20 + byte),
      'usr/share/pixmaps/poster.png': png(500, 300 + byte),
      ...(kind === 'mate' && { 'etc/cron.d/tea': '@daily root /usr/bin/pot\n' }),
    },
  })
  await service.addRun({ id: 'old', campaign: 'unchanged', ...common }, [tea('assam', 3)])
  await service.addRun({ id: 'new', campaign: 'lintian-fixes', ...common }, [tea('mate', 4)])
  await service.ask('/summary/old/new')
  return service
}

describeInBrowser('The page of a file', startWithTea, (site) => {
  let page: Page
  const open = async (query: string) => {
    page = await site.open(`/compare/old/new?${query}`)
  }
  const openFile = (path: string) => open(`view=files&package=tea&file=${encodeURIComponent(path)}`)

  const card = (path: string) => page.locator(`[data-card="tea ${path}"]`)
  const current = () => page.locator('[role=treeitem][aria-selected=true]')

  it('shows the files one below the other, beside a tree that leads to them', async () => {
    await open('view=files')
    await card('usr/share/tea/kinds').getByText('mate').waitFor()
    expect(await card('etc/cron.d/tea').innerText()).toMatch(/-rw-r--r--\s+25 B[\s\S]*@daily root/)
    await page.getByRole('treeitem', { name: 'etc/cron.d' }).waitFor()
    await page.getByRole('treeitem', { name: 'kinds' }).click()
    await page.waitForFunction(
      () => document.querySelector('[aria-selected=true]')?.textContent?.endsWith('kinds') === true,
    )
    expect(await queryOf(page)).toMatchObject({
      view: 'files',
      package: 'tea',
      file: 'usr/share/tea/kinds',
      among: '1',
    })
    await expectAccessible(page)
    await page.getByRole('treeitem').first().focus()
    await page.keyboard.press('ArrowLeft')
    await page.locator('[data-key="tea etc/cron.d/tea"]').waitFor({ state: 'detached' })
    await page.goBack()
    await page.waitForFunction(() => !location.search.includes('among'))
  })

  it('links to a line in its card, and opens a file alone', async () => {
    await open('view=files')
    await card('usr/share/tea/kinds').locator('.line .number').first().click()
    await page.waitForFunction(() => location.search.includes('at='))
    await page.reload()
    await card('usr/share/tea/kinds').locator('.line.target').waitFor()
    await card('usr/share/tea/kinds').getByRole('link', { name: 'usr/share/tea/kinds' }).click()
    await page.locator('.document .line').first().waitFor()
    expect(await page.locator('.file-header h2').textContent()).toBe('usr/share/tea/kinds of tea')
    expect(await page.locator('.document').innerText()).toMatch(/assam[\s\S]*mate/)
    await expectAccessible(page)
    await page.keyboard.press('u')
    await card('etc/cron.d/tea').waitFor()
    expect(await queryOf(page)).toEqual({ view: 'files' })
  })

  it('finds the line of a link in a file that was made anew, or says that it is not there', async () => {
    await open('view=files')
    await card('usr/share/tea/kinds').locator('.line.added .number').last().click()
    await page.waitForFunction(() => location.search.includes('line=mate'))
    const query = await queryOf(page)
    const openAt = async (changes: Record<string, string>) => {
      await page.goto(`${site.service.url}/compare/old/new?${new URLSearchParams({ ...query, ...changes })}`)
    }
    // As if other lines had been before it.
    await openAt({ at: '1.0.0' })
    await card('usr/share/tea/kinds').locator('.line.target', { hasText: 'mate' }).waitFor()
    await page.keyboard.press('y')
    await page.getByText('Link copied').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('line=mate')
    await openAt({ line: 'nothing like this' })
    await page.getByText('The line of this link is not in the file any more.').waitFor()
  })

  it('filters the files in place, and marks them as viewed, which folds them', async () => {
    await open('view=files')
    await page.keyboard.press('e')
    await page.getByLabel('Filter files').fill('tea kinds')
    await page.waitForFunction(() => document.querySelectorAll('.card').length === 1)
    await page.getByText(/^1 of \d$/).waitFor()
    await card('usr/share/tea/kinds').getByText('mate').waitFor()
    await page.getByLabel('Viewed usr/share/tea/kinds').check()
    await page.getByText(/^1 of \d files viewed$/).waitFor()
    expect(await card('usr/share/tea/kinds').locator('.line').count()).toBe(0)
    await card('usr/share/tea/kinds').getByRole('button', { name: 'Copy the path' }).click()
    await page.getByText('Path copied').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('usr/share/tea/kinds')
    await page.keyboard.press('v')
    await page.waitForFunction(() => localStorage.getItem('differ-viewed') === '[]')
    await card('usr/share/tea/kinds').getByText('mate').waitFor()
  })

  it('moves through changes and files by keys, and says where it is', async () => {
    await open('view=files')
    await card('etc/cron.d/tea').locator('.line').first().waitFor()
    const said = page.locator('#announcements')
    await page.keyboard.press('j')
    await said.getByText('usr/bin/pot').waitFor({ state: 'attached' })
    await page.keyboard.press('k')
    await said.getByText('etc/cron.d/tea').waitFor({ state: 'attached' })
    await page.keyboard.press('x')
    await card('etc/cron.d/tea').locator('.line').first().waitFor({ state: 'detached' })
    expect(await current().textContent()).toContain('tea')
  })

  it('marks a change far behind the beginning of a long line', async () => {
    await open('view=files')
    const added = card('usr/share/tea/long').locator('.line.added')
    await added.locator('ins', { hasText: 'mate' }).waitFor()
    await added.getByText('2,004 characters more').waitFor()
  })

  it('folds hunks of white space and noise to grey lines, which open', async () => {
    await open('view=files')
    const spaces = card('usr/share/tea/spaces')
    await spaces.getByText('White space only, 1 line from line 1').click()
    await spaces.locator('.line.added').waitFor()
    expect(await page.locator('.cards > .noise summary').allInnerTexts()).toEqual([
      expect.stringContaining('header of a gzip file'),
      expect.stringContaining('Sizes of the compressed archives'),
    ])
  })

  it('shows a file that only one side has, and moves through it by keys', async () => {
    await openFile('etc/cron.d/tea')
    await page.getByText('@daily root /usr/bin/pot').waitFor()
    await page.getByText('Only in the new package').waitFor()
    await page.keyboard.press('n')
    await page.locator('.hunk-head.target').waitFor()
    await page.keyboard.press('2')
    await page.getByRole('link', { name: 'etc/cron.d/tea' }).waitFor()
  })

  it('shows names with markup as text', async () => {
    await openFile(HOSTILE)
    await page.locator('.document .line').first().waitFor()
    expect(await page.locator('.file-header h2').textContent()).toBe(`${HOSTILE} of tea`)
    expect(await page.locator('main img').count()).toBe(0)
  })

  it('has a binary file compared on request, and then shows both pictures', async () => {
    await openFile('usr/share/pixmaps/tea.png')
    await page.getByRole('button', { name: 'Generate diff' }).click()
    const pictures = page.locator('.pictures img')
    await pictures.nth(1).waitFor()
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>('.pictures img')].every(
        ({ complete, naturalWidth }) => complete && naturalWidth === 40,
      ),
    )
    expect(await page.locator('figcaption').allTextContents()).toEqual([
      expect.stringMatching(/^Old: 40 × 23, /),
      expect.stringMatching(/^New: 40 × 24, /),
    ])
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Hide pictures' }).click()
    expect(await pictures.count()).toBe(0)
  })

  it('has both pictures beside each other, and half of the window for the lines', async () => {
    await openFile('usr/share/pixmaps/poster.png')
    await page.getByRole('button', { name: 'Generate diff' }).click()
    await page.locator('.document .line').first().waitFor()
    const boxes = async () =>
      await Promise.all([0, 1].map((at) => page.locator('.pictures figure').nth(at).boundingBox()))
    const [old, newer] = await boxes()
    expect(newer?.y).toBe(old?.y)
    const bottom = async (of: string) =>
      await page
        .locator(of)
        .last()
        .evaluate((one) => one.getBoundingClientRect().bottom)
    expect(await bottom('.pictures figcaption')).toBeLessThanOrEqual(await bottom('.pictures'))
    expect((await page.locator('.document').boundingBox())?.height).toBeGreaterThan(200)
    // The view follows its size once, and rests.
    for (const name of ['Hide pictures', 'Show as pictures', 'Hide pictures']) {
      await page.getByRole('button', { name }).click()
      await page.locator('.document .line').first().waitFor()
      const changes = await page.evaluate(async () => {
        const frames = async (count: number) => {
          for (let i = 0; i < count; i += 1) await new Promise(requestAnimationFrame)
        }
        await frames(20)
        let seen = 0
        const observer = new MutationObserver((records) => {
          seen += records.length
        })
        observer.observe(document.querySelector('.document') as Element, {
          subtree: true,
          attributes: true,
          childList: true,
        })
        await frames(20)
        return seen
      })
      expect(changes, name).toBe(0)
    }
  })

  it('keeps folds, the filter and the place, and goes from the filter to the first file', async () => {
    await open('view=files')
    await card('etc/cron.d/tea').locator('.line').first().waitFor()
    await page.keyboard.press('x')
    await card('etc/cron.d/tea').locator('.line').first().waitFor({ state: 'detached' })
    await page.keyboard.press('e')
    await page.keyboard.type('tea')
    await page.getByText(/^\d of \d$/).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.activeElement?.className === 'cards')
    await page.keyboard.press('f')
    await page.waitForFunction(() => location.search.includes('noise=1'))
    await page.getByRole('link', { name: 'Packages' }).click()
    await page.locator('.packages').waitFor()
    await page.getByRole('link', { name: 'Contents' }).click()
    await page.getByRole('button', { name: 'Unfold etc/cron.d/tea' }).waitFor()
    expect(await page.getByLabel('Filter files').inputValue()).toBe('tea')
    await page.getByRole('link', { name: 'Skip to the content' }).focus()
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('cards')
  })

  it('says that a file does not exist', async () => {
    await openFile('usr/bin/cup')
    await page.getByText('has no file "usr/bin/cup"').waitFor()
  })
})
