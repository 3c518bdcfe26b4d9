/** The page's view of single files, in a real browser. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { png } from '../diff/file/pictures.ts'
import { startService, type TestService } from '../fixtures/service.ts'
import { type Browser, expectAccessible, hasChromium, queryOf, startBrowser } from './browser.ts'

const HOSTILE = 'usr/share/tea/<img src=x onerror=alert(1)>'

describe.skipIf(!hasChromium)('The page of a file (skipped without Chromium)', () => {
  let service: TestService
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    service = await startService()
    const common = { codebase: 'tea', source: 'tea', resultCode: 'success' } as const
    const tea = (kind: string, byte: number) => ({
      name: 'tea',
      version: '1.0-1',
      files: {
        'usr/share/tea/kinds': `oolong\n${kind}\n`,
        [HOSTILE]: `${kind}\n`,
        'usr/bin/pot': Buffer.from([0, 1, byte]),
        'usr/share/pixmaps/tea.png': png(40, 20 + byte),
        ...(kind === 'mate' && { 'etc/cron.d/tea': '@daily root /usr/bin/pot\n' }),
      },
    })
    await service.addRun({ id: 'old', campaign: 'unchanged', ...common }, [tea('assam', 3)])
    await service.addRun({ id: 'new', campaign: 'lintian-fixes', ...common }, [tea('mate', 4)])
    await service.ask('/summary/old/new')
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
  const open = async (query: string) => {
    page = await browser.open(`${service.url}/compare/old/new?${query}`)
  }
  const openFile = (path: string) => open(`view=files&package=tea&file=${encodeURIComponent(path)}`)

  it('opens by a click on a file of the summary, and closes by a key', async () => {
    await open('view=files')
    await page.getByRole('link', { name: 'usr/share/tea/kinds' }).click()
    await page.locator('.document .line').first().waitFor()
    expect(await page.locator('.file-header h2').textContent()).toBe('usr/share/tea/kinds of tea')
    expect(await page.locator('.document').innerText()).toMatch(/assam[\s\S]*mate/)
    expect(await queryOf(page)).toMatchObject({ view: 'files', package: 'tea', file: 'usr/share/tea/kinds' })
    await expectAccessible(page)
    await page.keyboard.press('u')
    await page.getByRole('link', { name: 'etc/cron.d/tea' }).waitFor()
    expect(await queryOf(page)).toEqual({ view: 'files' })
    await expectAccessible(page)
  })

  it('filters the list, and marks files as viewed', async () => {
    await open('view=files')
    await page.getByLabel('Filter files').fill('tea kinds')
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1)
    await page.getByLabel('Viewed usr/share/tea/kinds').check()
    await page.getByText('1 viewed').waitFor()
    await page.getByRole('link', { name: 'usr/share/tea/kinds' }).click()
    await page.locator('.document .line').first().waitFor()
    expect(await page.getByLabel('File viewed').isChecked()).toBe(true)
    await page.keyboard.press('v')
    await page.waitForFunction(() => localStorage.getItem('differ-viewed') === '[]')
    await page.getByRole('button', { name: 'Copy the path' }).click()
    await page.getByText('Path copied').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('usr/share/tea/kinds')
  })

  it('shows a file that only one side has, and moves through it by keys', async () => {
    await openFile('etc/cron.d/tea')
    await page.getByText('@daily root /usr/bin/pot').waitFor()
    await page.getByText('Only in the new package').waitFor()
    await page.keyboard.press('n')
    await page.locator('.hunk-head.target').waitFor()
    await page.keyboard.press('5')
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

  it('says that a file does not exist', async () => {
    await openFile('usr/bin/cup')
    await page.getByText('has no file "usr/bin/cup"').waitFor()
  })
})
