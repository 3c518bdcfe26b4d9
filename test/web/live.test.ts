/** Live changes on the web page: diffs being made, failures, the queue, a service that stops and returns. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import {
  addPair,
  type Gate,
  makeGate,
  makePlaces,
  type Places,
  startService,
  type TestService,
} from '../fixtures/service.ts'
import { type Browser, expectAccessible, hasChromium, startBrowser } from './browser.ts'

const TOKEN = 'a-token-of-the-test'

describe.skipIf(!hasChromium)('The web page (skipped without Chromium)', () => {
  let places: Places
  let gate: Gate
  let service: TestService
  let browser: Browser
  let page: Page
  /** The complaints that a test expects. */
  let expected = /^$/

  beforeAll(async () => {
    places = await makePlaces()
    gate = await makeGate(join(places.root, 'gate'))
    service = await startService({ env: { ...gate.env, DIFFER_TOKEN: TOKEN } })
    await mkdir(join(service.places.artifacts, 'broken'), { recursive: true })
    await service.addRun({ id: 'broken' }, [])
    await writeFile(join(service.places.artifacts, 'broken', 'hello_1_all.deb'), 'not a package')
    await service.addRun({ id: 'empty' }, [])
    await service.addRun({ id: 'failed', resultCode: 'build-failed' }, [])
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await service?.close()
    await removeTree(places.root)
  })
  afterEach(async () => {
    await gate.open()
    await page?.close()
    expect(browser.complaints.splice(0).filter((text) => !expected.test(text))).toEqual([])
    expected = /^$/
  })
  const compare = async (old: string, newer: string, query = '') => {
    page = await browser.open(
      `${service.url}/compare/${old}/${newer}?view=diffoscope${query.replace('?', '&')}`,
    )
  }
  const giveToken = async (token: string) => {
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Continue' }).click()
  }
  const generate = async () => {
    await page.getByRole('button', { name: 'Generate diff' }).click()
    await giveToken(TOKEN)
  }

  it('generates a missing diff, shows the progress, and then the diff', async () => {
    const pair = await addPair(service, 'made')
    await gate.close()
    await compare(pair.old, pair.new)
    await page.getByRole('button', { name: 'Generate diff' }).click()
    await giveToken('not the token')
    await page.getByText('did not accept').waitFor()
    await giveToken(TOKEN)
    await page.getByRole('heading', { name: 'Running debdiff' }).waitFor()
    await expectAccessible(page)
    // Another view of the same pair finds the job.
    await page.getByRole('link', { name: 'Control & files' }).click()
    await page.getByRole('heading', { name: 'Running debdiff' }).waitFor()

    const queue = await browser.open(`${service.url}/queue`)
    await queue.getByText('1 running').waitFor()
    await queue.getByText(`${pair.old} → ${pair.new}`).waitFor()
    expect(await queue.locator('.job .state').innerText()).toBe('debdiff')
    await gate.open()
    await page.locator('table.fields').first().waitFor()
    await queue.locator('.job .state', { hasText: 'done' }).waitFor()
    await queue.getByText('0 running').waitFor()
    await queue.close()
    await page.getByRole('link', { name: 'Whole report' }).click()
    await page.locator('.document .line').first().waitFor()
  })

  it('folds a batch to a bar, and retries all jobs that failed', async () => {
    await service.addRun(
      { id: 'batched-control', codebase: 'b', campaign: 'unchanged', revision: 'b-main' },
      [],
    )
    await service.addRun(
      { id: 'batched-change', codebase: 'b', campaign: 'batched', mainBranchRevision: 'b-main' },
      [],
    )
    await gate.close()
    await service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ query: 'mutation { precacheAll(campaign: "batched") { __typename } }' }),
    })
    page = await browser.open(`${service.url}/queue`)
    await page.locator('.batch', { hasText: '1 comparison' }).waitFor()
    await page
      .locator('.batch')
      .getByText(/1 failed/)
      .waitFor()
    await page.locator('.batch summary').click()
    await page.locator('.batch .job', { hasText: 'batched-change' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: /^Failed/ }).click()
    await page.getByRole('button', { name: 'Retry all' }).click()
    await giveToken(TOKEN)
    await page
      .getByText(/^Retry all: \d+ of \d+$/)
      .first()
      .waitFor()
  })

  it('says of a report that lacks a package why, and that it is not tried again', async () => {
    const tea = (name: string, version: string) => ({
      name,
      version,
      files: { 'usr/share/x': `${version}\n` },
    })
    await service.addRun({ id: 'partial-old' }, [tea('cup', '1'), tea('pot', '1')])
    await service.addRun({ id: 'partial-new' }, [tea('cup', '2')])
    await writeFile(join(service.places.artifacts, 'partial-new', 'pot_2_all.deb'), 'not a package')
    await compare('partial-old', 'partial-new')
    await generate()
    await page.locator('.incomplete > summary').click()
    await page.getByText('The missing packages are not tried again').waitFor()
    await page.getByText('diffoscope failed at a package').waitFor()
    expect(await page.locator('.incomplete').innerText()).toContain('pot')
    expect(await page.getByRole('button', { name: 'Try again in the background' }).count()).toBe(0)
    await expectAccessible(page)
  })

  it('cancels a job and retries it', async () => {
    const pair = await addPair(service, 'cancelled')
    await gate.close()
    await compare(pair.old, pair.new)
    await generate()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('heading', { name: 'Cancelled' }).waitFor()
    await gate.open()
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.locator('.document .line').first().waitFor()
  })

  describe('explains a failure', () => {
    it.each([
      ['none', 'empty', 'RunNotFoundError', /no such run/i],
      ['empty', 'failed', 'RunNotSuccessfulError', /build-failed/],
    ])('of %s compared with %s: %s', async (old, newer, type, words) => {
      await compare(old, newer)
      const failure = page.locator(`.failure[data-type=${type}]`)
      await failure.waitFor()
      expect(await failure.innerText()).toMatch(words)
      expect(await failure.locator('.advice').innerText()).toMatch(/Choose|choose/)
    })

    it.each([
      ['empty', 'ArtifactsMissingError', /missing/i],
      ['broken', 'InvalidPackageError', /hello_1_all\.deb/],
    ])('of a job for %s: %s', async (newer, type, words) => {
      const pair = await addPair(service, `beside-${newer}`)
      await compare(pair.old, newer)
      await generate()
      const failure = page.locator(`.failure[data-type=${type}]`)
      await failure.waitFor()
      expect(await failure.innerText()).toMatch(words)
      await page.goto(`${service.url}/queue?show=failed`)
      // Failures with the same reason stand below it, each with its source, versions and campaign.
      const group = page.locator('.reason', { hasText: newer })
      expect(await group.locator('summary').innerText()).toMatch(/\d+ jobs?$/)
      expect(await group.locator('.job a').first().innerText()).toMatch(/ → .* /)
      await group.getByRole('button', { name: 'Retry' }).first().waitFor()
      await expectAccessible(page)
    })
  })

  it('reports a service that stops, and continues when it is back', async () => {
    const own = await makePlaces()
    let other = await startService({ places: own, embedded: true })
    const port = new URL(other.url).port
    try {
      const pair = await addPair(other, 'away')
      page = await browser.open(`${other.url}/compare/${pair.old}/${pair.new}?view=diffoscope`)
      await page.getByRole('button', { name: 'Generate diff' }).click()
      await page.locator('.document .line').first().waitFor()
      const queue = await browser.open(`${other.url}/queue`)
      await queue.getByText('0 running').waitFor()
      expected = /Failed to load resource|ERR_CONNECTION|WebSocket/
      await other.close()
      await queue.getByText('Connection lost').waitFor()
      // Side by side is not loaded yet.
      await page.keyboard.press('s')
      await page.locator('.load-failure', { hasText: 'The service does not respond' }).waitFor()
      other = await startService({ places: own, embedded: true, env: { DIFFER_PORT: port } })
      await page.locator('.document .row').first().waitFor()
      await page.locator('.load-failure').waitFor({ state: 'detached' })
      await queue.getByText('Connection lost').waitFor({ state: 'detached' })
      await queue.close()
    } finally {
      await other.close()
      await removeTree(own.root)
    }
  })
})
