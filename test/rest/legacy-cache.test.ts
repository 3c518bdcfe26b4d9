/** A cache that the old service filled: complete entries are served unchanged, broken ones are made again. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import {
  addPair,
  type Gate,
  makeGate,
  makePlaces,
  type Places,
  startService,
  type TestService,
} from '../fixtures/service.ts'

let postgres: TestDatabase
let places: Places
let gate: Gate
let service: TestService
beforeAll(async () => {
  postgres = await createTestDatabase()
  places = await makePlaces()
  gate = await makeGate(join(places.root, 'gate'))
  service = await startService({ databaseUrl: postgres.url, places, env: gate.env })
})
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

let pairs = 0
let pair = { old: '', new: '' }
let startsBefore = 0
beforeEach(async () => {
  pair = await addPair(service, `legacy-${pairs++}`)
  startsBefore = (await gate.started()).length
})
const startedTools = async () => (await gate.started()).slice(startsBefore)

const pathOf = (kind: string) =>
  join(places.cache, kind, `${pair.old}_${pair.new}${kind === 'diffoscope' ? '.json' : ''}`)
async function writeEntry(kind: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(pathOf(kind)), { recursive: true })
  await writeFile(pathOf(kind), content)
}
const ask = (kind: string, accept: string, options: { method?: string } = {}) =>
  service.ask(`/${kind}/${pair.old}/${pair.new}`, { headers: { accept }, ...options })

/** A report as the old service's `json.dump` wrote it. */
const report = (...entries: [string, string][]) =>
  JSON.stringify({
    'diffoscope-json-version': 1,
    source1: 'old version',
    source2: 'new version',
    unified_diff: null,
    details: entries.map(([source1, source2]) => ({
      source1,
      source2,
      unified_diff: null,
      details: [
        { source1: 'control', source2: 'control', unified_diff: '@@ -1 +1 @@\n-kept\n+from before\n' },
      ],
    })),
  })
const TEA: [string, string] = ['tea_1.0-1_all.deb', 'tea_1.0-1+jan1_all.deb']

const VERIFICATION = `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { ... on Comparison {
  diffoscope { ... on Diffoscope { complete incompleteReasons { kind } } } } } }`

describe('a complete entry', () => {
  it('is served unchanged, to the byte, if it is a debdiff', async () => {
    const bytes = Buffer.from('something that no debdiff would print \xff\n', 'latin1')
    await writeEntry('debdiff', bytes)
    const answers = [
      await ask('debdiff', 'text/plain'),
      await service.ask(`/debdiff/${pair.old}/${pair.new}/stream`),
    ]
    expect(answers.map((answer) => answer.bytes.equals(bytes))).toEqual([true, true])
    expect(await startedTools()).toEqual([])
  })

  it('is served if it is a report, and the API calls it unverified', async () => {
    await writeEntry('diffoscope', report(TEA, ['tea-common_1_all.deb', 'tea-common_1_all.deb']))
    expect((await ask('diffoscope', 'text/plain')).text).toContain('from before')
    const { data } = await service.graphql(VERIFICATION, pair)
    expect(data.comparison.diffoscope).toEqual({
      complete: false,
      incompleteReasons: [{ kind: 'LEGACY_UNVERIFIED' }],
    })
    expect(await startedTools()).toEqual([])
  })

  it.each([
    ['no entry at all', []],
    [
      'entries of other files than packages',
      [
        ['build_1.buildinfo', 'build_2.buildinfo'],
        ['one.changes', 'two.changes'],
      ],
    ],
    ['the same package of two architectures', [['tea_1_amd64.deb', 'tea_1_i386.deb']]],
    ['an invalid package name', [['ODD NAME.deb', 'tea_1_all.deb']]],
  ] as [string, [string, string][]][])('may be a report with %s', async (_, entries) => {
    await writeEntry('diffoscope', report(...entries))
    expect((await ask('diffoscope', 'application/json')).status).toBe(200)
    expect(await startedTools()).toEqual([])
  })
})

describe('a broken entry', () => {
  const whole = report(TEA)
  it.each([
    ['an empty debdiff', 'debdiff', ''],
    ['a debdiff cut within a line', 'debdiff', 'Control files: lines which dif'],
    ['an empty report', 'diffoscope', ''],
    ['a report cut in the middle', 'diffoscope', whole.slice(0, 200)],
    ['a report cut after a brace', 'diffoscope', whole.slice(0, whole.indexOf('}]') + 1)],
    ['JSON that is not a report', 'diffoscope', '{}'],
    [
      'a report that pairs two packages',
      'diffoscope',
      report(TEA, ['tea-old_1.0-1_all.deb', 'tea-new_1.0-1+jan1_all.deb']),
    ],
  ])('is made again (%s)', async (_, kind, content) => {
    await writeEntry(kind, content)
    const { status, text } = await ask(kind, 'text/plain')
    expect(status).toBe(200)
    expect(text).toContain(kind === 'debdiff' ? 'Depends: libc6' : 'weiß')
    expect(text).not.toContain('from before')
    expect(new Set(await startedTools())).toEqual(new Set([kind]))
    // Only once: the next request is served from the cache.
    const starts = (await startedTools()).length
    expect((await ask(kind, 'text/plain')).text).toBe(text)
    expect((await startedTools()).length).toBe(starts)
    const aside = await readdir(join(places.cache, 'differ', 'damaged'))
    expect(aside.some((name) => name.startsWith(kind))).toBe(true)
  })

  it('is made again for a stream and for HEAD, too', async () => {
    await writeEntry('debdiff', '')
    const head = await ask('debdiff', 'text/plain', { method: 'HEAD' })
    expect([head.status, (await readFile(pathOf('debdiff'))).length > 0]).toEqual([200, true])
    await writeFile(pathOf('debdiff'), '')
    const stream = await service.ask(`/debdiff/${pair.old}/${pair.new}/stream`)
    expect(stream.text).toContain('Depends: libc6')
    expect(await startedTools()).toEqual(['debdiff', 'debdiff'])
  })

  it('is complete once it has been made again', async () => {
    await writeEntry('diffoscope', report(['tea-old_1.0-1_all.deb', 'tea-new_1.0-1+jan1_all.deb']))
    await ask('diffoscope', 'text/plain')
    const { data } = await service.graphql(VERIFICATION, pair)
    expect(data.comparison.diffoscope).toMatchObject({ complete: true })
  })
})

describe('an entry of this service', () => {
  it('has the content and path that the old service would have given it', async () => {
    const plain = await ask('debdiff', 'text/plain')
    const json = await ask('diffoscope', 'application/json')
    expect((await readFile(pathOf('debdiff'))).equals(plain.bytes)).toBe(true)
    const stored = JSON.parse(await readFile(pathOf('diffoscope'), 'utf8'))
    expect(stored).toMatchObject({
      'diffoscope-json-version': 1,
      source1: 'old version',
      source2: 'new version',
    })
    expect(stored.details).toEqual(JSON.parse(json.text).details)
    const entry = stored.details.find(({ source1 }: { source1: string }) => source1 === TEA[0])
    expect([entry.source2, entry['diffoscope-json-version']]).toEqual([TEA[1], undefined])
    expect((await readdir(places.cache)).sort()).toEqual(['debdiff', 'differ', 'diffoscope'])
  })

  it('is still served after everything derived from it was deleted', async () => {
    const before = await ask('diffoscope', 'text/plain')
    await removeTree(join(places.cache, 'differ'))
    expect((await ask('diffoscope', 'text/plain')).text).toBe(before.text)
    expect(await startedTools()).toEqual(['diffoscope'])
    expect((await ask('debdiff', 'text/plain')).status).toBe(200)
    expect(await startedTools()).toEqual(['diffoscope', 'debdiff'])
  })
})
