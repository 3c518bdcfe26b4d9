/** The content security policies of pages, as a real browser enforces them. */
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHROMIUM_OPTIONS, hasChromium } from '../fixtures/chromium.ts'
import type { TestService } from '../fixtures/service.ts'
import { makeSampleDiffs, SAMPLES, startWithSamples } from '../graphql/samples.ts'

let service: TestService
let browser: Browser
const PAIR = `${SAMPLES.old}/${SAMPLES.new}`

/** Opens a page. Returns the browser's complaints, its requests to other sites, and the page's policy. */
async function visit(path: string, use?: (page: import('playwright-core').Page) => Promise<void>) {
  const page = await browser.newPage()
  const complaints: string[] = []
  const elsewhere: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content.Security.Policy/i.test(message.text()))
      complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(service.url) && !/^(data|blob):/.test(request.url()))
      elsewhere.push(request.url())
  })
  const response = await page.goto(service.url + path)
  await use?.(page)
  const policy = response?.headers()['content-security-policy'] ?? ''
  await page.close()
  return { complaints, elsewhere, policy }
}

describe.skipIf(!hasChromium)('the policy of a page (skipped without Chromium)', () => {
  beforeAll(async () => {
    service = await startWithSamples()
    await makeSampleDiffs(service)
    browser = await chromium.launch(CHROMIUM_OPTIONS)
  })
  afterAll(async () => {
    await browser?.close()
    await service?.close()
  })

  it('lets a report use its own style and script', async () => {
    const { complaints, elsewhere, policy } = await visit(`/diffoscope/${PAIR}`, async (page) => {
      await page.getByRole('button', { name: 'Fold all', exact: true }).click()
      expect(await page.locator('.difference > details[open]').count()).toBe(0)
      expect(await page.evaluate(() => getComputedStyle(document.body).fontFamily)).not.toBe('')
    })
    expect([complaints, elsewhere]).toEqual([[], []])
    expect(policy).toMatch(/^default-src 'none'/)
    expect(policy).not.toMatch(/unsafe|\*/)
  })

  it('lets a debdiff show its colours', async () => {
    const { complaints, policy } = await visit(`/debdiff/${PAIR}`, async (page) => {
      expect(
        await page
          .locator('span')
          .first()
          .evaluate((span) => getComputedStyle(span).fontWeight),
      ).toBe('700')
    })
    expect(complaints).toEqual([])
    expect(policy).toMatch(/style-src 'unsafe-hashes' 'sha256-[^ ]+' 'sha256-[^ ]+'$/)
  })

  it('allows the stylesheet of css_url, and no other', async () => {
    const { policy } = await visit(`/diffoscope/${PAIR}?css_url=https://style.example:8443/a.css`)
    expect(policy).toMatch(/style-src 'sha256-[^ ]+' https:\/\/style\.example:8443;/)
    const own = await visit(`/diffoscope/${PAIR}?css_url=/own.css`)
    expect(own.policy).toMatch(/style-src 'sha256-[^ ]+' 'self';/)
  })

  it('stops a script that is injected into a report', async () => {
    const page = await browser.newPage()
    await page.goto(`${service.url}/diffoscope/${PAIR}`)
    const ran = await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.append(script)
      document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.ran = true">')
      return new Promise((resolve) => setTimeout(() => resolve('ran' in window), 200))
    })
    expect(ran).toBe(false)
    await page.close()
  })

  it('lets GraphiQL work, with the example operations as its tabs', async () => {
    const { complaints, elsewhere, policy } = await visit('/graphql', async (page) => {
      await page.getByText('query Comparison').first().waitFor({ timeout: 30_000 })
      const responded = page.waitForResponse(
        (response) => response.request().postData()?.includes('"Comparison"') ?? false,
      )
      await page.getByRole('button', { name: /Execute query/ }).click()
      const response = await responded
      expect([
        response.status(),
        response.status() === 200 ? '' : await response.text(),
        response.status() === 200 ? '' : response.request().postData(),
      ]).toEqual([200, '', ''])
      await page.waitForFunction(() =>
        /"__typename": *"Comparison"/.test(document.body.innerText.replace(/\u00a0/g, ' ')),
      )
    })
    expect(complaints.filter((text) => /Content.Security.Policy/i.test(text))).toEqual([])
    expect(elsewhere).toEqual([])
    expect(policy).toContain("script-src 'sha256-")
  })

  it('is strict for an error page, too', async () => {
    const { complaints, policy } = await visit('/nothing-here')
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([])
    expect(policy).toMatch(/^default-src 'none'.*style-src 'sha256-[^ ]+'$/)
  })
})
