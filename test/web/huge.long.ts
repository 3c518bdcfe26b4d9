/** The web page with a report that is larger than any string of JavaScript: 600 MB. Beside `large.test.ts`, which has less. */
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { assembleReport } from '../../src/diff/report/assemble.ts'
import { node, toReport } from '../diff/report/model.ts'
import { startService } from '../fixtures/service.ts'
import { describeInBrowser, heapOf, linesInView, loaded } from './browser.ts'

const PARTS = 22
const LINES_OF_SIDE = 125_000

async function startWithHugeReport() {
  const service = await startService()
  for (const id of ['huge-old', 'huge-new'])
    await service.addRun({ id, codebase: 'huge', source: 'huge' }, [
      { name: 'huge', version: '1', files: { 'usr/share/huge/file': id } },
    ])
  const side = (sign: string) =>
    Array.from({ length: LINES_OF_SIDE }, (_, i) => `${sign}huge ${i + 1} ${'x'.repeat(100)}\n`).join('')
  const diff = `@@ -1,${LINES_OF_SIDE} +1,${LINES_OF_SIDE} @@\n${side('-')}${side('+')}`
  const part = join(service.places.temp, 'part.json')
  await writeFile(part, toReport(node('root', { details: [node('long', { unified_diff: diff })] })))
  const folder = join(service.places.cache, 'diffoscope')
  await mkdir(folder, { recursive: true })
  const file = createWriteStream(join(folder, 'huge-old_huge-new.json'))
  const parts = Array.from({ length: PARTS }, (_, i) => ({
    jsonPath: part,
    source1: `huge${i}.deb`,
    source2: `huge${i}.deb`,
  }))
  let bytes = 0
  await assembleReport(parts, (chunk) => {
    bytes += chunk.length
    return new Promise<void>((written) => void file.write(chunk, () => written()))
  })
  await new Promise<void>((ended) => file.end(ended))
  expect(bytes).toBeGreaterThan(590_000_000)
  return service
}

describeInBrowser('A report of 600 MB', startWithHugeReport, (site) => {
  it('opens at a line, ends with its last one, and takes no more of the document and of memory than a small one', async () => {
    const page = await site.open(`/compare/huge-old/huge-new?view=diffoscope&noise=1&at=20.0.98765`)
    await page.locator('.line.target').waitFor()
    expect(await page.locator('.line.target .text').innerText()).toContain('huge 98766 ')
    await page.keyboard.press('o')
    await page.keyboard.press('End')
    await expect.poll(async () => (await linesInView(page)).at(-1)).toContain(`huge ${LINES_OF_SIDE} `)
    for (const part of [0.1, 0.9, 0.5]) {
      await page.evaluate((to) => {
        const view = document.querySelector('.document') as HTMLElement
        view.scrollTop = to * (view.scrollHeight - view.clientHeight)
      }, part)
      await loaded(page)
      expect(await page.locator('.document *').count()).toBeLessThan(8000)
    }
    expect(await heapOf(page)).toBeLessThan(80_000_000)
  })
})
