/** The service with its tools in the sandbox. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { processesWith } from '../diff/tools/helpers.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import {
  addPair,
  ask,
  eventually,
  makePlaces,
  NO_TRACES,
  type Places,
  send,
  startService,
  tracesOf,
} from '../fixtures/service.ts'
import { serve } from './processes.ts'

let postgres: TestDatabase
let shared: Places
beforeAll(async () => {
  postgres = await createTestDatabase()
  shared = await makePlaces()
})
afterAll(async () => {
  await postgres?.stop()
  if (shared) await removeTree(shared.root)
})

it('makes the same diffs and summaries as without a sandbox, to the byte, and records the tool versions', async () => {
  const files = async (which: string) => ({
    'usr/bin/program': { content: await readFile(`/usr/bin/${which}`), mode: 0o755 },
    'usr/share/doc/elf/text': `${which}\n`,
  })
  const diffs: Record<string, string[]> = {}
  for (const sandbox of ['require', 'off']) {
    const service = await startService({ databaseUrl: postgres.url, env: { DIFFER_SANDBOX: sandbox } })
    const run = { codebase: sandbox, source: 'elf', version: '1-1' }
    for (const [side, which] of [
      ['old', 'true'],
      ['new', 'false'],
    ] as const)
      await service.addRun({ ...run, id: `${side}-${sandbox}` }, [
        { name: 'elf', version: '1-1', architecture: 'amd64', files: await files(which) },
      ])
    const pair = `old-${sandbox}/new-${sandbox}`
    diffs[sandbox] = await Promise.all(
      (
        [
          ['debdiff', 'text/plain'],
          ['diffoscope', 'text/plain'],
          ['summary', 'application/json'],
        ] as const
      ).map(async ([kind, accept]) => (await service.ask(`/${kind}/${pair}`, { headers: { accept } })).text),
    )
    const { text } = await service.ask('/metrics')
    expect(text).toContain(`differ_sandboxed ${sandbox === 'require' ? 1 : 0}`)
    const stamp = JSON.parse(
      await readFile(join(service.places.cache, 'differ/stamps/diffoscope', pair.replace('/', '_')), 'utf8'),
    )
    expect(stamp.madeBy).toMatchObject({ tool: expect.stringMatching(/^\d+$/), missing: expect.any(Array) })
    await service.close()
  }
  expect(diffs.require).toEqual(diffs.off)
  expect(diffs.require?.[1]).toContain('readelf')
  expect(JSON.parse(diffs.require?.[2] ?? '')).toMatchObject({ version: 1, verdict: 'SUBSTANTIVE' })
})

it('leaves no tool running when it is killed', async () => {
  const places = await makePlaces()
  const hangs = join(import.meta.dirname, '../diff/tools/fixtures/hides-daemon')
  const service = await serve(places, {
    DATABASE_URL: postgres.url,
    DIFFER_SANDBOX: 'require',
    DIFFER_DIFFOSCOPE_COMMAND: hangs,
    ARTIFACT_LOCATION: shared.artifacts,
  })
  const seeding = await startService({ databaseUrl: postgres.url, places: shared })
  const pair = await addPair(seeding, 'killed')
  await seeding.close()
  send(service.url, `/diffoscope/${pair.old}/${pair.new}`)
  await eventually(() => expect(processesWith(hangs).length).toBeGreaterThan(0))
  await service.end('SIGKILL')
  await eventually(() => expect(processesWith(hangs)).toEqual([]))
  // A tool that was printing its version may need a moment to end.
  await eventually(async () => expect((await tracesOf(places)).processes).toEqual(NO_TRACES.processes))
  await removeTree(places.root)
})

/** Runs a command in a namespace that allows no further ones, like some containers. */
const WITHOUT_NAMESPACES = [
  'unshare',
  '--user',
  '--map-root-user',
  'sh',
  '-c',
  'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"',
  'sh',
]

it('warns if the sandbox does not work, and makes diffs without it', async () => {
  const places = await makePlaces()
  const env = { DATABASE_URL: postgres.url, ARTIFACT_LOCATION: shared.artifacts }
  const service = await serve(places, env, WITHOUT_NAMESPACES)
  expect(service.stderr()).toMatch(/tools run without a sandbox/)
  expect((await ask(service.url, '/metrics')).text).toContain('differ_sandboxed 0')
  expect((await ask(service.url, '/debdiff/killed-old/killed-new')).status).toBe(200)
  await service.end('SIGTERM')
  await removeTree(places.root)
})

it('does not start if the required sandbox does not work, and says what to do', async () => {
  const places = await makePlaces()
  const env = { DATABASE_URL: postgres.url, DIFFER_SANDBOX: 'require' }
  await expect(serve(places, env, WITHOUT_NAMESPACES)).rejects.toThrow(/allow user namespaces/)
  await removeTree(places.root)
})
