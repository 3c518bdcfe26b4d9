/** Continuation pages of an HTML report: their links, caching and invalid positions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { type Answer, startService, type TestService } from '../fixtures/service.ts'

const PREFIX = '/tools/differ'
const LINES = 400

let postgres: TestDatabase
let service: TestService

beforeAll(async () => {
  postgres = await createTestDatabase()
  service = await startService({
    databaseUrl: postgres.url,
    env: { DIFFER_BASE_URL: `https://example.org${PREFIX}` },
  })
  const side = (id: string, version: string) => {
    const many = Array.from({ length: LINES }, (_, i) => `line ${i} of ${id}\n`).join('')
    // Only the filter hides these changes.
    const boring = Array.from({ length: 300 }, (_, i) => `${i} ${version}\n`).join('')
    const files = {
      'usr/share/tea/long': `${'x'.repeat(40_000)}${id}\n`,
      'usr/share/tea/many': many,
      'usr/share/tea/version': boring,
    }
    return service.addRun({ id, codebase: 'tea', source: 'tea', version }, [{ name: 'tea', version, files }])
  }
  await side('r old', '1.0-1')
  await side('r-new', '1.0-1~jan1')
})

afterAll(async () => {
  await service?.close()
  await postgres?.stop()
})

const firstPage = (query = ''): Promise<Answer> =>
  service.ask(`/diffoscope/r%20old/r-new${query}`, { headers: { accept: 'text/html' } })

/** The URLs of links to continuation pages of one kind, in order. */
function linksIn({ text }: Answer, kind: string): string[] {
  return [...text.matchAll(new RegExp(`href="([^"]*)" data-rest="${kind}"`, 'g'))].map((match) =>
    (match[1] as string).replaceAll('&amp;', '&'),
  )
}

const changedRows = ({ text }: Answer) => text.match(/<tr class="diffchanged">/g)?.length ?? 0

describe('a continuation page', () => {
  it.each([
    ['', ''],
    ['?filter_boring', '&filter_boring=1'],
    ['?css_url=https://e.org/a.css?b%26c', '&css_url=https%3A%2F%2Fe.org%2Fa.css%3Fb%26c'],
  ])('is linked below the base URL and immutable, from a page with the query %j', async (query, kept) => {
    const first = await firstPage(query)
    expect(first.status).toBe(200)
    const links = linksIn(first, 'rows')
    expect(links.length).toBe(query === '?filter_boring' ? 1 : 2)
    let rows = 128
    for (let link = links[0]; link !== undefined; ) {
      expect(link.startsWith(`${PREFIX}/renderings/diffoscope/r%20old/r-new/html?v=`)).toBe(true)
      expect(link.endsWith(kept)).toBe(true)
      const page = await service.ask(link)
      expect(page.status).toBe(200)
      expect(page.headers['cache-control']).toBe('public, max-age=31536000, immutable')
      expect(`"${new URL(link, 'http://e.org').searchParams.get('v')}"`).toBe(page.headers.etag)
      expect(page.text.includes('<link rel="stylesheet" href="https://e.org/a.css?b&amp;c">')).toBe(
        query.includes('css_url'),
      )
      expect(page.text.includes('(filtered), continued</title>')).toBe(query === '?filter_boring')
      rows += changedRows(page)
      link = linksIn(page, 'rows')[0]
    }
    // One row is the heading of the hunk.
    expect(rows).toBe(LINES + 1)
  })

  it('has the same URL on the page of the API, and links back to that page', async () => {
    const { data } = await service.graphql(`{ comparison(old: "r old", new: "r-new") { ... on Comparison {
      diffoscope(mode: WAIT) { ... on Diffoscope { html { url etag content { text } } } } } } }`)
    const { url, etag, content } = data.comparison.diffoscope.html
    const page = await service.ask(new URL(url).pathname + new URL(url).search)
    expect(page.headers.etag).toBe(etag)
    expect(page.text === content.text).toBe(true)
    expect(linksIn(page, 'rows')).toEqual(linksIn(await firstPage(), 'rows'))
    const [link = ''] = linksIn(page, 'line')
    const rest = await service.ask(link)
    expect(rest.text).toContain('of a line, <a href=')
    const [, back] = /<a href="([^"]*)#n\d+">Back to the report/.exec(rest.text) ?? []
    expect(`https://example.org${back}`.replaceAll('&amp;', '&')).toBe(url)
  })

  it('is not immutable if the URL has another version', async () => {
    const [link = ''] = linksIn(await firstPage(), 'rows')
    const page = await service.ask(link.replace(/v=[^&]*/, 'v=other'))
    expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-cache'])
  })

  it.each(['', 'x', '0', '99999', '1.0.1.9999999', '1.0.0-99999999', '-1', '1e9', `1.${'1'.repeat(4000)}`])(
    'does not exist at the invalid position %j, which is a 404',
    async (position) => {
      const path = `/renderings/diffoscope/r%20old/r-new/html?from=${encodeURIComponent(position)}`
      const { status, text, headers } = await service.ask(path)
      expect([status, text]).toEqual([
        404,
        `The report has no position ${JSON.stringify(position.slice(0, 100))}; start at the report's beginning`,
      ])
      expect([headers.etag, headers['cache-control']]).toEqual([undefined, 'no-store'])
    },
  )

  it('exists only in HTML: other formats ignore the position', async () => {
    for (const path of ['diffoscope/r%20old/r-new/text', 'diffoscope/r%20old/r-new/json'])
      expect((await service.ask(`/renderings/${path}?from=x`)).status).toBe(200)
    expect(linksIn(await firstPage('?from=x'), 'rows').length).toBe(2)
  })
})
