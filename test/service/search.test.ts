/** Searches in reports and in the files of a comparison: over GraphQL, REST and on the command line. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { searchToEnd } from '../fixtures/search.ts'
import { startService, type TestService } from '../fixtures/service.ts'
import { differ } from './processes.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
  const common = { codebase: 'tea', source: 'tea', resultCode: 'success' } as const
  const tea = (leaf: string) => ({
    name: 'tea',
    version: '1.0-1',
    files: {
      'usr/share/tea/leaves': `${leaf}\nsteep \u{1f375} "3\\4" min\n`,
      'usr/share/tea/many': Array.from({ length: 30 }, (_, at) => `${at} ${leaf}\n`).join(''),
      'DEBIAN/postinst': { content: `#!/bin/sh\necho ${leaf}\n`, mode: 0o755 },
      'usr/lib/tea/spout': Buffer.from([0, 5, 6, leaf.length]),
    },
  })
  await service.addRun({ id: 'old', campaign: 'unchanged', ...common }, [tea('oolong')])
  await service.addRun({ id: 'new', campaign: 'lintian-fixes', ...common }, [tea('Sencha leaf')])
  await service.addRun({ id: 'unmade', campaign: 'lintian-fixes', ...common }, [tea('green')])
  await service.graphql(
    '{ comparison(old: "old", new: "new") { ... on Comparison { summary(mode: WAIT) { __typename } diffoscope(mode: WAIT) { __typename } } } }',
  )
})
afterAll(() => service?.close())

const HIT = `place kind oldNumber newNumber text textStart hunkPosition linePosition matches { start end }
  node { path } hunk { position } file { path }`
const PAGE = `__typename
  ... on SearchHitConnection {
    edges { cursor node { ${HIT} } } nodes { place } totalCount cutLines skippedFiles
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }`

interface Page {
  readonly __typename: string
  readonly edges: { readonly cursor: string; readonly node: Hit }[]
  readonly totalCount: number | null
  readonly skippedFiles: number
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly endCursor: string | null
  }
}
interface Hit {
  readonly place: string
  readonly kind: string | null
  readonly text: string
  readonly node: { readonly path: string[] }
  readonly file: { readonly path: string } | null
}

const QUERIES = {
  report: (page: string) => `diffoscope { ... on Diffoscope { at: search(${page}) { ${PAGE} } } }`,
  file: (page: string) =>
    `file(package: "tea", path: "usr/share/tea/many") { ... on FileReport { at: search(${page}) { ${PAGE} } } }`,
  files: (page: string) => `at: search(${page}) { ${PAGE} }`,
}
const VARIABLES =
  '$text: String!, $regex: Boolean!, $ignoreCase: Boolean!, $side: SearchSide!, $first: Int!, $after: String'
const ARGUMENTS =
  'text: $text, regex: $regex, ignoreCase: $ignoreCase, side: $side, first: $first, after: $after'

async function answer(where: keyof typeof QUERIES, variables: object) {
  return service.graphql(
    `query (${VARIABLES}) { comparison(old: "old", new: "new") { ... on Comparison { ${QUERIES[where](ARGUMENTS)} } } }`,
    { regex: false, ignoreCase: false, side: 'BOTH', first: 50, ...variables },
  )
}

async function search(where: keyof typeof QUERIES, variables: object): Promise<Page> {
  const { data, errors } = await answer(where, variables)
  expect(errors).toBeUndefined()
  const { at, diffoscope, file } = data.comparison
  return at ?? diffoscope?.at ?? file?.at
}

/** All pages. A page may end early on a busy machine. */
async function searchAll(where: keyof typeof QUERIES, variables: object): Promise<Page> {
  const edges: Page['edges'] = []
  let skippedFiles = 0
  for (let after: string | null = null; ; ) {
    const page: Page = await search(where, { first: 100, after, ...variables })
    edges.push(...page.edges)
    skippedFiles += page.skippedFiles
    if (!page.pageInfo.hasNextPage) return { ...page, edges, skippedFiles }
    after = page.pageInfo.endCursor
  }
}

describe.each(['report', 'file', 'files'] as const)('a search in the %s', (where) => {
  it('finds lines with their places', async () => {
    const { edges, pageInfo, totalCount } = await searchAll(where, { text: '7 Sencha', side: 'NEW' })
    const texts = edges.map(({ node }) => [node.kind, node.text, node.place])
    expect(texts).toEqual(['7', '17', '27'].map((number) => ['ADDED', `${number} Sencha leaf`, 'LINE']))
    expect(edges[0]?.node).toMatchObject({
      oldNumber: null,
      newNumber: 8,
      textStart: 0,
      matches: [{ start: 0, end: 8 }],
      hunk: { position: 0 },
      hunkPosition: 0,
    })
    expect(edges[0]?.node.node.path.at(-1)).toMatch(/usr\/share\/tea\/many$/)
    expect(edges[0]?.node.file?.path).toBe(where === 'report' ? undefined : 'usr/share/tea/many')
    expect([pageInfo.hasNextPage, totalCount]).toEqual([false, 3])
  })

  it.each([1, 2, 7])('finds the same on pages of %i', async (first) => {
    const all = await searchAll(where, { text: 'o', ignoreCase: true })
    const found: Hit[] = []
    for (let after: string | null = null, isLast = false; !isLast; ) {
      const page: Page = await search(where, { text: 'o', ignoreCase: true, first, after })
      expect(page.edges.length).toBeLessThanOrEqual(first)
      expect(page.pageInfo.hasPreviousPage).toBe(found.length > 0)
      found.push(...page.edges.map(({ node }) => node))
      isLast = !page.pageInfo.hasNextPage
      expect(page.totalCount).toBe(isLast ? found.length : null)
      after = page.pageInfo.endCursor
    }
    expect(found.length).toBeGreaterThan(20)
    expect(found).toEqual(all.edges.map(({ node }) => node))
  })

  it('goes on after the cursor of any hit', async () => {
    const all = await searchAll(where, { text: 'oolong', side: 'OLD' })
    for (const [index, { cursor }] of all.edges.entries()) {
      if (index % 10 > 0 || index + 1 === all.edges.length) continue
      const rest = await search(where, { text: 'oolong', side: 'OLD', first: 100, after: cursor })
      expect(rest.edges.length).toBeGreaterThan(0)
      expect(rest.edges).toEqual(all.edges.slice(index + 1, index + 1 + rest.edges.length))
    }
  })

  it('refuses a cursor of another search', async () => {
    const { pageInfo } = await search(where, { text: 'oolong', first: 1 })
    for (const other of [
      { text: 'Sencha' },
      { text: 'oolong', side: 'OLD' },
      { text: 'oolong', regex: true },
    ]) {
      const { errors } = await answer(where, { ...other, after: pageInfo.endCursor })
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining('is not a cursor of this search'),
        extensions: { code: 'USAGE' },
      })
    }
    for (const after of ['', '1', `${pageInfo.endCursor}.1`, `${pageInfo.endCursor}x`, 'a.b.c.d.e.f'])
      expect((await answer(where, { text: 'oolong', after })).errors?.[0]?.extensions?.code).toBe('USAGE')
  })

  it('says where a pattern is wrong', async () => {
    const { errors } = await answer(where, { text: 'ab(c', regex: true })
    expect(errors?.[0]).toMatchObject({
      message: 'The pattern is invalid at position 2: The group ( is not closed',
      extensions: { code: 'SEARCH_PATTERN', retryable: false, position: 2 },
    })
  })

  it.each([
    ['no text', { text: '' }, 'empty'],
    ['two lines', { text: 'a\nb' }, 'several lines'],
    ['a long text', { text: 'x'.repeat(1001) }, 'at most 1000'],
    ['a large page', { text: 'x', first: 101 }, 'must be from 1 to 100'],
    ['an empty page', { text: 'x', first: 0 }, 'must be from 1 to 100'],
  ])('refuses %s', async (_what, variables, message) => {
    expect((await answer(where, variables)).errors?.[0]?.message).toContain(message)
  })
})

describe('a search', () => {
  it('finds text that JSON escapes', async () => {
    // A context line, so it is on both sides.
    const { edges } = await searchAll('report', { text: 'steep \u{1f375} "3\\4"' })
    expect(edges.map(({ node }) => [node.kind, node.text])).toEqual([
      ['CONTEXT', 'steep \u{1f375} "3\\4" min'],
    ])
  })

  it('reaches maintainer scripts, and counts files that are not text', async () => {
    const { edges, skippedFiles } = await searchAll('files', { text: 'echo' })
    expect([...new Set(edges.map(({ node }) => node.file?.path))]).toEqual(['control/postinst'])
    expect(skippedFiles).toBe(1)
  })

  it('answers hostile patterns soon', async () => {
    const started = performance.now()
    for (const text of ['(a+)+$', '(?:o|oo)*x', '(.*)*(.*)*!', '(\\w+\\s?)*$!'])
      expect((await search('report', { text, regex: true })).__typename).toBe('SearchHitConnection')
    expect(performance.now() - started).toBeLessThan(30_000)
  })

  it('serves many clients at once, and each gets what it would get alone', async () => {
    const texts = Array.from({ length: 20 }, (_, at) => `${at} Sencha`)
    const found = await Promise.all(
      texts.map(async (text) => {
        const { hits } = await searchToEnd(service.url, 'old/new', { text, side: 'new' })
        return hits.length
      }),
    )
    expect(found).toEqual(texts.map((_, at) => (at < 10 ? 3 : 1)))
  })
})

describe('/search/OLD/NEW', () => {
  const ask = (query: Record<string, string>, pair = 'old/new') =>
    service.ask(`/search/${pair}?${new URLSearchParams(query)}`)

  it('answers with the hits of a report', async () => {
    const query = { text: '^12 ', regex: '', side: 'old' }
    const { hits, ...rest } = await searchToEnd(service.url, 'old/new', query)
    expect(rest).toEqual({ next: null, total: expect.toBeOneOf([1, null]), cut_lines: 0 })
    expect(hits).toEqual([
      {
        path: expect.arrayContaining(['./usr/share/tea/many']),
        node: expect.any(Number),
        place: 'line',
        hunk: 0,
        line: expect.any(Number),
        kind: 'removed',
        old_number: 13,
        new_number: null,
        text: '12 oolong',
        text_start: 0,
        matches: [{ start: 0, end: 3 }],
      },
    ])
  })

  it('answers with the hits of a file, page by page', async () => {
    const file = { package: 'tea', path: 'usr/share/tea/many', text: 'oolong' }
    const { hits } = await searchToEnd(service.url, 'old/new', { ...file, first: '7' })
    expect(hits).toHaveLength(30)
  })

  it.each<[string, Record<string, string>, string, number]>([
    ['no text', {}, 'old/new', 400],
    ['a bad pattern', { text: '[', regex: '' }, 'old/new', 400],
    ['a bad side', { text: 'x', side: 'left' }, 'old/new', 400],
    ['a bad size', { text: 'x', first: '1e3' }, 'old/new', 400],
    ['a bad cursor', { text: 'x', after: 'y' }, 'old/new', 400],
    ['unknown noise', { text: 'x', hide: 'y' }, 'old/new', 400],
    ['half a file', { text: 'x', path: 'y' }, 'old/new', 400],
    ['an unknown file', { text: 'x', package: 'tea', path: 'y' }, 'old/new', 404],
    ['an unknown run', { text: 'x' }, 'old/none', 404],
    ['a report that is not made', { text: 'x' }, 'old/unmade', 404],
  ])('refuses %s', async (_what, query, pair, status) => {
    expect((await ask(query, pair)).status).toBe(status)
  })
})

describe('differ search', () => {
  it('prints hits and exits like grep', async () => {
    const sides = ['old', 'new'].map((id) => `${service.places.artifacts}/${id}`)
    const found = await differ(['search', ...sides, '^7 SENCHA', '-E', '-i'])
    expect(found).toMatchObject({ code: 0, stderr: '' })
    expect(found.stdout).toMatch(/^tea_1\.0-1_all\.deb\/.*\/\.\/usr\/share\/tea\/many::8:\+7 Sencha leaf\n$/)
    const none = await differ(['search', ...sides, 'nowhere'])
    expect(none).toMatchObject({ code: 1, stdout: '' })
    const wrong = await differ(['search', ...sides, '(', '--regex'])
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('at position 0') })
  })
})
