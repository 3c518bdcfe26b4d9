/** The bytes of a response are limited before they are made, whichever field they come from. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startService, type TestService } from '../fixtures/service.ts'

const LIMIT = 16 * 2 ** 20
const LINES = 2_000
/** Nodes with a comment of a megabyte each. */
const NOTES = 20
/** GraphQL shows so much of a line. */
const LINE_LENGTH = 10_000

let service: TestService
beforeAll(async () => {
  service = await startService()
  for (const id of ['old', 'new']) await service.addRun({ id, version: '1', source: 'big' }, [])
  const { cache } = service.places
  for (const kind of ['debdiff', 'diffoscope']) await mkdir(join(cache, kind), { recursive: true })
  // As the old service stored them.
  const diff = `@@ -0,0 +1,${LINES} @@\n${`+${'x'.repeat(LINE_LENGTH)}\n`.repeat(LINES)}`
  const report = {
    'diffoscope-json-version': 1,
    source1: 'old',
    source2: 'new',
    unified_diff: null,
    details: [{ source1: 'data', source2: 'data', unified_diff: diff, comments: ['y'.repeat(1000)] }],
  }
  await writeFile(join(cache, 'diffoscope', 'old_new.json'), JSON.stringify(report))
  for (const id of ['noted-old', 'noted-new']) await service.addRun({ id, version: '1', source: 'big' }, [])
  const noted = (name: string, comment: string, details: object[]) => ({
    ...{ source1: name, source2: name, unified_diff: null, comments: [comment], details },
  })
  const comment = 'y'.repeat(1_000_000)
  const leaves = Array.from({ length: NOTES }, (_, n) => noted(`note-${n}`, comment, []))
  const below = Array.from({ length: NOTES }, (_, n) => noted(`below-${n}`, '', []))
  // A path of almost a megabyte.
  const deep = Array.from({ length: 15 }).reduce<object[]>(
    (details) => [noted('n'.repeat(60_000), comment, details)],
    below,
  )
  const notes = { ...report, details: [noted('notes', '', [...leaves, ...deep])] }
  await writeFile(join(cache, 'diffoscope', 'noted-old_noted-new.json'), JSON.stringify(notes))
  const title = 'Files in second set of .debs but not in first'
  const file = (n: number) => `-rw-r--r--  root/root   /usr/share/big/${'z'.repeat(100)}/${n}\n`
  const files = Array.from({ length: 130_000 }, (_, n) => file(n)).join('')
  await writeFile(join(cache, 'debdiff', 'old_new'), `${title}\n${'-'.repeat(title.length)}\n${files}`)
})
afterAll(() => service?.close())

const of = (kind: 'debdiff' | 'diffoscope', fields: string) =>
  `{ comparison(old: "old", new: "new") { ... on Comparison { ${kind} { __typename ... on ${kind === 'debdiff' ? 'Debdiff' : 'Diffoscope'} { ${fields} } } } } }`
const times = (count: number, field: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => field(n)).join(' ')
const HUNKS = (fields: string) => `nodes(first: 1) { nodes { hunks(first: 1) { nodes { ${fields} } } } }`

const LARGE: readonly [what: string, query: string][] = [
  [
    'many renderings',
    of(
      'diffoscope',
      times(40, (n) => `a${n}: text { content { text } }`),
    ),
  ],
  [
    'many parts of renderings',
    of(
      'diffoscope',
      times(40, (n) => `a${n}: text { content(offset: ${n}) { truncated } }`),
    ),
  ],
  [
    'renderings of a debdiff',
    of(
      'debdiff',
      times(40, (n) => `a${n}: html { content { text } }`),
    ),
  ],
  [
    'lines',
    of(
      'diffoscope',
      HUNKS('a: lines(first: 1000) { nodes { text } } b: lines(first: 1000, from: 1000) { nodes { text } }'),
    ),
  ],
  [
    'lines of which only the kind is requested',
    of('diffoscope', HUNKS(times(4, (n) => `a${n}: lines(first: 1000) { nodes { kind } }`))),
  ],
  ['rows', of('diffoscope', HUNKS(times(2, (n) => `a${n}: rows(first: 1000) { nodes { new { text } } }`)))],
  [
    'one line under many names',
    of('diffoscope', HUNKS(`lines(first: 100) { nodes { ${times(40, (n) => `a${n}: text`)} } }`)),
  ],
]

describe('an operation', () => {
  it.each(LARGE)('that reads or returns too much is refused: %s', async (_, query) => {
    const { errors } = await service.graphql(query)
    expect(errors?.[0]).toMatchObject({
      message: expect.stringMatching(/more than 16 MiB.*`url`/),
      extensions: { code: 'RESPONSE_TOO_LARGE', limit: LIMIT, retryable: false },
    })
    expect(JSON.stringify(errors).length).toBeLessThan(150_000)
  })

  it.each([
    ['a rendering', of('diffoscope', 'text { content { text } }'), 1_000_000],
    ['a page of lines', of('diffoscope', HUNKS('lines(first: 500) { nodes { text } }')), 4_500_000],
    ['a page of nodes', of('diffoscope', 'nodes(first: 100) { nodes { comments source1 } }'), 1_000],
  ])('of a usual size is answered: %s', async (_, query, length) => {
    const { errors, data } = await service.graphql(query)
    expect(errors).toBeUndefined()
    expect(JSON.stringify(data).length).toBeGreaterThan(length)
  })

  it.each([
    ['lines', 'lines(first: 1000) { nodes { text } }', 1000],
    ['lines under several names', 'lines(first: 1000) { nodes { a: text b: text c: text } }', 1000],
    ['lines by fragments', 'lines(first: 1000) { ...Lines }', 1000],
    ['rows', 'rows(first: 1000) { nodes { old { text } new { text } } }', 1000],
  ])('that requests a page of too many bytes is told how many items fit: %s', async (_, field, items) => {
    const fragments = 'fragment Lines on DiffLineConnection { edges { node { text } } }'
    const query = `${of('diffoscope', HUNKS(field))} ${field.includes('...') ? fragments : ''}`
    const { errors } = await service.graphql(query)
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'RESPONSE_TOO_LARGE', limit: LIMIT })
    const advice = new RegExp(`request at most (\\d+) of its ${items} items`)
    const fitting = Number(advice.exec(errors?.[0]?.message ?? '')?.[1])
    const smaller = await service.graphql(query.replace('first: 1000', `first: ${fitting - 10}`))
    expect([fitting, smaller.errors]).toEqual([expect.any(Number), undefined])
  })

  it.each([
    ['children', `nodes(first: 1) { nodes { at: children(first: ${NOTES}) { nodes { ordinal } } } }`],
    ['nodes', `at: nodes(first: ${NOTES}) { nodes { ordinal } }`],
    ['nodes by path', `at: nodes(first: ${NOTES}, pathGlob: "note-*") { nodes { ordinal } }`],
    ['nodes by depth', `at: nodes(first: ${NOTES}, maxDepth: 2) { nodes { ordinal } }`],
  ])('is refused before it reads %s with long comments, and learns how many fit', async (_, field) => {
    const ask = (fields: string) =>
      service.graphql(of('diffoscope', fields).replace('"old", new: "new"', '"noted-old", new: "noted-new"'))
    const { errors } = await ask(field)
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'RESPONSE_TOO_LARGE', limit: LIMIT })
    const fitting = /request at most (\d+) of its 20 items/.exec(errors?.[0]?.message ?? '')?.[1]
    expect(Number(fitting)).toBeGreaterThan(10)
    expect((await ask(field.replace(`first: ${NOTES}`, `first: ${fitting}`))).errors).toBeUndefined()
  })

  it.each([
    ['paths', 'path'],
    ['parents', 'parent { ordinal }'],
  ])('is refused before it reads the same long texts for each node: %s', async (_, field) => {
    const { errors } = await service.graphql(
      `{ comparison(old: "noted-old", new: "noted-new") { ... on Comparison { diffoscope { ... on Diffoscope {
        nodes(first: ${NOTES}, pathGlob: "below-*") { nodes { ${field} } } } } } } }`,
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'RESPONSE_TOO_LARGE', limit: LIMIT })
  })

  it('is not refused for texts that it leaves out', async () => {
    const { errors } = await service.graphql(
      of(
        'diffoscope',
        HUNKS('lines(first: 1000) { nodes { kind text @include(if: false) a: text @skip(if: true) } }'),
      ),
    )
    expect(errors).toBeUndefined()
  })

  it('that would be too large in all keeps the pages that fit, and says what is left', async () => {
    const pages = times(4, (n) => `a${n}: lines(first: 300, from: ${300 * n}) { nodes { text } }`)
    const { data, errors } = await service.graphql(of('diffoscope', HUNKS(pages)))
    const [hunk] = data.comparison.diffoscope.nodes.nodes[0].hunks.nodes
    expect([hunk.a0.nodes.length, hunk.a3]).toEqual([300, null])
    expect(errors?.at(-1)?.message).toMatch(/of which \d+ MiB are left/)
  })

  it('is refused over WebSocket, too, and leaves the socket usable', async () => {
    const client = createClient({
      url: `${service.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
    })
    for (const [, query] of LARGE.slice(0, 3)) {
      const { value } = await client.iterate({ query }).next()
      expect(value.errors[0].extensions.code).toBe('RESPONSE_TOO_LARGE')
    }
    expect((await client.iterate({ query: '{ __typename }' }).next()).value).toEqual({
      data: { __typename: 'Query' },
    })
    await client.dispose()
  })
})

describe('a client', () => {
  it('that sends many large operations at once gets an answer to each, while others are answered', async () => {
    const query = of(
      'diffoscope',
      times(12, (n) => `a${n}: text { content(offset: ${n}) { text } }`),
    )
    let slowest = 0
    const watched = Array.from({ length: 10 }, async () => {
      const startedAt = performance.now()
      expect((await service.ask('/health')).status).toBe(200)
      slowest = Math.max(slowest, performance.now() - startedAt)
    })
    const answers = await Promise.all(Array.from({ length: 30 }, () => service.graphql(query)))
    await Promise.all(watched)
    const codes = new Set(answers.map(({ errors }) => errors?.[0]?.extensions?.code))
    expect([...codes].filter((code) => code !== undefined && code !== 'OVERLOADED')).toEqual([])
    expect(slowest).toBeLessThan(20_000)
    // What the refused ones had counted is free again.
    expect((await service.graphql(query)).errors).toBeUndefined()
    expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })

  it('gets every rendering from its URL, whatever its size', async () => {
    const { data } = await service.graphql(of('diffoscope', 'text { url }'))
    const { pathname, search } = new URL(data.comparison.diffoscope.text.url)
    const { status, bytes } = await service.ask(pathname + search)
    expect(status).toBe(200)
    expect(bytes.length).toBeGreaterThan(LIMIT)
  })
})
