/** How many requests the page waits for one after the other, and whether what is on it stays in its place. */
import { join } from 'node:path'
import type { Page, Request, Route } from 'playwright-core'
import { expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { SAMPLES, startWithSampleDiffs } from '../graphql/samples.ts'
import { describeInBrowser } from './browser.ts'

const PAIR = `/compare/${SAMPLES.old}/${SAMPLES.new}`

async function startWithRuns() {
  const service = await startWithSampleDiffs()
  await seedRuns(
    service.app.database,
    Array.from({ length: 60 }, (_, i) => [
      { id: `control-${i}`, codebase: `tea${i}`, campaign: 'unchanged', revision: `${i}`, version: '1.0' },
      {
        id: `run-${i}`,
        codebase: `tea${i}`,
        campaign: 'scrub',
        mainBranchRevision: `${i}`,
        version: `1.${i}`,
      },
    ]).flat(),
  )
  await seedRuns(service.app.database, [
    { id: 'idle', codebase: 'idle', resultCode: 'nothing-to-do' },
    {
      id: 'busy',
      codebase: 'busy',
      resultCode: null,
      finishTime: null,
      startTime: new Date('2026-11-02T10:26:00Z'),
    },
  ])
  return service
}

describeInBrowser('The web page while it loads', startWithRuns, (site) => {
  let page: Page
  /** Opens an address without a script, which requests nothing, and records the requests for data from then on. */
  const recordRequests = async () => {
    page = await site.open('/health')
    const requests: Request[] = []
    page.on('request', (request) => {
      if (request.url().includes('/graphql?')) requests.push(request)
    })
    return requests
  }
  const summaryIsThere = () =>
    page.getByRole('heading', { name: 'The packages differ by more than noise.' }).waitFor()

  it('has a summary made that the list lacks, without looking for it again', async () => {
    await removeTree(join(site.service.places.cache, 'differ/entries/summary'))
    page = await site.open('/?search=teatime')
    await page.locator('.state.absent').waitFor()
    const methods: string[] = []
    await page.route('**/graphql*', async (route: Route) => {
      methods.push(route.request().method())
      // None is answered before.
      await expect.poll(() => methods).toContain('POST')
      await route.continue()
    })
    await page.locator('a.compare').click()
    await summaryIsThere()
  })

  it('shows in an open list what was made since, also in rows far down', async () => {
    await removeTree(join(site.service.places.cache, 'differ/entries/summary'))
    page = await site.open('/queue')
    await page.clock.install()
    await page.goto(`${site.service.url}/`)
    await page.locator('.state.absent').nth(30).waitFor()
    const row = page.locator('tr', { hasText: 'teatime' })
    await expect
      .poll(async () => {
        await page.locator('.run-list').evaluate((list) => list.scrollTo(0, 1e6))
        return row.count()
      })
      .toBe(1)
    await row.locator('.state.absent').waitFor()
    // What runs, or had nothing to do, did not fail.
    await page.locator('tr', { hasText: 'busy' }).getByText('since 2 Nov').waitFor()
    await page.locator('tr', { hasText: 'idle' }).getByText('nothing-to-do').waitFor()
    expect(await page.locator('.runs .bad').count()).toBe(0)
    await site.service.ask(`/summary/${SAMPLES.old}/${SAMPLES.new}`)
    // Of more rows than one update asks for, each has its turn.
    await expect
      .poll(async () => {
        await page.clock.fastForward(10_000)
        return row.locator('.chip').count()
      })
      .toBeGreaterThan(0)
  })

  it('requests the summary together with the script, and only once', async () => {
    const requests = await recordRequests()
    // The script arrives after both responses with data.
    await page.route('**/assets/*.js', async (route: Route) => {
      await expect.poll(() => requests.length).toBe(2)
      await Promise.all(requests.map((request) => request.response()))
      await route.continue()
    })
    await page.goto(site.service.url + PAIR)
    await summaryIsThere()
    expect(requests).toHaveLength(2)
  })

  it.each(['?view=packages', '?view=diffoscope', '?at=6', '?package=teatime&file=usr/bin/teatime'])(
    'requests the runs together with the script at %s, and no summary',
    async (query) => {
      const { text } = await site.service.ask(PAIR + query)
      expect(text.match(/<link rel="preload" as="fetch"/g)).toHaveLength(1)
    },
  )

  it('requests the summary of a run in a list without waiting for another response', async () => {
    await site.service.ask(`/summary/${SAMPLES.old}/${SAMPLES.new}`)
    page = await site.open('/?search=teatime')
    const link = page.locator('a.compare')
    await link.waitFor()
    let count = 0
    await page.route('**/graphql?*', async (route: Route) => {
      count += 1
      // None is answered before the other one was sent.
      await expect.poll(() => count).toBeGreaterThanOrEqual(2)
      await route.continue()
    })
    await link.click()
    await summaryIsThere()
  })

  it('sends the page of a comparison with names as text, and with a tag of its own', async () => {
    const { headers, text } = await site.service.ask('/compare/%22%3E%3Cscript%3E&amp;/new')
    const { headers: others } = await site.service.ask('/compare/old/new')
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text).toContain('%22%5C%22%3E%3Cscript%3E%26amp%3B%22')
    expect(headers.etag).not.toBe(others.etag)
    const again = await site.service.ask('/compare/old/new', {
      headers: { 'if-none-match': others.etag as string },
    })
    expect(again.status).toBe(304)
  })

  it.each([
    ['a window', { width: 1440, height: 900 }],
    ['a phone', { width: 390, height: 844 }],
  ] as const)('moves nothing that is in view, in %s', async (_, size) => {
    const page = await site.open('/queue', size)
    await recordShifts(page)
    // Data comes after what is there without it has been painted.
    await page.route('**/graphql?*', async (route: Route) => {
      await twoFrames(page)
      await route.continue()
    })
    for (const [path, what] of VIEWS) {
      await page.goto(site.service.url + path)
      await page.locator(what).first().waitFor()
      await page.waitForLoadState('networkidle')
      await twoFrames(page)
      const { sum, moved } = await shiftsOf(page)
      expect(sum, [path, ...moved].join('\n')).toBeLessThan(0.05)
    }
  })
})

/** Paths of the page, and what is there when they have loaded. */
const VIEWS = [
  ['/', '.runs tbody tr'],
  ['/?search=teatime', '.runs .chip'],
  ['/?search=tea1', '.runs tbody tr'],
  ['/queue', '.jobs, .empty'],
  [PAIR, '.verdict-text'],
  [`${PAIR}?view=files`, '.card .line'],
  [`${PAIR}?view=debdiff`, 'table.fields'],
  [`${PAIR}?view=packages`, '.packages'],
  [`${PAIR}?view=diffoscope`, '.document .line'],
  [`${PAIR}?view=diffoscope&lines=split`, '.document .row'],
  [`${PAIR}?noise=1&at=6.0.1`, '.document .line.target'],
  [`${PAIR}?view=files&package=teatime&file=usr/bin/teatime`, '.file-header'],
  ['/compare/none/none', '.failure'],
] as const

/** https://wicg.github.io/layout-instability/#sec-layout-shift */
interface LayoutShift {
  readonly value: number
  readonly sources: readonly {
    readonly node: Node | null
    readonly previousRect: DOMRectReadOnly
    readonly currentRect: DOMRectReadOnly
  }[]
}

/** Records the layout shifts of each page that is loaded from now on. */
async function recordShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: LayoutShift[] = []
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      shifts.push(...(list.getEntries() as unknown as LayoutShift[]))
    }).observe({ type: 'layout-shift', buffered: true })
  })
}

/** The sum of the layout shifts, and what moved. */
async function shiftsOf(page: Page): Promise<{ sum: number; moved: string[] }> {
  return page.evaluate(() => {
    const { shifts } = window as unknown as { shifts: LayoutShift[] }
    const placeOf = ({ x, y, width, height }: DOMRectReadOnly) => [x, y, width, height].join(' ')
    return {
      sum: shifts.reduce((sum, { value }) => sum + value, 0),
      moved: shifts.flatMap(({ value, sources }) =>
        sources.map(({ node, previousRect, currentRect }) => {
          const what = (node as Element | null)?.outerHTML?.slice(0, 80) ?? node?.textContent
          return `${value.toFixed(3)}: ${what} from ${placeOf(previousRect)} to ${placeOf(currentRect)}`
        }),
      ),
    }
  })
}

async function twoFrames(page: Page): Promise<void> {
  await page
    .evaluate(
      () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => next(true)))),
    )
    .catch(() => {})
}
