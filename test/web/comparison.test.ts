/** A comparison as somebody reads it who has to judge a change: packages, files and fields, and what differs inside the files. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { node, toReport } from '../diff/report/model.ts'
import { addPair, type TestService } from '../fixtures/service.ts'
import { dataOf, makeSampleDiffs, SAMPLES, startWithSamples } from '../graphql/samples.ts'
import { axeFindings, debug, hasChromium, overflow, startBrowser, type TestBrowser } from './browser.ts'

/** What nobody should trust: markup, marks that turn the direction, control characters. */
const MARKUP = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`
const HOSTILE = `${MARKUP}\u202egnp\u202c\u001b[31m\u0007`
const SHOWN = `${MARKUP}⟨U+202E⟩gnp⟨U+202C⟩␛[31m␇`

/** As an older service left it, without a word of who made it: parts of it are missing, none of it can be trusted. */
const LEGACY = toReport(
  node('root', {
    details: [
      node('a_1_all.deb', {
        details: [
          node(HOSTILE, {
            comments: [
              `Command \`'readelf' --wide ${HOSTILE}\` failed with exit code 1. Standard output:`,
              "'ghc' not available in path. Falling back to binary comparison.",
            ],
            unified_diff: `@@ -1,3 +1,3 @@ ${HOSTILE.replaceAll('\u0007', '')}\n same\n-${HOSTILE}\n+other ${HOSTILE}\n tail\n`,
          }),
          node('long', {
            unified_diff: `@@ -1 +1 @@\n-${'word '.repeat(500)}old\n+${'word '.repeat(500)}new\n`,
          }),
          node('hexdump', {
            unified_diff:
              '@@ -1,2 +1,2 @@\n-00000000: 7f45 4c46 0201 0100  .ELF....\n+00000000: 7f45 4c46 0201 0103  .ELF....\n 00000010: 0300 3e00 0100 0000  ..>.....\n',
          }),
        ],
      }),
    ],
  }),
)

describe.skipIf(!hasChromium)('a comparison', () => {
  let service: TestService
  let browser: TestBrowser
  beforeAll(async () => {
    service = await startWithSamples()
    await addPair(service, 'tea')
    const files = Object.fromEntries(
      Array.from({ length: 450 }, (_, i) => [`usr/share/many/${i % 9}/f${i}`, '']),
    )
    const run = { codebase: 'many', source: 'many', version: '1-1' }
    await service.addRun({ ...run, id: 'many-old', campaign: 'unchanged' }, [
      { name: 'many', version: '1-1', control: { Homepage: 'http://old.example.org' } },
    ])
    await service.addRun({ ...run, id: 'many-new' }, [
      {
        name: 'many',
        version: '1-1',
        control: { Homepage: `http://<b>new</b>\u202e.example.org` },
        files: { ...files, [`usr/share/<b>\u202e`]: '', 'usr/share/link': { link: 'many' } },
      },
    ])
    await mkdir(join(service.places.cache, 'diffoscope'), { recursive: true })
    await service.addRun({ id: 'legacy-old', campaign: 'unchanged' }, [])
    await service.addRun({ id: 'legacy-new' }, [])
    await writeFile(join(service.places.cache, 'diffoscope/legacy-old_legacy-new.json'), LEGACY)
    await makeSampleDiffs(service)
    for (const pair of ['tea', 'many'])
      await dataOf(
        service,
        `{ comparison(old: "${pair}-old", new: "${pair}-new") { ... on Comparison { debdiff(mode: WAIT) { __typename } } } }`,
      )
    browser = await startBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await service?.close()
  })
  afterEach(async () => expect(await browser.endPages()).toEqual([]))

  const SAMPLE = `/compare/${SAMPLES.old}/${SAMPLES.new}`
  const report = async (address = SAMPLE) => {
    const page = await browser.open(service.url + address)
    await page.locator('.document .line, .document .row').first().waitFor()
    return page
  }
  const show = async (address: string, what: string) => {
    const page = await browser.open(service.url + address)
    await page.locator(what).first().waitFor()
    return page
  }
  /** Of the samples. */
  const sample = async (fields: string, filter = false) =>
    (
      await dataOf(
        service,
        `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { ... on Comparison { diffoscope(filterBoring: ${filter}) { ... on Diffoscope { ${fields} } } } } }`,
        SAMPLES,
      )
    ).comparison.diffoscope
  const heads = (page: Page) =>
    page
      .locator('.document .head')
      .evaluateAll((all) => all.map((head) => Number((head as HTMLElement).dataset['ordinal'])))
  const head = (page: Page, ordinal: number) => page.locator(`.document .head[data-ordinal="${ordinal}"]`)
  const isInView = (page: Page, selector: string) =>
    page.evaluate((wanted) => {
      const box = document.querySelector('.document')?.getBoundingClientRect()
      const found = document.querySelector(wanted)?.getBoundingClientRect()
      return !!box && !!found && found.top >= box.top - 1 && found.bottom <= box.bottom + 1
    }, selector)
  const inView = (page: Page, selector: string) =>
    expect.poll(() => isInView(page, selector), { timeout: 30_000 }).toBe(true)
  const hunkAt = (page: Page) => new URL(page.url()).searchParams.get('at')

  describe('its packages', () => {
    it('are shown with what became of them, and how much they have grown', async () => {
      const page = await show('/compare/tea-old/tea-new?view=packages', '.packages')
      const { comparison } = await dataOf(
        service,
        '{ comparison(old: "tea-old", new: "tea-new") { ... on Comparison { binaryChanges { ... on BinaryChangeList { nodes { kind old { package size } new { package size } } } } } } }',
      )
      const nodes: any[] = comparison.binaryChanges.nodes
      const text = (bytes: number) => (bytes === 0 ? '±0' : `${bytes > 0 ? '+' : '−'}${Math.abs(bytes)} B`)
      const expected = ['tea-new ADDED', 'tea-old REMOVED', 'tea CHANGED', 'tea-common UNCHANGED'].map(
        (wanted) => {
          const found = nodes.find(
            ({ kind, old, new: fresh }) => `${(fresh ?? old).package} ${kind}` === wanted,
          )
          return [...wanted.toLowerCase().split(' '), text((found.new?.size ?? 0) - (found.old?.size ?? 0))]
        },
      )
      const rows = await page.locator('.packages tbody tr').evaluateAll((all) =>
        all.map((row) => {
          const cells = [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())
          return [cells[0], cells[2], cells[6]]
        }),
      )
      expect(rows).toEqual(expected)
      expect((await page.locator('.summary').innerText()).split('\n').slice(0, 4)).toEqual([
        '1 added',
        '1 removed',
        '1 changed',
        '1 unchanged',
      ])
      expect(await page.locator('.who').innerText()).toMatch(
        /tea.*lintian-fixes[\s\S]*1\.0-1\n[\s\S]*1\.0-1\+jan1/,
      )
      expect(await axeFindings(page)).toEqual([])
    })
  })

  describe('its debdiff', () => {
    it('has fields side by side with the words marked that changed, and files as trees', async () => {
      const page = await show('/compare/tea-old/tea-new?view=debdiff', '.fields')
      const depends = page.locator('.fields tr', { hasText: 'Depends' })
      expect(await depends.locator('td').allInnerTexts()).toEqual([
        'libc6 (>= 2.34), kettle',
        'libc6 (>= 2.36), kettle',
      ])
      expect(await depends.locator('del').allInnerTexts()).toEqual(['2.34),'])
      expect(await depends.locator('ins').allInnerTexts()).toEqual(['2.36),'])
      const added = page.locator('.section', { hasText: 'Added files' })
      expect(await added.locator('.file', { hasText: 'new-only' }).innerText()).toMatch(
        /-rw-r--r--\s+root:root/,
      )
      expect(await page.locator('.section', { hasText: 'Removed files' }).innerText()).toContain('old-only')
    })

    it('shows more than 200 files when asked, each once', async () => {
      const page = await show('/compare/many-old/many-new?view=debdiff', '.files')
      const added = page.locator('.section', { hasText: 'Added files' })
      expect(await added.locator('.file').count()).toBe(200)
      await added.getByRole('button', { name: 'Show 200 more files of 252' }).click()
      await expect.poll(() => added.locator('.file').count()).toBe(400)
      await added.getByRole('button', { name: 'Show 52 more files of 52' }).click()
      await expect.poll(() => added.locator('.file').count()).toBe(452)
      const names = await added.locator('.file .path').allInnerTexts()
      expect(new Set(names).size).toBe(452)
      // What is a name stays one: shown, and no markup.
      expect(names).toContain('<b>\\342\\200\\256')
      expect(await added.innerText()).toMatch(/link → .*many/)
      expect(await page.locator('.fields').innerText()).toContain('http://<b>new</b>⟨U+202E⟩.example.org')
      expect(await axeFindings(page)).toEqual([])
    })

    it('leaves out what every rebuild changes, when told', async () => {
      const page = await show(`${SAMPLE}?view=debdiff`, '.fields')
      expect(await page.locator('.fields').allInnerTexts()).toContainEqual(
        expect.stringContaining('Installed-Size'),
      )
      await page.getByLabel('Leave out').check()
      await page.waitForURL(/filter=1/)
      await expect
        .poll(async () => (await page.locator('.debdiff').innerText()).includes('Installed-Size'))
        .toBe(false)
      expect(await page.locator('.debdiff').innerText()).toContain('Breaks')
      expect(await axeFindings(page)).toEqual([])
    })
  })

  it.each(['', '?view=debdiff', '?filter=1', '?view=debdiff&filter=1'])(
    'is to be had in every format (%s)',
    async (query) => {
      const page = await show(SAMPLE + query, '.menu')
      await page.locator('.menu summary').click()
      expect(await axeFindings(page)).toEqual([])
      for (const [label, ending, begins] of [
        ['HTML', 'html', '<'],
        ['Markdown', 'md', ''],
        ['Text', 'txt', ''],
        ['JSON', 'json', '{'],
      ] as const) {
        const link = page.getByRole('link', { name: label, exact: true })
        const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
        expect(download.suggestedFilename()).toBe(
          `${query.includes('debdiff') ? 'debdiff' : 'diffoscope'}_${SAMPLES.old}_${SAMPLES.new}.${ending}`,
        )
        const content = await readFile(await download.path(), 'utf8')
        expect(content).toContain('teatime')
        expect(content.slice(0, begins.length).toLowerCase()).toBe(begins.toLowerCase())
        const served = await service.ask(
          new URL((await link.getAttribute('href')) as string, service.url).pathname +
            new URL((await link.getAttribute('href')) as string, service.url).search,
        )
        expect(content).toBe(served.text)
      }
    },
  )

  describe('its report', () => {
    it('has a tree with counts, which opens level by level, by pointer and by the keys of every tree', async () => {
      const page = await report()
      const tree = page.getByRole('tree')
      const items = tree.getByRole('treeitem')
      const names = () => items.locator('.name').allInnerTexts()
      const { root } = await sample('root { children { nodes { source2 stat { added removed } } } }')
      expect(await names()).toEqual(root.children.nodes.map(({ source2 }: any) => source2))
      const { added, removed } = root.children.nodes[0].stat
      expect((await items.first().locator('.counts').innerText()).trim()).toBe(`+${added} −${removed}`)
      await items.first().locator('.twist').click()
      await expect.poll(names).toContain('control.tar.gz')
      expect(await items.first().getAttribute('aria-expanded')).toBe('true')

      await items.first().focus()
      const focused = () => page.evaluate(() => document.activeElement?.querySelector('.name')?.textContent)
      const press = async (key: string, then: string) => {
        await page.keyboard.press(key)
        await expect.poll(focused).toBe(then)
      }
      const [first, , , last] = root.children.nodes.map(({ source2 }: any) => source2)
      await press('ArrowRight', 'file list')
      await press('ArrowDown', 'control.tar.gz')
      // A chain of single things opens to its end.
      await page.keyboard.press('ArrowRight')
      await expect.poll(names).toContain('./control')
      await press('ArrowRight', 'control.tar')
      await press('ArrowRight', 'file list')
      await press('ArrowDown', './control')
      expect(await axeFindings(page)).toEqual([])
      await page.keyboard.press('Enter')
      await page.waitForURL(/at=6$/)
      await inView(page, '.head.target[data-ordinal="6"]')
      await press('ArrowLeft', 'control.tar')
      await press('ArrowLeft', 'control.tar')
      await expect.poll(names).not.toContain('./control')
      await press('Home', first)
      await press('End', last)
    })

    it('shows every line of every hunk as one scrolls, in order', async () => {
      const page = await report()
      const { nodes } = await sample(
        'nodes(first: 40) { nodes { ordinal hunks(first: 1) { nodes { position lines(first: 100) { nodes { position } } } } } }',
      )
      const expected: string[] = nodes.nodes.flatMap(({ ordinal, hunks }: any) =>
        hunks.nodes.flatMap(({ position, lines }: any) =>
          lines.nodes.map((line: any) => `${ordinal}.${position}.${line.position}`),
        ),
      )
      const seen: string[] = []
      await page.mouse.move(900, 500)
      for (;;) {
        const now = await page
          .locator('.document .line')
          .evaluateAll((all) => all.map((line) => (line as HTMLElement).dataset['place'] as string))
        for (const place of now) if (!seen.includes(place)) seen.push(place)
        expect(now).toEqual([...now].sort((a, b) => expected.indexOf(a) - expected.indexOf(b)))
        if (seen.length >= expected.length) break
        await page.mouse.wheel(0, 300)
        await page.evaluate(() => new Promise(requestAnimationFrame))
      }
      expect(seen).toEqual(expected)
    })

    it('is shown below one another or side by side, with what changed within lines marked, wrapped or not', async () => {
      const page = await report(`${SAMPLE}?at=6.0`)
      await page.locator('.line.removed', { hasText: 'sleepenh' }).first().waitFor()
      const marks = await page
        .locator('.line.removed', { hasText: 'sleepenh' })
        .locator('del')
        .allInnerTexts()
      expect(marks.join('')).toContain('sleepenh')
      await page.getByRole('button', { name: 'Side by side' }).click()
      await page.waitForURL(/lines=split/)
      const row = page.locator('.row', { hasText: 'sleepenh' }).first()
      await row.waitFor()
      await inView(page, '.hunk-head.target')
      expect(await row.locator('.half').count()).toBe(2)
      const [left, right] = await row
        .locator('.half')
        .evaluateAll((all) => all.map((half) => half.getBoundingClientRect().left))
      expect(left).toBeLessThan(right as number)
      expect(await row.locator('.half.removed del').count()).toBeGreaterThan(0)
      expect(await axeFindings(page)).toEqual([])
      await page.keyboard.press('s')
      await page.locator('.line').first().waitFor()

      await page.goto(`${service.url}/compare/legacy-old/legacy-new?at=3`)
      const long = page.locator('.line.removed', { hasText: 'word word' })
      await long.waitFor()
      const height = () => long.evaluate((line) => line.getBoundingClientRect().height)
      const widths = () =>
        page.locator('.document').evaluate((view) => [view.scrollWidth, view.clientWidth] as const)
      expect(await height()).toBe(20)
      const [whole, seen] = await widths()
      expect(whole).toBeGreaterThan(seen)
      await page.getByRole('button', { name: 'Wrap lines' }).click()
      await expect.poll(height).toBeGreaterThan(40)
      const [wrapped, still] = await widths()
      expect(wrapped).toBe(still)
      await page.keyboard.press('w')
      await expect.poll(height).toBe(20)
    })

    it('leaves out what every rebuild changes, says how much that is, and stays where one reads', async () => {
      const page = await report(`${SAMPLE}?at=33`)
      await inView(page, '.head.target[data-ordinal="33"]')
      const name = await head(page, 33).locator('.title').innerText()
      await page.keyboard.press('f')
      await page.waitForURL(/filter=1/)
      await page.locator('.hides').waitFor()
      const { hidden } = await sample('hidden { nodes hunks added removed }', true)
      expect(await page.locator('.hides').innerText()).toBe(
        `hides ${hidden.nodes} things, ${hidden.hunks} places, ${hidden.added + hidden.removed} lines`,
      )
      await inView(page, '.head.target')
      expect(await page.locator('.head.target .title').innerText()).toBe(name)
      await page.getByLabel('Leave out').uncheck()
      await page.locator('.hides').waitFor({ state: 'detached' })
      await inView(page, '.head.target')
      expect(await page.locator('.head.target .title').innerText()).toBe(name)
    })

    it('is searched by path', async () => {
      const page = await report()
      await page.keyboard.press('e')
      await page.keyboard.type('teatime.1')
      await page.getByText('2 paths').waitFor()
      expect(await axeFindings(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.keyboard.type('*.desktop')
      await page.getByText('1 path', { exact: true }).waitFor()
      await page.keyboard.press('Enter')
      await page.waitForURL(/at=15$/)
      await inView(page, '.head.target[data-ordinal="15"]')
      await page.getByRole('searchbox', { name: 'Path' }).fill('nowhere')
      await page.getByText('No path is like that').waitFor()
    })

    it('is searched for text in what is loaded, forwards and backwards', async () => {
      const page = await report()
      await page.locator('.line', { hasText: 'sleepenh' }).first().waitFor()
      await page.keyboard.press('/')
      await page.keyboard.type('teatime-chimes')
      const status = page.locator('.find [role=status]')
      await expect.poll(() => status.innerText()).toMatch(/^[1-9]\d* lines? in what is loaded/)
      await page.keyboard.press('Enter')
      await page.locator('.line.target', { hasText: 'teatime-chimes' }).waitFor()
      await inView(page, '.line.target')
      const first = hunkAt(page)
      await page.keyboard.press('Enter')
      await expect.poll(() => hunkAt(page)).not.toBe(first)
      await page.keyboard.press('Shift+Enter')
      await expect.poll(() => hunkAt(page)).toBe(first)
      expect(await page.evaluate(() => CSS.highlights.get('found')?.size)).toBeGreaterThan(0)
    })

    it('goes from change to change, and back, by keys and by buttons', async () => {
      const page = await report()
      const { nodes } = await sample('nodes(first: 100) { nodes { ordinal ownStat { hunks } } }')
      const changes: string[] = nodes.nodes.flatMap(({ ordinal, ownStat }: any) =>
        Array.from({ length: ownStat?.hunks ?? 0 }, (_, i) => `${ordinal}.${i}`),
      )
      const visited: (string | null)[] = []
      for (const change of changes) {
        if (visited.length % 2) await page.getByRole('button', { name: 'The next change' }).click()
        else await page.keyboard.press('n')
        if (visited.length === 0 && hunkAt(page) === null)
          await expect.poll(() => hunkAt(page)).not.toBeNull()
        if (visited.length > 0) await expect.poll(() => hunkAt(page)).toBe(change)
        visited.push(hunkAt(page))
        await inView(page, '.hunk-head.target')
      }
      expect(visited).toEqual(changes)
      await page.keyboard.press('n')
      await expect.poll(() => page.locator('#announcements').innerText()).toBe('There is no further one')
      for (const change of changes.slice(0, -1).reverse().slice(0, 5)) {
        await page.keyboard.press('p')
        await expect.poll(() => hunkAt(page)).toBe(change)
      }
      await page.keyboard.press(']')
      await expect.poll(() => hunkAt(page)).toMatch(/^\d+\.0$/)
    })

    it('folds a file away and shows it again', async () => {
      const page = await report()
      const fold = page.getByRole('button', { name: 'Fold control.tar.gz' }).first()
      await fold.click()
      await expect.poll(() => heads(page)).not.toContain(4)
      expect(await heads(page)).toEqual(expect.arrayContaining([1, 2, 3, 10]))
      expect(await head(page, 3).locator('.fold').getAttribute('aria-expanded')).toBe('false')
      expect(await axeFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'Unfold control.tar.gz' }).first().click()
      await expect.poll(() => heads(page)).toContain(4)
      // Who is sent into what is folded sees it.
      await fold.click()
      await expect.poll(() => heads(page)).not.toContain(4)
      await page.getByRole('searchbox', { name: 'Path' }).fill('./control')
      await page.keyboard.press('Enter')
      await expect.poll(() => page.locator('.found li').count()).toBeGreaterThan(0)
      await page.keyboard.press('Enter')
      await inView(page, '.head.target[data-ordinal="6"]')
    })

    it.each(['', '&lines=split'])(
      'is linked to: a node, a hunk, a line, a range of lines (%s)',
      async (mode) => {
        const page = await report(`${SAMPLE}?${mode}`)
        await head(page, 6).locator('.title').click()
        await page.waitForURL(/at=6(&|$)/)
        const place = (at: string) => `[data-place="${at}"]`
        await page.locator(`a${place('6.0')}`).click()
        await page.waitForURL(/at=6\.0(&|$)/)
        const number = (at: string) => page.locator(`${place(at)} .number`, { hasText: /\d/ }).first()
        await number('6.0.2').click()
        await page.waitForURL(/at=6\.0\.2(&|$)/)
        const target = `.target${place('6.0.2')}, .target ${place('6.0.2')}`
        await page.locator(target).waitFor()
        await number('6.0.0').click({ modifiers: ['Shift'] })
        await page.waitForURL(/at=6\.0\.0-2(&|$)/)
        expect(await page.locator('.line.target, .row.target').count()).toBe(mode === '' ? 3 : 2)
        await page.reload()
        await page.locator(target).waitFor()
        expect(await page.locator('.line.target, .row.target').count()).toBe(mode === '' ? 3 : 2)
        await inView(page, `${place('6.0.0')}`)
        // The same in the middle of the report, where nothing is loaded yet.
        for (const at of ['34.0.3', '35.0', '33'])
          for (const go of ['link', 'reload']) {
            if (go === 'link') await page.goto(`${service.url}${SAMPLE}?at=${at}${mode}`)
            else await page.reload()
            await page.locator('.target').first().waitFor()
            await inView(
              page,
              at === '33'
                ? '.head.target[data-ordinal="33"]'
                : `.target${place(at)}, .target:has(${place(at)})`,
            )
          }
      },
    )

    it('says where there is no such place', async () => {
      const page = await report(`${SAMPLE}?at=999.3`)
      await expect
        .poll(() => page.locator('#announcements').innerText())
        .toBe('There is no such place in this report')
    })

    it('says what it lacks, and where', async () => {
      const page = await report('/compare/legacy-old/legacy-new')
      await page.getByText('Incomplete: 3 reasons').click()
      const reasons = await page.locator('.incomplete li').allInnerTexts()
      expect(reasons).toEqual([
        'Made by an older service, which may have taken a shortened report for whole',
        expect.stringMatching(/^A program that compares such files failed: readelf at /),
        expect.stringMatching(/^A program that compares such files is not installed: ghc at /),
      ])
      expect(await axeFindings(page)).toEqual([])
      await page.locator('.incomplete a').first().click()
      await page.waitForURL(/at=2$/)
    })

    it('shows hostile names and lines as they are, and runs nothing of them', async () => {
      for (const mode of ['', '?lines=split']) {
        const page = await report(`/compare/legacy-old/legacy-new${mode}`)
        expect(await head(page, 2).locator('.title').innerText()).toBe(SHOWN)
        const texts = await page
          .locator('.document .text')
          .evaluateAll((all) => all.map((text) => text.textContent))
        expect(texts).toEqual(expect.arrayContaining([SHOWN, `other ${SHOWN}`]))
        expect(await page.locator('.hunk-head a').first().innerText()).toBe(
          `@@ -1,3 +1,3 @@ ${SHOWN.replace('␇', '')}`,
        )
        expect(await head(page, 2).locator('.comment').first().innerText()).toContain(SHOWN)
        await page.locator('.incomplete summary').click()
        expect(await page.locator('.incomplete').innerText()).toContain(SHOWN)
        const raw = await page.evaluate(() => document.body.textContent)
        expect(raw).not.toMatch(/[\u202a-\u202e\u0007\u001b]/)
        expect(await page.title()).not.toBe('run')
        expect(await page.locator('.report img, .report script').count()).toBe(0)
      }
    })
  })

  describe('looks right', () => {
    it('in light and dark, one below the other and side by side: axe finds nothing', async () => {
      const page = await report(`${SAMPLE}?at=6.0.1-3`)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        for (const query of ['at=6.0.1-3', 'at=6.0.1-3&lines=split', 'view=packages', 'view=debdiff']) {
          await page.goto(`${service.url}${SAMPLE}?${query}`)
          await page.locator('.target, .packages, .fields').first().waitFor()
          expect(await axeFindings(page)).toEqual([])
          if (process.env['DIFFER_SHOTS'])
            await page.screenshot({ path: join(process.env['DIFFER_SHOTS'], `${colorScheme}-${query}.png`) })
        }
      }
    })

    it('on a phone: the page itself is no wider than it, and axe finds nothing', async () => {
      const page = await report()
      await page.setViewportSize({ width: 390, height: 844 })
      for (const query of ['', '?lines=split', '?view=packages', '?view=debdiff']) {
        await page.goto(`${service.url}${SAMPLE}${query}`)
        await page.locator('.line, .row, .packages, .fields').first().waitFor()
        expect(await overflow(page)).toBe(0)
        expect(await axeFindings(page)).toEqual([])
        if (process.env['DIFFER_SHOTS'])
          await page.screenshot({ path: join(process.env['DIFFER_SHOTS'], `phone-${query}.png`) })
      }
      await page.goto(`${service.url}${SAMPLE}`)
      await page.getByRole('button', { name: 'Tree' }).click()
      await page.getByRole('treeitem').nth(2).locator('.name').click()
      await page.waitForURL(/at=21$/)
      await inView(page, '.head.target[data-ordinal="21"]')
    })

    it('for who wants no motion: nothing moves by itself', async () => {
      const page = await report()
      await page.emulateMedia({ reducedMotion: 'reduce' })
      const moving = await page.evaluate(
        () =>
          [...document.querySelectorAll('*')].filter((element) => {
            const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element)
            return transitionDuration !== '0s' || animationName !== 'none' || scrollBehavior !== 'auto'
          }).length,
      )
      expect(moving).toBe(0)
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
    })

    it('on a slow line and a slow processor, too', async () => {
      const page = await browser.open(`${service.url}/queue`)
      const session = await debug(page)
      await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
      await session.send('Network.enable')
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 150,
        downloadThroughput: 100_000,
        uploadThroughput: 50_000,
      })
      await page.goto(`${service.url}${SAMPLE}?at=35.0`)
      await page.locator('.hunk-head.target').waitFor()
      await page.keyboard.press('p')
      await expect.poll(() => hunkAt(page), { timeout: 30_000 }).toBe('34.0')
      await page.locator('.hunk-head.target').waitFor()
      await page.getByRole('link', { name: 'Files and fields' }).click()
      await page.locator('.fields').first().waitFor()
    })
  })
})
