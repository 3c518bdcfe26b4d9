/** The rest of a report's page over HTTP: where the links lead, what may be kept of it, what a made-up place gets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { type Answer, startService, type TestService } from '../fixtures/service.ts'

const PREFIX = '/tools/differ'
const LINES = 400

let postgres: TestPostgres
let service: TestService

beforeAll(async () => {
  postgres = await startPostgres()
  service = await startService({
    databaseUrl: postgres.url,
    env: { DIFFER_BASE_URL: `https://example.org${PREFIX}` },
  })
  const side = (id: string, version: string) => {
    const many = Array.from({ length: LINES }, (_, i) => `line ${i} of ${id}\n`).join('')
    // The filter takes such a change away, and nothing else.
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

const restPage = (query = ''): Promise<Answer> =>
  service.ask(`/diffoscope/r%20old/r-new${query}`, { headers: { accept: 'text/html' } })

/** The addresses that links to the rest have, in order. */
function linksIn({ text }: Answer, rest: string): string[] {
  return [...text.matchAll(new RegExp(`href="([^"]*)" data-rest="${rest}"`, 'g'))].map((match) =>
    (match[1] as string).replaceAll('&amp;', '&'),
  )
}

const changedRows = ({ text }: Answer) => text.match(/<tr class="diffchanged">/g)?.length ?? 0

describe('the rest of a page', () => {
  it.each([
    ['', ''],
    ['?filter_boring', '&filter_boring=1'],
    ['?css_url=https://e.org/a.css?b%26c', '&css_url=https%3A%2F%2Fe.org%2Fa.css%3Fb%26c'],
  ])('is linked below the base URL, for ever, by a page asked for with %j', async (query, kept) => {
    const first = await restPage(query)
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
    // The first page had a row for the hunk's heading.
    expect(rows).toBe(LINES + 1)
  })

  it('is linked by the page of the API too, with the same addresses, and leads back to it', async () => {
    const { data } = await service.graphql(`{ comparison(old: "r old", new: "r-new") { ... on Comparison {
      diffoscope(mode: WAIT) { ... on Diffoscope { html { url etag content { text } } } } } } }`)
    const { url, etag, content } = data.comparison.diffoscope.html
    const page = await service.ask(new URL(url).pathname + new URL(url).search)
    expect(page.headers.etag).toBe(etag)
    expect(page.text === content.text).toBe(true)
    expect(linksIn(page, 'rows')).toEqual(linksIn(await restPage(), 'rows'))
    const [link = ''] = linksIn(page, 'line')
    const rest = await service.ask(link)
    expect(rest.text).toContain('of a line, <a href=')
    const [, back] = /<a href="([^"]*)#n\d+">Back to the report/.exec(rest.text) ?? []
    expect(`https://example.org${back}`.replaceAll('&amp;', '&')).toBe(url)
  })

  it('is not for ever at an address without its version', async () => {
    const [link = ''] = linksIn(await restPage(), 'rows')
    const page = await service.ask(link.replace(/v=[^&]*/, 'v=other'))
    expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-cache'])
  })

  it.each(['', 'x', '0', '99999', '1.0.1.9999999', '1.0.0-99999999', '-1', '1e9', `1.${'1'.repeat(4000)}`])(
    'at a made-up place %j is a 404 in a sentence',
    async (place) => {
      const path = `/renderings/diffoscope/r%20old/r-new/html?from=${encodeURIComponent(place)}`
      const { status, text, headers } = await service.ask(path)
      expect([status, text]).toEqual([404, 'The report has no such place; go back to its beginning'])
      expect([headers.etag, headers['cache-control']]).toEqual([undefined, 'no-store'])
    },
  )

  it('is a matter of the diffoscope page alone: elsewhere the place is ignored', async () => {
    for (const path of ['diffoscope/r%20old/r-new/text', 'diffoscope/r%20old/r-new/json'])
      expect((await service.ask(`/renderings/${path}?from=x`)).status).toBe(200)
    expect(linksIn(await restPage('?from=x'), 'rows').length).toBe(2)
  })
})
