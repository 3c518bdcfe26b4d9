/**
 * The web page with a report that no DOM could hold: 40 MB, a node with thousands of hunks, a hunk of 200,000
 * lines.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { node, toReport } from '../diff/report/model.ts'
import { startService } from '../fixtures/service.ts'
import { atPosition, describeInBrowser, heapOf, linesInView, loaded, queryOf } from './browser.ts'
import { pagesOf } from './pdf.ts'

const HUNKS = 6000
/** Removed lines of the long hunk, and as many added ones. */
const LONG = 100_000

/** Each line contains its number, so that the tests can tell which ones are visible. */
function manyHunks(): string {
  const hunks = Array.from({ length: HUNKS }, (_, hunk) => {
    const at = hunk * 50 + 1
    const around = (from: number) => Array.from({ length: 3 }, (_, i) => ` many ${from + i}\n`).join('')
    return `@@ -${at},8 +${at},8 @@\n${around(at)}-many ${at + 3} old\n-many ${at + 4} old\n+many ${at + 3} new\n+many ${at + 4} new\n${around(at + 5)}`
  })
  return hunks.join('')
}
function longHunk(): string {
  const side = (sign: string) =>
    Array.from({ length: LONG }, (_, i) => `${sign}long ${i + 1} ${'x'.repeat(100)}\n`).join('')
  return `@@ -1,${LONG} +1,${LONG} @@\n${side('-')}${side('+')}`
}

async function startWithLargeReport() {
  const service = await startService()
  for (const id of ['large-old', 'large-new'])
    await service.addRun({ id, codebase: 'large', source: 'large' }, [
      { name: 'large', version: '1', files: { 'usr/share/large/file': id } },
    ])
  const below = Array.from({ length: 400 }, (_, i) =>
    node(`file ${i}`, { unified_diff: `@@ -1 +1 @@\n-file ${i} old\n+file ${i} new\n` }),
  )
  const report = toReport(
    node('root', {
      details: [
        node('many', { unified_diff: manyHunks() }),
        node('folder', { details: below }),
        node('long', { unified_diff: longHunk() }),
        node('last', {
          comments: ['objdump is not there: <b>bold</b>'],
          unified_diff: '@@ -1 +1 @@\n-the end, old\n+the very last line\n',
        }),
      ],
    }),
  )
  expect(report.length).toBeGreaterThan(20_000_000)
  const folder = join(service.places.cache, 'diffoscope')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'large-old_large-new.json'), report)
  return service
}

describeInBrowser('A large report', startWithLargeReport, (site) => {
  let page: Page
  const open = async (query = '') => {
    page = await site.open(`/compare/large-old/large-new?view=diffoscope&noise=1${query.replace('?', '&')}`)
    await page.locator('.document .line, .document .row').first().waitFor()
  }
  /** Expects that the drawn items have no gaps and no duplicates. */
  const expectOrder = async () => {
    const boxes = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('.list-item')]
        .map((item) => ({ key: item.dataset.item, ...item.getBoundingClientRect().toJSON() }))
        .sort((a, b) => a.top - b.top),
    )
    expect(new Set(boxes.map(({ key }) => key)).size).toBe(boxes.length)
    for (const [index, { top }] of boxes.entries())
      if (index > 0) expect(Math.abs(top - (boxes[index - 1]?.bottom ?? 0))).toBeLessThan(1.5)
  }
  /** The numbers of visible lines like `many 17 old`. */
  const numbersInView = async (name: string) =>
    (await linesInView(page))
      .flatMap((text) => new RegExp(`^${name} (\\d+)`).exec(text)?.[1] ?? [])
      .map(Number)

  it('scrolls by wheel without gaps, and by scroll bar to anywhere', async () => {
    await open()
    let before = await numbersInView('many')
    expect(before[0]).toBe(1)
    await page.mouse.move(800, 500)
    for (let i = 0; i < 12; i += 1) {
      await page.mouse.wheel(0, 400)
      await loaded(page)
      await expectOrder()
      const now = await numbersInView('many')
      // It continues with the previously visible lines, or with the next one.
      expect(now[0]).toBeGreaterThanOrEqual(before[0] as number)
      expect(now[0]).toBeLessThanOrEqual((before.at(-1) as number) + 1)
      before = now
    }
    for (const part of [0.5, 0.2, 0.9, 0.05]) {
      await page.evaluate((to) => {
        const view = document.querySelector('.document') as HTMLElement
        view.scrollTop = to * (view.scrollHeight - view.clientHeight)
      }, part)
      await loaded(page)
      await expectOrder()
      expect(await page.locator('.document *').count()).toBeLessThan(8000)
    }
  })

  it.each([1, 10])('ends with its last line on a machine %i times as slow', async (rate) => {
    await open()
    const debug = await page.context().newCDPSession(page)
    await debug.send('Emulation.setCPUThrottlingRate', { rate })
    await page.keyboard.press('o')
    await page.keyboard.press('End')
    await page.getByText('the very last line').waitFor()
    expect((await linesInView(page)).at(-1)).toBe('the very last line')
    await page.getByText('objdump is not there: <b>bold</b>').first().waitFor()
    await page.keyboard.press('Home')
    await page.locator('.text', { hasText: /^many 1$/ }).waitFor()
  })

  it('goes to both ends again and again, whatever is being measured or loaded', async () => {
    await open()
    await page.keyboard.press('o')
    const top = () => page.locator('.document').evaluate((view) => view.scrollTop)
    for (let i = 0; i < 10; i += 1) {
      await page.keyboard.press('PageDown')
      await page.keyboard.press('End')
      await page.getByText('the very last line').waitFor()
      await page.keyboard.press('PageUp')
      // Home is pressed at different times around the moment when the scroll bar is moved to the viewport.
      await page.waitForTimeout(i * 30)
      await page.keyboard.press('Home')
      await page.locator('.text', { hasText: /^many 1$/ }).waitFor()
      await expect.poll(top).toBe(0)
    }
  })

  it.each([
    ['1.4321.3', 'many 216054 old'],
    ['403.0.98765', 'long 98766 '],
    ['403.0.150000', 'long 50001 '],
    ['399.0.0', 'file 396 old'],
  ])('opens at %s', async (position, text) => {
    await open(`?at=${position}`)
    await page.locator('.line.target').waitFor()
    expect(await page.locator('.line.target .text').innerText()).toContain(text)
    expect((await linesInView(page)).some((line) => line.startsWith(text))).toBe(true)
    await expectOrder()
  })

  it('goes from hunk to hunk across files', async () => {
    await open('?at=402.0')
    await page.locator('.hunk-head.target').waitFor()
    for (const [key, position] of [
      ['n', '403.0'],
      ['n', '404.0'],
      ['[', '403.0'],
      ['[', '402.0'],
      ['p', '401.0'],
    ] as const) {
      await page.keyboard.press(key)
      await atPosition(page, position)
    }
  })

  it('loads a very long hunk side by side while scrolling', async () => {
    await open('?lines=split&at=403.0')
    await page.locator('.row', { hasText: 'long 1 ' }).first().waitFor()
    const rows = () => page.locator('.row.changed .half:first-child .number').allInnerTexts()
    for (let i = 0; i < 6; i += 1) {
      await page.mouse.move(800, 500)
      await page.mouse.wheel(0, 1500)
      await loaded(page)
      await expectOrder()
    }
    const numbers = (await rows()).map(Number)
    expect(numbers.at(-1)).toBeGreaterThan(150)
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => (numbers[0] as number) + i))
  })

  it('lists the reasons why it may be incomplete', async () => {
    await open()
    await page.getByText('Incomplete').click()
    const reasons = await page.locator('.incomplete li').allInnerTexts()
    expect(reasons.join('\n')).toContain('Imported from the previous service')
  })

  it('prints what was in view, and says where all of it is', async () => {
    await open()
    await page.waitForLoadState('networkidle')
    const pages = pagesOf(await page.pdf({ format: 'A4' }))
    expect(pages.length).toBeLessThan(8)
    expect(pages.join('')).toMatch(/many1.*toolargetobeprintedwhole.*renderings\/.*page=1/)
  })

  it('unloads parts, so that memory stays bounded', async () => {
    await open()
    for (let i = 0; i < 60; i += 1) {
      await page.evaluate(
        (part) => {
          const view = document.querySelector('.document') as HTMLElement
          view.scrollTop = part * (view.scrollHeight - view.clientHeight)
        },
        ((i * 37) % 60) / 60,
      )
      await loaded(page)
    }
    expect(await heapOf(page)).toBeLessThan(80_000_000)
    expect(await queryOf(page)).toEqual({ view: 'diffoscope', noise: '1' })
  })
})
