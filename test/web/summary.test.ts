/** The page's summary of a change, in a real browser. */
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { startService } from '../fixtures/service.ts'
import { describeInBrowser, expectAccessible, queryOf, type WindowSize } from './browser.ts'

const MARKUP = '<img src=x onerror=alert(1)>'
/** Compressed at this time, which is stored in the header. */
function gzippedAt(seconds: number): Buffer {
  const bytes = gzipSync('News of tea\n')
  bytes.writeUInt32LE(seconds, 4)
  return bytes
}
/** More than a page has. */
const many = Array.from({ length: 120 }, (_, n) => String(n).padStart(3, '0'))
const TOKEN = 'a-token-of-the-test'

async function startWithTea() {
  const service = await startService()
  const common = { codebase: 'tea', source: 'tea', resultCode: 'success' } as const
  const tea = (kind: string, mode: number) => ({
    name: 'tea',
    version: '1.0-1',
    control: { Depends: kind === 'mate' ? 'kettle' : 'kettle, sieve' },
    files: {
      'usr/share/tea/kinds': `oolong\n${kind}\n`,
      [`usr/share/tea/${MARKUP}`]: `${kind}\n`,
      'usr/bin/pot': { content: '#!/bin/sh\necho tea\n', mode },
      'usr/share/doc/tea/copyright': 'Public domain\n',
      'usr/share/doc/tea/NEWS.gz': gzippedAt(mode),
    },
  })
  const cup = { name: 'cup', version: '1.0-1', files: { 'usr/share/cup': 'cup\n' } }
  const old = [tea('assam', 0o755), cup]
  await service.addRun({ id: 'old', campaign: 'unchanged', ...common }, old)
  await service.addRun({ id: 'same', campaign: 'rebuild', ...common }, old)
  await service.addRun({ id: 'new', campaign: 'lintian-fixes', ...common }, [tea('mate', 0o4755), cup])
  const boxes = Object.fromEntries(many.map((n) => [`usr/share/boxes/${n}`, `${n}\n`]))
  await service.addRun({ id: 'boxes', campaign: 'boxes', ...common }, [
    tea('assam', 0o755),
    { ...cup, files: { ...cup.files, ...boxes } },
    { name: 'lid', version: '1.0-1', files: { 'usr/share/lid': 'lid\n' } },
  ])
  for (const id of ['new', 'same', 'boxes']) await service.ask(`/summary/old/${id}`)
  return service
}

describeInBrowser('The page of a summary', startWithTea, (site) => {
  let page: Page
  const open = async (pair: string, size?: WindowSize) => {
    page = await site.open(`/compare/${pair}`, size)
  }

  it('says first whether the change matters, and why', async () => {
    await open('old/new')
    await page.getByRole('heading', { name: 'The packages differ by more than noise.' }).waitFor()
    expect(await page.locator('.chip').allInnerTexts()).toEqual([
      '1 bad',
      expect.stringMatching(/^\d+ to verify$/),
    ])
    await page.getByText('1 of 2 packages differs by more than noise.').waitFor()
    const groups = await page.locator('.findings h2').allInnerTexts()
    expect(groups[0]).toMatch(/^Bad/)
    const bad = await page.getByRole('region', { name: 'Bad' }).innerText()
    expect(bad).toContain('usr/bin/pot')
    expect(bad).toContain('MODE_SETUID')
    const rows = await page.locator('.packages tbody tr').allInnerTexts()
    expect(rows[0]).toMatch(/tea[\s\S]*more than noise/)
    expect(rows[1]).toMatch(/cup[\s\S]*(noise alone|nothing)/)
    await expectAccessible(page)
  })

  it('leads from a finding to its place, and back', async () => {
    await open('old/new')
    await page.getByRole('region', { name: 'Bad' }).getByRole('link').first().click()
    await page.locator('.file-header').waitFor()
    expect(await queryOf(page)).toMatchObject({ package: 'tea', file: 'usr/bin/pot' })
    await page.goBack()
    // A field is a line of the control file.
    await page.getByRole('link', { name: 'tea Depends' }).first().click()
    await page.locator('.line.target', { hasText: 'Depends: kettle, sieve' }).waitFor()
    await page.keyboard.press('1')
    await page.getByRole('region', { name: 'Bad' }).waitFor()
    // A package is a row.
    await open('old/boxes')
    await page.getByRole('link', { name: 'lid', exact: true }).first().click()
    await page.locator('.packages .target', { hasText: 'lid' }).waitFor()
  })

  it('has the control file among the contents if a field of it matters', async () => {
    await open('old/new?view=files')
    const control = page.locator('[data-card="tea control/control"]')
    await control.locator('.line.removed', { hasText: 'Depends: kettle, sieve' }).waitFor()
    await page.goto(`${site.service.url}/compare/old/boxes?view=files`)
    await page.locator('.card').first().waitFor()
    expect(await page.locator('[data-card="cup control/control"]').count()).toBe(0)
  })

  it('shows names with markup as text', async () => {
    await open('old/new')
    await page.getByRole('region', { name: 'Bad' }).waitFor()
    expect(await page.locator('.answer').innerText()).toContain(MARKUP)
    expect(await page.locator('main img').count()).toBe(0)
  })

  it('has noise as lines that open to their files', async () => {
    await open('old/new')
    const noise = page.locator('.noise details')
    await noise.first().waitFor()
    for (const line of await noise.locator('summary').all()) await line.click()
    await page.locator('.noise').getByRole('link', { name: 'usr/share/doc/tea/NEWS.gz' }).waitFor()
    await page.getByText('This is in the package itself or its control file.').first().waitFor()
    await expectAccessible(page)
  })

  it('lists a hundred findings, and more when that is requested', async () => {
    await open('old/boxes')
    await page.locator('.finding').first().waitFor()
    expect(await page.locator('.finding').count()).toBe(100)
    await page.getByRole('button', { name: /^Show more findings of \d+$/ }).click()
    await page
      .getByRole('link', { name: `usr/share/boxes/${many.at(-1)}` })
      .first()
      .waitFor()
    expect(await page.locator('.finding').count()).toBeGreaterThanOrEqual(many.length)
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0)
  })

  it('says that packages are identical', async () => {
    await open('old/same')
    await page.getByRole('heading', { name: 'The packages are identical, byte for byte.' }).waitFor()
    expect(await page.locator('.findings').count()).toBe(0)
  })

  it('fits on a phone', async () => {
    await open('old/new', { width: 390, height: 844 })
    await page.getByRole('region', { name: 'Bad' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })

  it('has a summary made that is missing', async () => {
    await open('same/new')
    await page.getByRole('region', { name: 'Bad' }).waitFor()
  })

  it('shows names, versions and sizes of the packages while they are read', async () => {
    page = await site.open('/queue')
    let read = () => {}
    const mayRead = new Promise<void>((resolve) => {
      read = resolve
    })
    await page.route('**/graphql', async (route) => {
      await mayRead
      await route.continue()
    })
    await page.goto(`${site.service.url}/compare/boxes/new`)
    await page.getByRole('heading', { name: /^Reading 5 packages, [\d.]+ KB …$/ }).waitFor()
    expect(await page.locator('.packages').innerText()).toMatch(/cup[\s\S]*1\.0-1[\s\S]*tea[\s\S]*1\.0-1/)
    await expectAccessible(page)
    read()
    await page.locator('.verdict-text').waitFor()
    expect(await page.locator('.reading').count()).toBe(0)
  })

  it('asks for the token before it has a summary made', async () => {
    const closed = await startService({
      databaseUrl: site.service.databaseUrl as string,
      places: site.service.places,
      env: { DIFFER_TOKEN: TOKEN },
    })
    page = await site.open(`${closed.url}/compare/new/same`)
    await page.getByRole('button', { name: 'Generate diff' }).click()
    await page.getByLabel('Token').fill(TOKEN)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'The packages differ by more than noise.' }).waitFor()
    await page.close()
    await closed.close()
  })
})
