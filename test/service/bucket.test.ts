/** The built program with artifacts in a bucket. */
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { type FakeGcs, refuse, startFakeGcs } from '../artifacts/fake-gcs.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { buildRun, type PackageSpec } from '../fixtures/packages.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import {
  ask,
  askGraphql,
  eventually,
  makePlaces,
  NO_TRACES,
  type Places,
  tracesOf,
} from '../fixtures/service.ts'
import { serve } from './processes.ts'

const RUNS: Record<string, PackageSpec[]> = {
  old: [
    { name: 'tea', version: '1' },
    { name: 'tea-common', version: '1' },
  ],
  new: [
    { name: 'tea', version: '2', control: { Depends: 'kettle' } },
    { name: 'tea-common', version: '1' },
  ],
}

let postgres: TestDatabase
let places: Places
let fake: FakeGcs
let settings: Record<string, string>

beforeAll(async () => {
  postgres = await createTestDatabase()
  places = await makePlaces()
  fake = await startFakeGcs()
  settings = {
    DATABASE_URL: postgres.url,
    ARTIFACT_LOCATION: 'gs://builds/farm/',
    STORAGE_EMULATOR_HOST: fake.endpoint,
    DIFFER_RETRIEVAL_TIMEOUT: '6',
  }
  const database = await openDatabase({ url: postgres.url })
  await seedRuns(
    database,
    ['old', 'new', 'absent', 'refused', 'slow'].map((id) => ({ id, source: 'tea' })),
  )
  await database.close()
  const built = await mkdtemp(join(places.root, 'built-'))
  for (const [id, packages] of Object.entries(RUNS)) {
    const dir = await buildRun(join(built, id), packages)
    for (const name of await readdir(dir))
      fake.objects.set(`farm/${id}/${name}`, { content: await readFile(join(dir, name)) })
  }
  fake.setFault(({ name, response }) => {
    if (name.startsWith('farm/refused/')) refuse(response, 403, 'no')
    return /^farm\/(refused|slow)\//.test(name)
  })
})
afterAll(async () => {
  await fake?.close()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

it('compares runs, finds changes without downloads, and reports how the bucket failed', async () => {
  const service = await serve(places, settings)
  const downloads = () => fake.requests.filter(({ kind }) => kind === 'media').map(({ name }) => name)

  const { data } = await askGraphql(
    service.url,
    `{ comparison(old: "old", new: "new") { ... on Comparison { binaryChanges { ... on BinaryChangeList {
      nodes { kind new { filename sha256 } } } } } } }`,
  )
  expect(data.comparison.binaryChanges.nodes).toEqual([
    { kind: 'CHANGED', new: { filename: 'tea_2_all.deb', sha256: null } },
    { kind: 'UNCHANGED', new: { filename: 'tea-common_1_all.deb', sha256: null } },
  ])
  expect(downloads()).toEqual([])

  const answer = await ask(service.url, '/debdiff/old/new', { headers: { accept: 'text/plain' } })
  expect(answer.status).toBe(200)
  expect(answer.text).toContain('{+Depends: kettle+}')
  expect(downloads().sort()).toEqual([
    'farm/new/tea-common_1_all.deb',
    'farm/new/tea_2_all.deb',
    'farm/old/tea-common_1_all.deb',
    'farm/old/tea_1_all.deb',
  ])

  const failures = ['absent', 'refused', 'slow'].map(async (id) => {
    const { status, text } = await ask(service.url, `/debdiff/old/${id}`)
    return [id, status, text]
  })
  expect(await Promise.all(failures)).toEqual([
    ['absent', 404, 'No artifacts for run id: absent'],
    ['refused', 502, 'Unable to retrieve artifacts for run id: refused'],
    ['slow', 504, 'Timeout retrieving artifacts'],
  ])
  await eventually(async () => expect(await tracesOf(places)).toEqual(NO_TRACES))
  expect(await service.end('SIGTERM')).toBe(0)
})
