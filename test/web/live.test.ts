/** What somebody sees who asks for a diff that nobody has made: progress, the diff, or why it did not come. And what becomes of the page when the service goes. */

import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { node, toReport } from '../diff/report/model.ts'
import {
  addPair,
  type Gate,
  makeGate,
  makePlaces,
  NEW_PACKAGES,
  type Places,
  serviceFixture,
  startService,
  type TestService,
} from '../fixtures/service.ts'
import { buildProgram, serve } from '../service/processes.ts'
import { axeFindings, hasChromium, startBrowser, type TestBrowser } from './browser.ts'

const TOKEN = 'a-token'
/** Of an answer that refuses. */
const REFUSED = expect.stringContaining('401')

describe.skipIf(!hasChromium)('a diff that is not there', () => {
  let places: Places
  let gate: Gate
  let service: TestService
  let browser: TestBrowser
  beforeAll(async () => {
    places = await makePlaces()
    gate = await makeGate(join(places.root, 'gate'))
    service = await startService({ places, env: { ...gate.env, DIFFER_TOKEN: TOKEN } })
    for (const name of ['a', 'b', 'c', 'd']) await addPair(service, name)
    browser = await startBrowser()
  }, 180_000)
  afterAll(async () => {
    await gate?.open()
    await browser?.close()
    await service?.close()
    if (places) await removeTree(places.root)
  })
  afterEach(async () => expect(await browser.endPages()).toEqual([]))

  const open = (path: string) => browser.open(service.url + path)
  const make = (page: Page) => page.getByRole('button', { name: 'Make the diffs' }).click()
  /** A page of somebody who has shown the token. */
  const openTrusted = async (path: string) => {
    const page = await open(path)
    await page.evaluate((token) => sessionStorage.setItem('differ-token', token), TOKEN)
    return page
  }

  it('is made when asked for: a token, progress, and then the diff without a reload', async () => {
    await gate.close()
    const page = await open('/compare/a-old/a-new')
    await page.evaluate(() => Object.assign(window, { neverReloaded: true }))
    await page.getByText('Not made yet').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await make(page)
    await page.getByLabel('Token').fill('another')
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.getByText('did not accept').waitFor()
    await page.getByLabel('Token').fill(TOKEN)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Running debdiff' }).waitFor()
    const bar = page.getByRole('progressbar')
    const before = Number(await bar.getAttribute('value'))
    expect(await axeFindings(page)).toEqual([])
    await gate.open()
    await page.locator('.document .line').first().waitFor()
    expect(before).toBeLessThan(1)
    expect(await page.locator('#announcements').innerText()).toBe('The diffs are made')
    await page.getByRole('link', { name: 'Files and fields' }).click()
    await page.locator('.fields').waitFor()
    expect(await page.evaluate(() => 'neverReloaded' in window)).toBe(true)
    expect(await browser.endPages()).toEqual([REFUSED, REFUSED])
  })

  it('is seen on its way on the page of the queue, by everybody, and stopped from there', async () => {
    await gate.close()
    const asking = await openTrusted('/compare/b-old/b-new')
    await make(asking)
    await asking.getByRole('heading', { name: 'Running debdiff' }).waitFor()
    const queue = await openTrusted('/queue')
    const job = (name: string) => queue.locator('.job', { hasText: `${name}-new` })
    await job('b').getByText('debdiff', { exact: true }).waitFor()
    await expect.poll(() => queue.locator('.summary').innerText()).toMatch(/1 running\s+0 waiting/)
    expect(await job('a').locator('.state').innerText()).toBe('done')
    // What is asked for elsewhere comes by itself.
    const other = await openTrusted('/compare/c-old/c-new')
    await make(other)
    await job('c').waitFor()
    await other.locator('.progress').waitFor()
    expect(await axeFindings(queue)).toEqual([])
    await queue.emulateMedia({ colorScheme: 'dark' })
    expect(await axeFindings(queue)).toEqual([])
    if (process.env['DIFFER_SHOTS'])
      await queue.screenshot({ path: join(process.env['DIFFER_SHOTS'], 'queue.png') })
    await job('c').getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => job('c').locator('.state').innerText(), { timeout: 30_000 }).toBe('cancelled')
    await other.getByText('Cancelled').waitFor()
    await asking.getByRole('button', { name: 'Cancel' }).click()
    await asking.getByText('Cancelled').waitFor()
    await expect.poll(() => job('b').locator('.state').innerText(), { timeout: 30_000 }).toBe('cancelled')
    await queue.getByRole('link', { name: 'Waiting' }).click()
    await queue.waitForURL(/show=queued/)
    await queue.getByText('No job.').waitFor()
    await queue.goBack()
    await job('a').waitFor()
    await gate.open()
    await other.getByRole('button', { name: 'Make the diffs again' }).click()
    await other.locator('.document .line').first().waitFor()
  })
})

describe.skipIf(!hasChromium)('a diff that cannot be made', () => {
  let places: Places
  let service: TestService
  let browser: TestBrowser
  beforeAll(async () => {
    places = await makePlaces()
    const hangs = join(places.root, 'hangs')
    // Only what it is told to compare tells which of the two pairs it is.
    await writeFile(
      hangs,
      '#!/bin/sh\ncase "$1" in --version|--list-missing-tools) exec diffoscope "$@";; esac\nexec sleep 600\n',
      { mode: 0o755 },
    )
    service = await startService({
      places,
      env: {
        DIFFER_SANDBOX: 'off',
        DIFFER_DEBDIFF_COMMAND: `${serviceFixture('fails')} 7`,
        DIFFER_DIFFOSCOPE_COMMAND: hangs,
        DIFFER_DIFFOSCOPE_TIMEOUT: '2',
        DIFFER_PRECACHE_DIFFOSCOPE_TIMEOUT: '2',
      },
    })
    await addPair(service, 'a')
    await service.addRun({ id: 'failed', codebase: 'a', resultCode: 'build-failed' }, [])
    await service.addRun({ id: 'empty', codebase: 'a' }, [])
    await service.addRun({ id: 'broken', codebase: 'a' }, NEW_PACKAGES)
    await writeFile(join(places.artifacts, 'broken/tea_1.0-1+jan1_all.deb'), 'none')
    browser = await startBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await service?.close()
    if (places) await removeTree(places.root)
  })
  afterEach(async () => expect(await browser.endPages()).toEqual([]))

  it.each([
    { pair: 'a-old/nobody', type: 'RunNotFoundError', says: /no such run[\s\S]*Look at the id/ },
    {
      pair: 'a-old/failed',
      type: 'RunNotSuccessfulError',
      says: /build-failed[\s\S]*Choose a run that succeeded/,
    },
  ])('$pair is a $type, with what one can do', async ({ pair, type, says }) => {
    const page = await browser.open(`${service.url}/compare/${pair}`)
    const failure = page.locator(`[data-type=${type}]`)
    await failure.waitFor()
    expect(await failure.innerText()).toMatch(says)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('link', { name: 'The list of runs' }).click()
    await page.waitForURL(`${service.url}/`)
  })

  it.each([
    { pair: 'a-old/empty', type: 'ArtifactsMissingError', says: /not there[\s\S]*building the run again/ },
    {
      pair: 'a-old/broken',
      type: 'InvalidPackageError',
      says: /tea_1\.0-1\+jan1_all\.deb[\s\S]*never given to a tool/,
    },
    {
      pair: 'a-old/a-new',
      type: 'DiffCommandError',
      says: /failed[\s\S]*Exit code\s*7[\s\S]*Trying again will not help/,
    },
  ])('$pair becomes a $type, with what one can do', async ({ pair, type, says }) => {
    const page = await browser.open(`${service.url}/compare/${pair}`)
    await page.getByRole('button', { name: 'Make the diffs' }).click()
    const failure = page.locator(`[data-type=${type}]`)
    await failure.waitFor()
    expect(await failure.innerText()).toMatch(says)
    if (type === 'DiffCommandError') {
      await failure.getByText('What debdiff said').click()
      expect(await failure.locator('pre').innerText()).toContain('cannot read')
    }
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Make the diffs again' }).waitFor()
  })
})

describe.skipIf(!hasChromium)('a service that is killed', () => {
  const HUNKS = 2000
  it('is said to be away, and when it is back the page goes on by itself', async () => {
    await buildProgram()
    const places = await makePlaces()
    const browser = await startBrowser()
    try {
      const seed = await startService({ places })
      await addPair(seed, 'a')
      await seed.close()
      await mkdir(join(places.cache, 'diffoscope'), { recursive: true })
      const hunk = (i: number) => `@@ -${i * 9 + 1},2 +${i * 9 + 1},2 @@\n-old ${i}\n+new ${i}\n same ${i}\n`
      const diff = Array.from({ length: HUNKS }, (_, i) => hunk(i)).join('')
      await writeFile(
        join(places.cache, 'diffoscope/a-old_a-new.json'),
        toReport(node('root', { details: [node('file', { unified_diff: diff })] })),
      )
      const env = { DIFFER_PORT: String(await freePort()) }
      const first = await serve(places, env)
      const report = await browser.open(`${first.url}/compare/a-old/a-new`)
      await report.getByText('old 0').waitFor()
      const queue = await browser.open(`${first.url}/queue`)
      await queue.getByText('No job.').waitFor()
      const runs = await browser.open(`${first.url}/`)
      await runs.locator('.runs tbody tr').first().waitFor()

      await first.end('SIGKILL')
      await queue.getByText('The connection is broken').waitFor()
      await report.locator('.document').focus()
      await report.keyboard.press('End')
      await report.locator('[data-type=ServiceUnreachable]').waitFor()
      expect(await axeFindings(report)).toEqual([])
      await runs.getByRole('searchbox').fill('a-new')
      await runs.locator('[data-type=ServiceUnreachable]').waitFor()
      const debdiff = await browser.context.newPage()
      await debdiff.close()

      await serve(places, env)
      await report.getByText(`new ${HUNKS - 1}`).waitFor()
      await report.locator('[data-type=ServiceUnreachable]').waitFor({ state: 'detached' })
      await runs.locator('.runs tbody tr', { hasText: 'a-new' }).waitFor()
      await queue.getByText('The connection is broken').waitFor({ state: 'detached' })
      // And it hears again of what happens.
      await report.getByRole('link', { name: 'Files and fields' }).click()
      await report.getByRole('button', { name: 'Make the diffs' }).click()
      await queue.locator('.job', { hasText: 'a-new' }).waitFor()
      await report.locator('.fields').waitFor()
      for (const complaint of await browser.endPages())
        expect(complaint).toMatch(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket/)
    } finally {
      await browser.close()
      await removeTree(places.root)
    }
  }, 180_000)
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
