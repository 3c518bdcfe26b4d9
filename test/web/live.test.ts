/** Live changes on the web page: diffs being made, failures, the queue, a service that stops and returns. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { addPair, type Gate, makeGate, makePlaces, type Places, startService } from '../fixtures/service.ts'
import { serve } from '../service/processes.ts'
import { describeInBrowser, expectAccessible } from './browser.ts'

const TOKEN = 'a-token-of-the-test'
/** More jobs than the queue shows at once. */
const BATCH = Array.from({ length: 55 }, (_, n) => n)

let places: Places | undefined
/** The tools wait while it is closed. */
let gate: Gate

async function startWithGate() {
  places = await makePlaces()
  gate = await makeGate(join(places.root, 'gate'))
  const service = await startService({ env: { ...gate.env, DIFFER_TOKEN: TOKEN } })
  await mkdir(join(service.places.artifacts, 'broken'), { recursive: true })
  await service.addRun({ id: 'broken' }, [])
  await writeFile(join(service.places.artifacts, 'broken', 'hello_1_all.deb'), 'not a package')
  await service.addRun({ id: 'empty' }, [])
  await service.addRun({ id: 'failed', resultCode: 'build-failed' }, [])
  return service
}

afterAll(async () => {
  if (places) await removeTree(places.root)
})

describeInBrowser('Live changes on the page', startWithGate, (site) => {
  let page: Page
  afterEach(() => gate.open())
  const compare = async (old: string, newer: string, query = '') => {
    page = await site.open(`/compare/${old}/${newer}?view=diffoscope${query.replace('?', '&')}`)
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
    const pair = await addPair(site.service, 'made')
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

    const queue = await site.open('/queue')
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
    await seedRuns(
      site.service.app.database,
      BATCH.flatMap((n) => [
        { id: `batched-control-${n}`, codebase: `b${n}`, campaign: 'unchanged', revision: `b-${n}` },
        { id: `batched-change-${n}`, codebase: `b${n}`, campaign: 'batched', mainBranchRevision: `b-${n}` },
      ]),
    )
    await gate.close()
    await site.service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ query: 'mutation { precacheAll(campaign: "batched") { __typename } }' }),
    })
    page = await site.open('/queue')
    await page.locator('.batch', { hasText: `${BATCH.length} comparisons` }).waitFor()
    await page.locator('.batch').getByText(`${BATCH.length} failed`).waitFor()
    await page.locator('.batch summary').click()
    await page.locator('.batch .job', { hasText: 'batched-change' }).first().waitFor()
    await expectAccessible(page)
    await page.getByRole('link', { name: /^Failed/ }).click()
    // All have the same reason, and stand below it. More than a page are loaded on request.
    const group = page.locator('.reason', { hasText: 'No packages are stored for run …' })
    await group.locator('summary', { hasText: '50 jobs' }).waitFor()
    expect(await group.locator('.job a').first().innerText()).toMatch(/^b\d+ .* batched$/)
    await page.getByRole('button', { name: 'Load more' }).click()
    await group.locator('summary', { hasText: `${BATCH.length} jobs` }).waitFor()
    await page.getByRole('button', { name: 'Retry all' }).click()
    await giveToken(TOKEN)
    await page.getByText(`Retry all: ${BATCH.length} of ${BATCH.length}`).waitFor()
  })

  it('cancels all jobs that wait or run, after a question', async () => {
    await gate.close()
    for (const name of ['first', 'second']) {
      const pair = await addPair(site.service, `all-${name}`)
      await compare(pair.old, pair.new)
      await generate()
      await page.getByRole('button', { name: 'Cancel' }).waitFor()
      await page.close()
    }
    page = await site.open('/queue')
    await page.locator('.job', { hasText: 'all-second' }).waitFor()
    page.once('dialog', (dialog) => void dialog.accept())
    await page.getByRole('button', { name: 'Cancel all' }).click()
    await giveToken(TOKEN)
    await page.getByText('Cancel all: 2 of 2').waitFor()
    await page.locator('.job', { hasText: 'all-first' }).getByText('cancelled').waitFor()
    await page.locator('.job', { hasText: 'all-second' }).getByText('cancelled').waitFor()
  })

  it('says of a report that lacks a package why, and that it is not tried again', async () => {
    const tea = (name: string, version: string) => ({
      name,
      version,
      files: { 'usr/share/x': `${version}\n` },
    })
    await site.service.addRun({ id: 'partial-old' }, [tea('cup', '1'), tea('pot', '1')])
    await site.service.addRun({ id: 'partial-new' }, [tea('cup', '2')])
    await writeFile(join(site.service.places.artifacts, 'partial-new', 'pot_2_all.deb'), 'not a package')
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
    const pair = await addPair(site.service, 'cancelled')
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
      const pair = await addPair(site.service, `beside-${newer}`)
      await compare(pair.old, newer)
      await generate()
      const failure = page.locator(`.failure[data-type=${type}]`)
      await failure.waitFor()
      const text = await failure.innerText()
      expect(text).toMatch(words)
      expect(text.split('hello_1_all.deb').length).toBeLessThanOrEqual(2)
      // A retry that fails in the same way can be told from the first attempt.
      const attempt = page.locator('.ended-job small')
      const first = await attempt.innerText()
      const [, second = ''] = /^Failed at \d\d:\d\d:(\d\d)/.exec(first) ?? []
      expect(second).not.toBe('')
      // A second attempt in the same second would look like the first one.
      await page.waitForFunction((old) => new Date().getSeconds() !== Number(old), second)
      await page.getByRole('button', { name: 'Retry' }).click()
      await page.waitForFunction((old) => {
        const now = document.querySelector('.ended-job small')?.textContent
        return now != null && now !== old
      }, first)
      await page.goto(`${site.service.url}/queue?show=failed`)
      // Failures with the same reason stand below it, each with its source, versions and campaign.
      const group = page.locator('.reason', { hasText: newer })
      expect(await group.locator('summary').innerText()).toMatch(/\d+ jobs?$/)
      expect(await group.locator('.job a').first().innerText()).toMatch(/ → .* /)
      await group.getByRole('button', { name: 'Retry' }).first().waitFor()
      await expectAccessible(page)
    })
  })

  it('reports a service that is killed, and continues when it is back', async () => {
    const own = await makePlaces()
    try {
      const before = await startService({ places: own, embedded: true })
      const pair = await addPair(before, 'away')
      await before.close()
      const other = await serve(own)
      page = await site.open(`${other.url}/compare/${pair.old}/${pair.new}?view=diffoscope`)
      await page.getByRole('button', { name: 'Generate diff' }).click()
      await page.locator('.document .line').first().waitFor()
      const queue = await site.open(`${other.url}/queue`)
      await queue.getByText('0 running').waitFor()
      site.expectComplaint(/Failed to load resource|ERR_CONNECTION|WebSocket/)
      await other.end('SIGKILL')
      await queue.getByText('Connection lost').waitFor()
      // Side by side is not loaded yet.
      await page.keyboard.press('s')
      await page.locator('.load-failure', { hasText: 'The service does not respond' }).waitFor()
      const after = await serve(own, { DIFFER_PORT: new URL(other.url).port })
      await page.locator('.document .row').first().waitFor()
      await page.locator('.load-failure').waitFor({ state: 'detached' })
      await queue.getByText('Connection lost').waitFor({ state: 'detached' })
      await queue.close()
      await after.end('SIGTERM')
    } finally {
      await removeTree(own.root)
    }
  })
})
