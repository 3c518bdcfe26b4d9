/** Reports of 20 KB to 60 MB on the web page: diffoscope compares programs and libraries of this machine. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { startService } from '../fixtures/service.ts'
import { describeInBrowser, expectAccessible, heapOf, linesInView, loaded } from './browser.ts'

const LIBRARIES = '/usr/lib/x86_64-linux-gnu'
const SECRETS = [`${LIBRARIES}/libssl.so.3`, `${LIBRARIES}/libgnutls.so.30`] as const
const CIPHERS = [`${LIBRARIES}/libgnutls.so.30`, `${LIBRARIES}/libcrypto.so.3`] as const
/** Each with its programs, old and new, and the least size of its report. */
const PAIRS = [
  { name: 'truth', programs: [['/usr/bin/true', '/usr/bin/false']], atLeastBytes: 15_000 },
  { name: 'order', programs: [['/usr/bin/ls', '/usr/bin/sort']], atLeastBytes: 1_000_000 },
  { name: 'secrets', programs: [SECRETS], atLeastBytes: 15_000_000 },
  { name: 'ciphers', programs: [CIPHERS, SECRETS], atLeastBytes: 60_000_000 },
] as const

interface ReportNode {
  readonly unified_diff: string | null
  readonly details?: readonly ReportNode[]
}

/** The last line of a report that is not empty, without its sign. */
function lastLineOf(report: ReportNode): string | null {
  for (const below of [...(report.details ?? [])].reverse()) {
    const line = lastLineOf(below)
    if (line !== null) return line
  }
  const lines = report.unified_diff?.split('\n').map((line) => line.slice(1)) ?? []
  return lines.findLast((line) => line.trim() !== '') ?? null
}

async function startWithPrograms() {
  const service = await startService()
  for (const { name, programs } of PAIRS)
    for (const [at, side] of ['old', 'new'].entries()) {
      const files = programs.map(
        async (program, n) => [`usr/lib/${name}${n}`, await readFile(program[at as 0 | 1])] as const,
      )
      await service.addRun({ id: `${name}-${side}`, codebase: name, source: name }, [
        { name, version: '1', files: Object.fromEntries(await Promise.all(files)) },
      ])
    }
  return service
}

describeInBrowser('A report of real programs', startWithPrograms, (site) => {
  it.each(PAIRS)('is read to its end, of $atLeastBytes bytes and more', async ({ name, atLeastBytes }) => {
    const page = await site.open(`/compare/${name}-old/${name}-new?view=diffoscope&noise=1`)
    await page.getByRole('button', { name: 'Generate diff' }).click()
    await page.locator('.document .line').first().waitFor({ timeout: 600_000 })
    const { text } = await site.service.ask(`/diffoscope/${name}-old/${name}-new`, {
      headers: { accept: 'application/json' },
    })
    expect(text.length).toBeGreaterThan(atLeastBytes)
    const last = lastLineOf(JSON.parse(text) as ReportNode) as string
    await expectAccessible(page)
    for (let i = 0; i < 3; i += 1) await page.keyboard.press('n')
    await page.locator('.hunk-head.target').waitFor()
    await page.keyboard.press('o')
    await page.keyboard.press('End')
    const lastInView = async () => (await linesInView(page)).findLast((line) => line.trim() !== '')
    await expect.poll(lastInView).toContain(last.slice(0, 200))
    await loaded(page)
    expect(await page.locator('.document *').count()).toBeLessThan(8000)
    expect(await heapOf(page)).toBeLessThan(80_000_000)
  })
})
