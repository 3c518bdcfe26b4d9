/** What happens while somebody looks: diffs that are made, failures, the queue, a service that goes away and comes back. */
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

// Beside other tests on two processors a browser takes its time.
describe.skipIf(!hasChromium)('in Chromium', () => {
  let places: Places
  let gate: Gate
  let service: TestService
  let browser: Browser
  let page: Page
  /** Complaints that a test expects. */
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
  const compare = async (old: string, fresh: string, query = '') => {
    page = await browser.open(`${service.url}/compare/${old}/${fresh}${query}`)
  }
  const giveToken = async (token: string) => {
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Go on' }).click()
  }
  const makeDiffs = async () => {
    await page.getByRole('button', { name: /Make the diffs/ }).click()
    await giveToken(TOKEN)
  }

  it('a diff that is not made has a button, progress, and then is there', async () => {
    const pair = await addPair(service, 'made')
    await gate.close()
    await compare(pair.old, pair.new)
    await page.getByRole('button', { name: 'Make the diffs' }).click()
    await giveToken('not the token')
    await page.getByText('did not accept').waitFor()
    await giveToken(TOKEN)
    await page.getByRole('heading', { name: 'Running debdiff' }).waitFor()
    await expectAccessible(page)
    // Another view of the same pair finds the job by itself.
    await page.getByRole('link', { name: 'Files and fields' }).click()
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
    await page.getByRole('link', { name: 'Inside the files' }).click()
    await page.locator('.document .line').first().waitFor()
  })

  it('a job is cancelled, and asked for again', async () => {
    const pair = await addPair(service, 'cancelled')
    await gate.close()
    await compare(pair.old, pair.new)
    await makeDiffs()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('heading', { name: 'Cancelled' }).waitFor()
    await gate.open()
    await page.getByRole('button', { name: 'Make the diffs again' }).click()
    await page.locator('.document .line').first().waitFor()
  })

  describe('a failure is told as what it is', () => {
    it.each([
      ['none', 'empty', 'RunNotFoundError', /no such run/i],
      ['empty', 'failed', 'RunNotSuccessfulError', /build-failed/],
    ])('%s beside %s: %s', async (old, fresh, type, words) => {
      await compare(old, fresh)
      const failure = page.locator(`.failure[data-type=${type}]`)
      await failure.waitFor()
      expect(await failure.innerText()).toMatch(words)
      expect(await failure.locator('.advice').innerText()).toMatch(/Choose|choose/)
    })

    it.each([
      ['empty', 'ArtifactsMissingError', /not there/],
      ['broken', 'InvalidPackageError', /hello_1_all\.deb/],
    ])('%s, by a job: %s', async (fresh, type, words) => {
      const pair = await addPair(service, `beside-${fresh}`)
      await compare(pair.old, fresh)
      await makeDiffs()
      const failure = page.locator(`.failure[data-type=${type}]`)
      await failure.waitFor()
      expect(await failure.innerText()).toMatch(words)
      await page.goto(`${service.url}/queue?show=failed`)
      await page.locator('.job', { hasText: fresh }).locator('.advice').waitFor()
      await expectAccessible(page)
    })
  })

  it('a service that goes away is told of, and the page goes on when it is back', async () => {
    const own = await makePlaces()
    let other = await startService({ places: own })
    const port = new URL(other.url).port
    try {
      const pair = await addPair(other, 'away')
      page = await browser.open(`${other.url}/compare/${pair.old}/${pair.new}`)
      await page.getByRole('button', { name: 'Make the diffs' }).click()
      await page.locator('.document .line').first().waitFor()
      const queue = await browser.open(`${other.url}/queue`)
      await queue.getByText('0 running').waitFor()
      expected = /Failed to load resource|ERR_CONNECTION|WebSocket/
      await other.close()
      await queue.getByText('The connection is broken').waitFor()
      // Side by side is not loaded yet.
      await page.keyboard.press('s')
      await page.locator('.trouble', { hasText: 'The service does not answer' }).waitFor()
      other = await startService({ places: own, env: { DIFFER_PORT: port } })
      await page.locator('.document .row').first().waitFor()
      await page.locator('.trouble').waitFor({ state: 'detached' })
      await queue.getByText('The connection is broken').waitFor({ state: 'detached' })
      await queue.close()
    } finally {
      await other.close()
      await removeTree(own.root)
    }
  })
})
