/** Reads a report over GraphQL: pages, rows, segments, patterns of paths, and global ids. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { dataOf, makeSampleDiffs, SAMPLES, startWithSamples } from './samples.ts'
import {
  type Connection,
  firstOf,
  type Hunk,
  type Node,
  present,
  type Report,
  type Row,
} from './selections.ts'

let service: TestService
beforeAll(async () => {
  service = await startWithSamples()
  const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} of ${(i * 7919) % 1000}`)
  const changed = lines.map((line, i) => (i % 3 === 0 ? line.replace('line', 'row') : line))
  const files = (text: string[]) => ({
    'usr/share/long/all': `${text.map((line) => line.toUpperCase()).join('\n')}\n`,
    'usr/share/long/some': `${text.join('\n')}\n`,
    // The changes are far apart, so that there are several hunks.
    'usr/share/long/few': `${text.map((line, i) => (i % 99 === 0 ? line : '-')).join('\n')}\n`,
    'usr/share/long/end': text === lines ? 'a\nb' : 'a\nb\n',
  })
  const run = { codebase: 'long', source: 'long' }
  await service.addRun({ ...run, id: 'long-old', version: '1-1' }, [
    {
      name: 'long',
      version: '1-1',
      files: { ...files(lines), 'usr/share/long/all': lines.map((_, i) => `old ${i}`).join('\n') },
    },
  ])
  await service.addRun({ ...run, id: 'long-new', version: '1-1' }, [
    {
      name: 'long',
      version: '1-1',
      files: { ...files(changed), 'usr/share/long/all': lines.map((_, i) => `new ${i}`).join('\n') },
    },
  ])
  await makeSampleDiffs(service)
  await diffoscope('long', 'stat { nodes }', 'mode: WAIT')
})
afterAll(() => service?.close())

/** Selects fields of a report. */
async function diffoscope(
  pair: 'teatime' | 'long',
  fields: string,
  args = 'mode: CACHED_ONLY',
): Promise<Report> {
  const runs = pair === 'long' ? { old: 'long-old', new: 'long-new' } : SAMPLES
  const { comparison } = await dataOf<{ comparison: { diffoscope: Report } }>(
    service,
    `{ comparison(old: "${runs.old}", new: "${runs.new}") { ... on Comparison { diffoscope(${args}) { __typename ... on Diffoscope { ${fields} } ... on Error { message } } } } }`,
  )
  expect(comparison.diffoscope.__typename).toBe('Diffoscope')
  return comparison.diffoscope
}

/** Reads all pages of a connection. */
async function allOf<Item>(
  first: number,
  page: (args: string) => Promise<Connection<Item>>,
): Promise<Item[]> {
  const all: Item[] = []
  let after: string | null = null
  for (let pages = 0; pages < 5000; pages++) {
    const { nodes, pageInfo } = await page(`first: ${first}${after ? `, after: "${after}"` : ''}`)
    expect(nodes.length).toBeLessThanOrEqual(first)
    expect(pageInfo.hasPreviousPage).toBe(after !== null)
    all.push(...nodes)
    if (!pageInfo.hasNextPage) return all
    expect(pageInfo.endCursor).not.toBe(after)
    after = pageInfo.endCursor
  }
  throw new Error('The list does not end')
}
const PAGE = 'pageInfo { hasNextPage hasPreviousPage endCursor }'

/** Selects fields of the first hunk of a file in the long package. */
async function hunkOf(file: string, fields: string): Promise<Hunk> {
  return firstOf((await nodeOf(file, `hunks(first: 1) { nodes { ${fields} } }`)).hunks.nodes)
}

/** Selects fields of a file in the long package. */
async function nodeOf(file: string, fields: string): Promise<Node> {
  const pattern = `**/usr/share/long/${file}`
  const { nodes } = await diffoscope(
    'long',
    `nodes(first: 1, pathGlob: "${pattern}") { nodes { ${fields} } }`,
  )
  return firstOf(nodes.nodes)
}

describe('pages', () => {
  it.each([1, 2, 3, 7, 50, 100])('of %i nodes contain every node exactly once, in order', async (first) => {
    const nodes = await allOf(
      first,
      async (args) => (await diffoscope('teatime', `nodes(${args}) { nodes { ordinal } ${PAGE} }`)).nodes,
    )
    const { stat } = await diffoscope('teatime', 'stat { nodes }')
    expect(nodes.map(({ ordinal }) => ordinal)).toEqual(
      Array.from({ length: stat.nodes - 1 }, (_, i) => i + 1),
    )
  })

  it.each([61, 750])('of %i lines and rows contain each exactly once', async (first) => {
    const lines = await allOf(first, async (args) => {
      const fields = `lines(${args}) { nodes { kind oldNumber newNumber text } ${PAGE} }`
      return (await hunkOf('some', fields)).lines
    })
    const rows = await allOf(first, async (args) => {
      const fields = `rows(${args}) { nodes { kind old { oldNumber text } new { newNumber text } } ${PAGE} }`
      return (await hunkOf('some', fields)).rows
    })
    const sides = (all: readonly Row[], side: 'old' | 'new') => all.flatMap((row) => row[side]?.text ?? [])
    expect(sides(rows, 'old')).toEqual(
      lines.filter(({ oldNumber }) => oldNumber !== null).map(({ text }) => text),
    )
    expect(sides(rows, 'new')).toEqual(
      lines.filter(({ newNumber }) => newNumber !== null).map(({ text }) => text),
    )
    expect(rows.filter(({ kind }) => kind === 'CHANGED').length).toBeGreaterThan(900)
  })

  it('of rows continue within a block that is too long for pairing, and within a short one', async () => {
    for (const file of ['all', 'end']) {
      const rows = async (args: string) => {
        const fields = `rows(${args}) { nodes { kind old { text noNewline } new { text noNewline } } ${PAGE} }`
        return (await hunkOf(file, fields)).rows
      }
      const [whole, inParts] = [await allOf(1000, rows), await allOf(file === 'all' ? 333 : 1, rows)]
      expect(inParts).toEqual(whole)
      if (file === 'all')
        expect(whole[2999]).toMatchObject({ old: { text: 'old 2999' }, new: { text: 'new 2999' } })
      else expect(whole.at(-1)).toMatchObject({ kind: 'CHANGED', old: { text: 'b' }, new: { text: 'b' } })
    }
  })

  it.each([
    ['0', 'PAGE_TOO_LARGE', 100],
    ['101', 'PAGE_TOO_LARGE', 100],
  ])('of %s nodes are refused, with the limit in the error', async (first, code, limit) => {
    const { errors } = await service.graphql(
      `{ comparison(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on Comparison { diffoscope { ... on Diffoscope { nodes(first: ${first}) { totalCount } } } } } }`,
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code, limit })
  })

  it.each(['x', '1.2.3.4', '99999999.0', '1.999999', '0.0.99999'])(
    'after the invalid cursor %s are refused or empty',
    async (after) => {
      const { errors, data } = await service.graphql(
        `query ($after: String) { comparison(old: "long-old", new: "long-new") { ... on Comparison { diffoscope { ... on Diffoscope {
        nodes(first: 1, pathGlob: "**/some") { nodes { hunks(first: 1) { nodes { rows(after: $after) { nodes { kind } } } } } } } } } } }`,
        { after },
      )
      expect(errors?.[0]?.message ?? JSON.stringify(data)).toMatch(
        /is not a cursor of this list|"nodes":\[\]/,
      )
    },
  )
})

describe('a page that begins at a position', () => {
  it.each<[string, (args: string) => Promise<Connection<{ ordinal?: number; position?: number }>>]>([
    [
      'nodes',
      async (args) => (await diffoscope('long', `nodes(${args}) { nodes { ordinal } ${PAGE} }`)).nodes,
    ],
    ['hunks', async (args) => (await nodeOf('few', `hunks(${args}) { nodes { position } ${PAGE} }`)).hunks],
    ['lines', async (args) => (await hunkOf('some', `lines(${args}) { nodes { position } ${PAGE} }`)).lines],
  ])('has the %s from there on, and continues at its cursor', async (name, page) => {
    // The root is node 0, and is not listed.
    const first = name === 'nodes' ? 1 : 0
    const numberOf = ({ ordinal, position }: { ordinal?: number; position?: number }) =>
      present(ordinal ?? position)
    const all = (await allOf(100, page)).map(numberOf)
    expect(all).toEqual(all.map((_, i) => first + i))
    for (const from of [0, 1, 2, all.length - 1, all.length + 5]) {
      const begun = await page(`first: 3, from: ${from}`)
      const expected = all.filter((number) => number >= from)
      expect(begun.nodes.map(numberOf)).toEqual(expected.slice(0, 3))
      expect(begun.pageInfo).toMatchObject({
        hasNextPage: expected.length > 3,
        hasPreviousPage: from > first,
      })
      if (expected.length <= 3) continue
      const next = await page(`first: 3, after: "${begun.pageInfo.endCursor}"`)
      expect(next.nodes.map(numberOf)).toEqual(expected.slice(3, 6))
    }
  })

  it.each([
    ['from: -1', /must be 0 or more/],
    ['from: 1, after: "1"', /exclude each other/],
  ])('with %s is refused, with an explanation', async (args, message) => {
    const { errors } = await service.graphql(
      `{ comparison(old: "long-old", new: "long-new") { ... on Comparison { diffoscope { ... on Diffoscope { nodes(${args}) { nodes { ordinal } } } } } } }`,
    )
    expect(errors?.[0]?.message).toMatch(message)
  })
})

describe('changed segments', () => {
  it('are the same in lines as in rows, wherever the page begins', async () => {
    const { rows } = await hunkOf(
      'some',
      'rows(first: 1000) { nodes { old { oldNumber segments { changed text } } new { newNumber segments { changed text } } } }',
    )
    const expected = new Map<string, unknown>()
    for (const row of rows.nodes) {
      if (row.old) expected.set(`-${row.old.oldNumber}`, row.old.segments)
      if (row.new) expected.set(`+${row.new.newNumber}`, row.new.segments)
    }
    let compared = 0
    for (const after of [null, '0', '1', '2', '17', '400']) {
      const { lines } = await hunkOf(
        'some',
        `lines(first: 60${after ? `, after: "${after}"` : ''}) { nodes { kind oldNumber newNumber segments { changed text } } }`,
      )
      for (const { kind, oldNumber, newNumber, segments } of lines.nodes) {
        if (kind === 'CONTEXT') expect(segments).toBeNull()
        else {
          const key = kind === 'REMOVED' ? `-${oldNumber}` : `+${newNumber}`
          expect(segments).toEqual(expected.get(key))
          compared++
        }
      }
    }
    expect(compared).toBeGreaterThan(100)
  })
})

describe('a pattern of paths', () => {
  it.each([
    ['control', [/\/\.\/control$/]],
    ['**/control.tar.*/**', [/control\.tar\.[^/]+\//]],
    ['no such thing', []],
  ])('%s finds the nodes that match it, page by page', async (pattern, all) => {
    const found = await allOf(
      2,
      async (args) =>
        (
          await diffoscope(
            'teatime',
            `nodes(${args}, pathGlob: "${pattern}") { totalCount nodes { path } ${PAGE} }`,
          )
        ).nodes,
    )
    const every = await allOf(
      100,
      async (args) => (await diffoscope('teatime', `nodes(${args}) { nodes { path } ${PAGE} }`)).nodes,
    )
    const paths = every.map(({ path }) => path.join('/'))
    expect(found.map(({ path }) => path.join('/'))).toEqual(
      paths.filter((path) => all.some((expected) => expected.test(`/${path}`))),
    )
    if (all.length > 0) expect(found.length).toBeGreaterThan(0)
  })

  it('must not be too long', async () => {
    const { errors } = await service.graphql(
      `{ comparison(old: "long-old", new: "long-new") { ... on Comparison { diffoscope { ... on Diffoscope { nodes(pathGlob: "${'*a'.repeat(101)}") { totalCount } } } } } }`,
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'PATTERN_TOO_LONG', limit: 200 })
  })
})

describe('a path', () => {
  it('leads to the same node whether noise is hidden or not, and to none if the node is hidden', async () => {
    const pathsOf = async (hide: string) => {
      const { nodes } = await diffoscope('teatime', 'nodes(first: 100) { nodes { ordinal path } }', hide)
      return nodes.nodes.map(({ path }) => path)
    }
    const [all, left] = [await pathsOf('hide: []'), await pathsOf('hide: [ALL]')]
    expect(left.length).toBeLessThan(all.length)
    for (const path of all) {
      const { node } = await diffoscope(
        'teatime',
        `node(path: ${JSON.stringify(path)}) { path }`,
        'hide: [ALL]',
      )
      const isLeft = left.some((one) => JSON.stringify(one) === JSON.stringify(path))
      expect(node).toEqual(isLeft ? { path } : null)
    }
    const { node } = await diffoscope(
      'teatime',
      'node(path: ["teatime_1.4-2_all.deb", "nothing"]) { ordinal }',
    )
    expect(node).toBeNull()
  })
})
