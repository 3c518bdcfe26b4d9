/** A run of which one package takes too long: over GraphQL, REST, on the command line, and in the background. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { buildRun, type PackageSpec } from '../fixtures/packages.ts'
import { eventually, makePlaces, type Places, startService, type TestService } from '../fixtures/service.ts'
import { differ } from './processes.ts'

const packages = (names: readonly string[], version: string): PackageSpec[] =>
  names.map((name) => ({ name, version, files: { 'usr/share/x': `${name} of ${version}\n` } }))

/** diffoscope, except that it waits at packages named `slow` until the file `patient` exists, and logs its starts. */
async function writeTool(dir: string): Promise<string> {
  const path = join(dir, 'tool')
  const lines = `#!/bin/bash
case "$*" in *--json*) basename "\${@: -1}" >>"\${0%/*}/log" ;; esac
case "$*" in *slow_*) while [ ! -e "\${0%/*}/patient" ]; do sleep 0.1; done ;; esac
exec diffoscope "$@"
`
  await writeFile(path, lines)
  await chmod(path, 0o755)
  return path
}

// The limit is long because diffoscope must compare the package that is not slow within it, on a busy machine too.
let places: Places
let service: TestService
beforeAll(async () => {
  places = await makePlaces()
  service = await startService({
    places,
    env: {
      DIFFER_SANDBOX: 'off',
      DIFFER_DIFFOSCOPE_COMMAND: await writeTool(places.root),
      DIFFER_TASK_TIMEOUT: '30',
      DIFFER_PRECACHE_TIMEOUT: '120',
    },
  })
  await service.addRun({ id: 'old', source: 'tea' }, packages(['slow', 'tea'], '1'))
  await service.addRun({ id: 'new', source: 'tea' }, packages(['slow', 'tea'], '2'))
})
afterAll(async () => {
  await service?.close()
  if (places) await removeTree(places.root)
})

const pairIn = { old: 'old', new: 'new' }

async function report(mode: string, pair = pairIn) {
  const { data, errors } = await service.graphql(
    `query ($old: String!, $new: String!, $mode: DiffMode!) { comparison(old: $old, new: $new) { ... on Comparison {
      diffoscope(mode: $mode) { __typename ... on Error { message } ... on Diffoscope {
        complete incompleteReasons { kind comment node { path } }
        missing { old new message error { __typename ... on DiffCommandTimeoutError { limitMs } } }
        retry { state reason job { status trigger } } text { url content { text } } } } } } }`,
    { ...pair, mode },
  )
  expect(errors).toBeUndefined()
  return data.comparison.diffoscope
}

const startsOf = async (name: string) =>
  (await readFile(join(places.root, 'log'), 'utf8'))
    .split('\n')
    .filter((line) => line === `${name}_2_all.deb`)

describe('a report that lacks a package', () => {
  it('has the others, says so over GraphQL, and a background job is queued for what is missing', async () => {
    const partial = await report('WAIT')
    expect(partial).toMatchObject({
      complete: false,
      missing: [
        {
          old: 'slow_1_all.deb',
          new: 'slow_2_all.deb',
          message: 'diffoscope took longer than 30 s',
          error: { __typename: 'DiffCommandTimeoutError', limitMs: 30_000 },
        },
      ],
      retry: { state: 'PENDING', job: { trigger: 'RETRY' } },
    })
    expect(partial.incompleteReasons).toContainEqual({
      kind: 'NOT_COMPARED',
      comment: expect.stringMatching(/slow: diffoscope took longer than 30 s/),
      node: { path: ['slow_2_all.deb'] },
    })
    expect(partial.text.content.text).toContain('+tea of 2')
    expect(await report('CACHED_ONLY')).toMatchObject({ complete: false, retry: { state: 'PENDING' } })
    expect(await report('ENQUEUE')).toMatchObject({ complete: false, retry: { state: 'PENDING' } })
    expect(await startsOf('tea')).toHaveLength(1)

    const { status, text } = await service.ask(new URL(partial.text.url).pathname)
    expect([status, text.includes('+tea of 2')]).toEqual([200, true])
  })

  it('is the error of that package for clients of the old service, unless they want a partial report', async () => {
    for (const query of ['', '?filter_boring'])
      expect(await service.ask(`/diffoscope/old/new${query}`)).toMatchObject({
        status: 504,
        text: 'diffoscope timed out',
      })
    const { status, text } = await service.ask('/diffoscope/old/new?partial', {
      headers: { accept: 'text/plain' },
    })
    expect(status).toBe(200)
    expect(text).toContain('+tea of 2')
    expect(text).toContain('slow: diffoscope took longer than 30 s')
  })

  it('becomes whole by the job, which makes only what is missing', async () => {
    await writeFile(join(places.root, 'patient'), '')
    await eventually(async () =>
      expect(await report('CACHED_ONLY')).toMatchObject({ complete: true, missing: [], retry: null }),
    )
    expect([await startsOf('tea'), await startsOf('slow')].map(({ length }) => length)).toEqual([1, 2])
    const { status, text } = await service.ask('/diffoscope/old/new', { headers: { accept: 'text/plain' } })
    expect([status, text.includes('+slow of 2'), text.includes('+tea of 2')]).toEqual([200, true, true])
    const { text: metrics } = await service.ask('/metrics')
    expect(metrics).toMatch(/^differ_report_parts_total\{result="made"\} 2$/m)
    expect(metrics).toMatch(/^differ_report_parts_total\{result="kept"\} 1$/m)
    expect(metrics).toMatch(/^differ_report_parts_total\{result="failed"\} 1$/m)
  })

  it('is not tried again if a package is broken, and the job says why', async () => {
    await service.addRun({ id: 'broken' }, packages(['tea'], '2'))
    await writeFile(join(places.artifacts, 'broken', 'slow_2_all.deb'), 'not a package')
    const pair = { old: 'old', new: 'broken' }
    await service.graphql(
      'mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { __typename } }',
      pair,
    )
    await eventually(async () =>
      expect(await report('CACHED_ONLY', pair)).toMatchObject({
        missing: [{ error: { __typename: 'InvalidPackageError' } }],
        retry: { state: 'NEVER', reason: expect.stringMatching(/broken/), job: { status: 'FAILED' } },
      }),
    )
    expect(await report('WAIT', pair)).toMatchObject({ retry: { state: 'NEVER', job: { status: 'FAILED' } } })
    // The part of the other package is kept.
    expect(await startsOf('tea')).toHaveLength(1)
  })
})

describe('differ diff', () => {
  it('prints the report of the other packages, and names the missing one on standard error', async () => {
    await rm(join(places.root, 'patient'), { force: true })
    const dir = join(places.root, 'cli')
    await mkdir(dir)
    await buildRun(join(dir, 'old'), packages(['bad', 'slow', 'tea'], '1'))
    await buildRun(join(dir, 'new'), packages(['slow', 'tea'], '2'))
    await writeFile(join(dir, 'new', 'bad_2_all.deb'), 'not a package')
    const env = { DIFFER_TEMP_PATH: dir, DIFFER_TASK_TIMEOUT: '30', DIFFER_SANDBOX: 'off' }
    const tool = join(places.root, 'tool')
    const { code, stdout, stderr } = await differ(['diff', 'old', 'new', '--diffoscope-command', tool], {
      cwd: dir,
      env,
    })
    expect(stdout).toContain('+tea of 2')
    expect(stdout).toMatch(/slow: diffoscope took longer than 30 s/)
    expect(stderr).toMatch(
      /^Not compared: bad_1_all\.deb and bad_2_all\.deb: bad_2_all\.deb is not a Debian binary package/m,
    )
    expect(stderr).toMatch(
      /^Not compared: slow_1_all\.deb and slow_2_all\.deb: diffoscope took longer than 30 s$/m,
    )
    expect(code).toBe(1)
  })
})
