/** What a reviewer does in a day, as a user does it, with the number of actions that it takes: clicks, key presses, and pages loaded. */

import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { ElfFile } from '../../src/diff/package/elf.ts'
import { buildPackage, type PackageSpec } from '../fixtures/packages.ts'
import { eventually, type TestService } from '../fixtures/service.ts'
import { SAMPLES, startWithSampleDiffs } from '../graphql/samples.ts'
import { describeInBrowser, type Site, urlOf, type WindowSize } from './browser.ts'
import { pagesOf } from './pdf.ts'

const DESKTOP: WindowSize = { width: 1440, height: 900 }
const PHONE: WindowSize = { width: 390, height: 844 }
const SAMPLE_PAIR = `/compare/${SAMPLES.old}/${SAMPLES.new}`
/** Runs of the campaign `cups`, one more than a reviewer goes through. */
const CUPS = 51
const numbered = (i: number) => String(i).padStart(2, '0')

interface Task {
  readonly title: string
  /** The most actions that it may take. */
  readonly atMost: number
  readonly size?: WindowSize
  readonly steps: (user: User) => Promise<void>
}

/** Does what a user does, and counts it. */
class User {
  actions = 0
  page!: Page
  readonly site: Site
  readonly #size: WindowSize

  constructor(site: Site, size: WindowSize) {
    this.site = site
    this.#size = size
  }

  async load(path: string): Promise<void> {
    this.actions += 1
    this.page = await this.site.open(path, this.#size)
  }

  async click(what: Locator, options: Parameters<Locator['click']>[0] = {}): Promise<void> {
    this.actions += 1
    await what.click(options)
  }

  /** Presses keys, one after the other. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.actions += 1
      await this.page.keyboard.press(key)
    }
  }

  /** Moves what is read up. */
  async swipe(): Promise<void> {
    this.actions += 1
    await this.page.mouse.move(this.#size.width / 2, this.#size.height / 2)
    await this.page.mouse.wheel(0, this.#size.height / 2)
  }

  /** Opens the comparison of a source from the list of all runs. */
  async openFromList(source: string): Promise<void> {
    await this.load('/')
    await this.click(this.page.locator('a.compare', { hasText: new RegExp(`^${source}$`) }))
    await this.page.locator('.verdict').waitFor()
  }

  /** Expects a text in the window, as far as the user sees it without scrolling. */
  async sees(text: string | RegExp): Promise<void> {
    const box = await this.page.getByText(text).first().boundingBox()
    expect((box?.y ?? this.#size.height) + (box?.height ?? 0), String(text)).toBeLessThanOrEqual(
      this.#size.height,
    )
  }
}

const TASKS: readonly Task[] = [
  {
    title: 'sees whether a change is safe to publish, and why',
    atMost: 2,
    steps: async (user) => {
      await user.openFromList('tea')
      await user.sees('The packages differ by more than noise.')
      await user.sees('Machine code changed in 1 file')
      await user.sees('to verify')
      await user.sees('CVE-2026-0001')
      await user.sees('usr/share/tea/kinds')
    },
  },
  {
    title: 'sees which dependencies were dropped, added and bumped',
    atMost: 2,
    steps: async (user) => {
      await user.openFromList('tea')
      const finding = (words: RegExp) => user.page.locator('.finding', { hasText: words }).first().innerText()
      expect(await finding(/removed|drop/i)).toContain('adduser')
      expect(await finding(/libtinfo6/)).toContain('6.3')
      await user.sees('adduser')
    },
  },
  {
    title: 'sees which programs have other code, and which another build id alone',
    atMost: 3,
    steps: async (user) => {
      await user.openFromList('tea')
      const code = user.page.locator('.finding', { hasText: 'ELF_CODE_CHANGED' })
      expect(await code.allInnerTexts()).toEqual([expect.stringContaining('usr/bin/tea')])
      await user.sees('1 file differs by the build id alone')
      await user.click(user.page.locator('.noise summary', { hasText: 'BUILD_ID' }))
      await user.page.locator('.noise').getByRole('link', { name: 'usr/bin/pot' }).waitFor()
    },
  },
  {
    title: 'reads the lines of a file that changed',
    atMost: 3,
    steps: async (user) => {
      await user.openFromList('tea')
      await user.click(user.page.getByRole('link', { name: 'usr/share/tea/kinds' }).first())
      await user.page.locator('.line.added', { hasText: 'mate' }).waitFor()
    },
  },
  {
    title: 'shares some lines by a link, which shows them to others',
    atMost: 4,
    steps: shareLines,
  },
  {
    title: 'goes through fifty runs by keyboard, and reads each verdict',
    atMost: 300,
    steps: readFiftyRuns,
  },
  {
    title: 'sees which jobs failed, of which packages, and why',
    atMost: 3,
    steps: async (user) => {
      await user.load('/')
      await user.press('q')
      await user.click(user.page.getByRole('link', { name: /^Failed 1/ }))
      await user.sees('… is not a Debian binary package')
      const job = await user.page.locator('.reason .job').innerText()
      expect(job).toMatch(/pots\s+1-1 → 2-1\s+lintian-fixes/)
      expect(job).toContain('pot_2_all.deb is not a Debian binary package')
    },
  },
  {
    title: 'retries a job when its packages are mended, and sees that it is done',
    atMost: 3,
    steps: retryMended,
  },
  {
    title: 'gets from the list to a line by keyboard alone',
    atMost: 8,
    steps: async (user) => {
      await user.load('/?search=teatime')
      await user.page.locator('a.compare').waitFor()
      await user.press('j', 'Enter')
      await user.page.locator('.verdict').waitFor()
      await user.press('5')
      await user.page.locator('.document .line').first().waitFor()
      await user.press('n')
      await user.page.locator('.hunk-head.target').waitFor()
      await user.press('j')
      await user.page.locator('.line.target').waitFor()
      await user.press('Shift+J')
      await user.page.waitForFunction(() => document.querySelectorAll('.line.target').length === 2)
      await user.press('o')
      expect(await user.page.evaluate(() => document.activeElement?.className)).toContain('document')
    },
  },
  {
    title: 'reads the verdict and the changed lines on a phone, from which the header leaves',
    atMost: 4,
    size: PHONE,
    steps: async (user) => {
      await user.load('/?search=teatime')
      await user.click(user.page.locator('a.compare'))
      await user.page.locator('.verdict').waitFor()
      await user.sees('The packages differ by more than noise.')
      await user.click(user.page.getByRole('link', { name: 'Contents' }))
      await user.page.locator('.card .line').first().waitFor()
      await user.swipe()
      await user.page.locator('.top').waitFor({ state: 'hidden' })
      expect(await user.page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
    },
  },
  {
    title: 'continues to read when the connection is back',
    atMost: 2,
    steps: async (user) => {
      await user.load(`${SAMPLE_PAIR}?view=diffoscope`)
      await user.page.locator('.document .line').first().waitFor()
      user.site.expectComplaint(/ERR_INTERNET_DISCONNECTED/)
      await user.site.context.setOffline(true)
      try {
        // Side by side is not loaded yet.
        await user.press('s')
        await user.page.locator('.load-failure', { hasText: 'The service does not respond' }).waitFor()
      } finally {
        await user.site.context.setOffline(false)
      }
      await user.page.locator('.document .row').first().waitFor()
    },
  },
  ...(
    [
      ['summary', SAMPLE_PAIR, '.verdict-text', /differbymorethannoise.*Packages.*teatime-chimes.*Noise/],
      ['debdiff', `${SAMPLE_PAIR}?view=debdiff&noise=1`, 'table.fields', /party\.txt\.gz.*Version/],
      ['packages', `${SAMPLE_PAIR}?view=packages`, '.packages', /teatime-completions.*teatime-chimes/],
      ['contents', `${SAMPLE_PAIR}?view=files`, '.card .line', /usr\/bin\/teatime/],
      ['report', `${SAMPLE_PAIR}?view=diffoscope&noise=1`, '.document .line', /filelist.*party\.txt\.gz/],
    ] as const
  ).map(
    ([view, path, what, text]): Task => ({
      title: `prints the whole ${view}`,
      atMost: 2,
      // Most of it is not in view.
      size: { width: 1280, height: 300 },
      steps: async (user) => {
        await user.load(path)
        await user.page.locator(what).first().waitFor()
        await user.page.waitForLoadState('networkidle')
        // On a busy machine, the network may be idle before the next part is requested.
        await user.page.waitForFunction(
          () => !document.querySelector('.coming, .card-coming, .list-item-nodes, .list-item-hunks'),
        )
        await printWhole(user, text)
      },
    }),
  ),
]

async function shareLines(user: User): Promise<void> {
  await user.load(`${SAMPLE_PAIR}?view=diffoscope&at=6`)
  const lines = user.page
    .locator('.list-item-piece', { hasText: 'Package: teatime' })
    .first()
    .locator('.line')
  await user.click(lines.nth(1).locator('.number').first())
  await user.page.waitForFunction(() => /[?&]at=\d+\.0\.1(&|$)/.test(location.search))
  await user.click(lines.nth(4).locator('.number').first(), { modifiers: ['Shift'] })
  await user.page.waitForFunction(() => /[?&]at=\d+\.0\.1-4(&|$)/.test(location.search))
  const text = await user.page.locator('.line.target').allInnerTexts()
  expect(text).toHaveLength(4)
  await user.press('y')
  await user.page.getByText('Link copied').waitFor()
  const link = await user.page.evaluate(() => navigator.clipboard.readText())
  expect(link).toBe((await urlOf(user.page)).href)

  const other = await user.site.open(link)
  await other.locator('.line.target').nth(3).waitFor()
  expect(await other.locator('.hunk-head.target').count()).toBe(0)
  expect(await other.locator('.line.target').allInnerTexts()).toEqual(text)
  // Removed lines keep their colour.
  const colour = (which: string) =>
    other
      .locator(`.line.removed${which}`)
      .first()
      .evaluate((line) => getComputedStyle(line).backgroundColor)
  expect(await colour('.target')).toBe(await colour(':not(.target)'))
  const box = await other.locator('.line.target').first().boundingBox()
  // In the upper third of the lines.
  expect(box?.y).toBeLessThan(400)
}

async function readFiftyRuns(user: User): Promise<void> {
  await user.load('/?campaign=cups')
  await user.page.locator('a.compare').first().waitFor()
  await user.press('j', 'Enter')
  for (let i = 1; i < CUPS; i += 1) {
    await user.page.locator('.place', { hasText: `${i} of ` }).waitFor()
    const id = `cup-${numbered(CUPS - i)}`
    await user.page.waitForFunction((run) => location.pathname.endsWith(run), `/${id}`)
    await user.page.locator('.verdict-text.substantive').waitFor()
    await user.press('v', 'N')
  }
  await user.page.locator('.place', { hasText: '51 of ' }).waitFor()
  const viewed = await user.page.evaluate(() => JSON.parse(localStorage.getItem('differ-viewed') ?? '[]'))
  expect(viewed).toHaveLength(50)
}

async function retryMended(user: User): Promise<void> {
  const { artifacts } = user.site.service.places
  await rm(join(artifacts, 'pots-new', 'pot_2_all.deb'))
  await buildPackage(join(artifacts, 'pots-new'), POTS.new)
  await user.load('/queue?show=failed')
  await user.click(user.page.getByRole('button', { name: 'Retry', exact: true }))
  await user.page.getByText('Nothing here.').waitFor()
  await user.click(user.page.getByRole('link', { name: /^Done/ }))
  await user.page.locator('.job .state', { hasText: 'done' }).waitFor()
}

async function printWhole(user: User, text: RegExp): Promise<void> {
  user.actions += 1
  const pages = pagesOf(await user.page.pdf({ format: 'A4' }))
  const printed = pages.join('')
  expect(printed).toMatch(text)
  expect(printed).not.toMatch(/Loading|notprinted|toolargetobeprinted/)
  expect(pages.length).toBeLessThanOrEqual(12)
  for (const line of await user.page.locator('.document .line .text').allTextContents())
    expect(printed).toContain(line.replace(/\s/g, '').slice(0, 60))
}

const POTS = {
  old: { name: 'pot', version: '1', files: { 'usr/share/pot': 'red\n' } },
  new: { name: 'pot', version: '2', files: { 'usr/share/pot': 'blue\n' } },
} satisfies Record<string, PackageSpec>

/** A program of Debian, of which one byte of a section is changed. */
function programWith(section: string): Buffer {
  const bytes = readFileSync('/usr/bin/true')
  const { offset, sizeBytes } = new ElfFile(bytes).sections.find(({ name }) => name === section) ?? {
    offset: 0,
    sizeBytes: 0,
  }
  const at = offset + sizeBytes - 1
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return bytes
}

const changelog = (...entries: readonly string[]) =>
  gzipSync(
    entries
      .map((entry) => `tea (${entry}\n\n -- Jan <jan@example.org>  Sun, 01 Nov 2026 10:00:00 +0000\n\n`)
      .join(''),
  )
const FIRST_ENTRY = '1.0-1) unstable; urgency=medium\n\n  * First release.'
const SECURITY_ENTRY = '1.0-2) unstable; urgency=high\n\n  * Fix CVE-2026-0001.'

const TEA = {
  old: {
    name: 'tea',
    version: '1.0-1',
    control: { Depends: 'adduser, libtinfo6 (>= 6)' },
    files: {
      'usr/share/tea/kinds': 'oolong\nassam\n',
      'usr/bin/tea': readFileSync('/usr/bin/true'),
      'usr/bin/pot': readFileSync('/usr/bin/true'),
      'usr/share/doc/tea/changelog.Debian.gz': changelog(FIRST_ENTRY),
    },
  },
  new: {
    name: 'tea',
    version: '1.0-2',
    control: { Depends: 'libtinfo6 (>= 6.3)' },
    files: {
      'usr/share/tea/kinds': 'oolong\nmate\n',
      'usr/bin/tea': programWith('.text'),
      'usr/bin/pot': programWith('.note.gnu.build-id'),
      'usr/share/doc/tea/changelog.Debian.gz': changelog(SECURITY_ENTRY, FIRST_ENTRY),
    },
  },
} satisfies Record<string, PackageSpec>

interface NewPair {
  readonly id: string
  readonly source: string
  readonly campaign: string
  readonly versions: readonly [old: string, newer: string]
  readonly packages: { readonly old: PackageSpec; readonly new: PackageSpec }
}

async function addPair(service: TestService, { id, source, campaign, versions, packages }: NewPair) {
  const common = { codebase: source, source, mainBranchRevision: `${id}-main`, resultCode: 'success' }
  const old = {
    ...common,
    id: `${id}-old`,
    campaign: 'unchanged',
    revision: `${id}-main`,
    version: versions[0],
  }
  await service.addRun(old, [packages.old])
  await service.addRun({ ...common, id, campaign, revision: `${id}-change`, version: versions[1] }, [
    packages.new,
  ])
}

/** The samples, runs of `cups` with their summaries, a job that failed, and last a change to tea with its summary. */
async function startWithTasks(): Promise<TestService> {
  const service = await startWithSampleDiffs()
  const cup = (colour: string) => ({ name: 'cup', version: '1', files: { 'usr/share/cup': `${colour}\n` } })
  const cups = { old: cup('white'), new: cup('green') }
  for (let i = 0; i < CUPS; i += 1) {
    const id = `cup-${numbered(i)}`
    await addPair(service, {
      id,
      source: `cup${numbered(i)}`,
      campaign: 'cups',
      versions: ['1', '1'],
      packages: cups,
    })
    await service.ask(`/summary/${id}-old/${id}`)
  }
  await addPair(service, {
    id: 'pots-new',
    source: 'pots',
    campaign: 'lintian-fixes',
    versions: ['1-1', '2-1'],
    packages: POTS,
  })
  await writeFile(join(service.places.artifacts, 'pots-new', 'pot_2_all.deb'), 'not a package')
  const job =
    'makeDiffs(input: { comparison: { runs: { old: "pots-new-old", new: "pots-new" } } }) { __typename }'
  await service.graphql(`mutation { ${job} }`)
  await eventually(async () => {
    const { data } = await service.graphql('{ precacheJobs(status: [FAILED]) { nodes { jobId } } }')
    expect(data.precacheJobs.nodes).toHaveLength(1)
  })
  await addPair(service, {
    id: 'tea',
    source: 'tea',
    campaign: 'lintian-fixes',
    versions: ['1.0-1', '1.0-2'],
    packages: TEA,
  })
  await service.ask('/summary/tea-old/tea')
  return service
}

describeInBrowser('A reviewer', startWithTasks, (site) => {
  it.each(TASKS.map((task) => [task.title, task.atMost, task] as const))(
    '%s, in at most %i actions',
    async (_, atMost, { size = DESKTOP, steps }) => {
      const user = new User(site, size)
      await steps(user)
      expect(user.actions).toBeLessThanOrEqual(atMost)
    },
  )
})
