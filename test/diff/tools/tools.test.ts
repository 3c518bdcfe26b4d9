import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { runDebdiff } from '../../../src/diff/tools/run-debdiff.ts'
import { progressReader, runDiffoscope } from '../../../src/diff/tools/run-diffoscope.ts'
import type { Limits, LocalPackage } from '../../../src/model.ts'
import { buildPackage } from '../../fixtures/packages.ts'
import { fixture, LIMITS, processesWith, scratch } from './helpers.ts'

const installed = (program: string) => {
  try {
    return Boolean(execFileSync('which', [program]))
  } catch {
    return false
  }
}

/** A package for the tools, which only use its path. */
function local(path: string): LocalPackage {
  const [name = '', version = '', architecture = ''] = basename(path, '.deb').split('_')
  return {
    runId: 'r',
    filename: basename(path),
    kind: 'deb',
    package: name,
    version,
    architecture,
    sizeBytes: 0,
    path,
  }
}

const sharedDir = await mkdtemp(join(tmpdir(), 'differ-tools-test-'))
afterAll(() => removeTree(sharedDir))

async function buildPair(): Promise<{ old: string; new: string }> {
  const files = { 'usr/share/hello/a.txt': 'one\n' }
  const old = await buildPackage(join(sharedDir, 'old'), { name: 'hello', version: '1', files })
  const newPath = await buildPackage(join(sharedDir, 'new'), {
    name: 'hello',
    version: '2',
    files: { 'usr/share/hello/a.txt': 'two\n', 'usr/share/hello/b.txt': 'x' },
  })
  return { old, new: newPath }
}

interface Call {
  command?: readonly string[]
  limits?: Partial<Limits>
  signal?: AbortSignal
}

async function options(call: Call = {}) {
  const dir = await scratch()
  const workDir = join(dir, 'work')
  return { ...call, workDir, outputPath: join(dir, 'out'), limits: { ...LIMITS, ...call.limits } }
}

async function expectNothingLeft(workDir: string): Promise<void> {
  expect(await readdir(workDir)).toEqual([])
  expect(processesWith(workDir)).toEqual([])
}

const FAILURES: [string, readonly string[], Partial<Limits>, object][] = [
  ['hangs', [fixture('hangs')], { timeoutMs: 300 }, { name: 'DiffCommandTimeoutError', limitMs: 300 }],
  ['eats memory', [fixture('eats-memory')], { memoryBytes: 200_000_000 }, { name: 'DiffCommandMemoryError' }],
  [
    'eats memory in many processes',
    [fixture('eats-memory-together')],
    { memoryBytes: 300_000_000 },
    { name: 'DiffCommandMemoryError' },
  ],
  [
    'prints too much',
    [fixture('floods-stdout')],
    { outputBytes: 1e6 },
    { name: 'DiffCommandError', reason: 'printed more than the limit of 1 MB' },
  ],
  [
    'fills its temporary directory',
    [fixture('fills-temp')],
    { tempBytes: 2e7 },
    { name: 'DiffCommandError', retryable: false },
  ],
  [
    'is killed',
    [fixture('dies'), 'KILL'],
    {},
    { name: 'DiffCommandError', signal: 'SIGKILL', retryable: true },
  ],
  [
    'exits with 3',
    [fixture('exits'), '3'],
    {},
    { name: 'DiffCommandError', exitCode: 3, stderr: 'it says why\n' },
  ],
  ['exits with 1 and prints nothing', [fixture('exits'), '1'], {}, { name: 'DiffCommandError', exitCode: 1 }],
  [
    'does not exist',
    ['/nonexistent/tool'],
    {},
    { name: 'DiffCommandError', message: expect.stringContaining('is not installed: install') },
  ],
  [
    'is not executable',
    ['/etc/passwd'],
    {},
    { name: 'DiffCommandError', reason: expect.stringContaining('Permission denied') },
  ],
]

describe.skipIf(!installed('debdiff'))('debdiff (skipped without it)', () => {
  let packages: { old: string; new: string }
  beforeAll(async () => {
    packages = await buildPair()
  })
  const run = async (oldPath: string, newPath: string, call: Awaited<ReturnType<typeof options>>) =>
    runDebdiff([local(oldPath)], [local(newPath)], call)

  test('prints what differs', async () => {
    const call = await options()
    await run(packages.old, packages.new, call)
    const text = await readFile(call.outputPath, 'utf8')
    expect(text).toContain('/usr/share/hello/b.txt')
    expect(text).toContain('Version: [-1-] {+2+}')
    await expectNothingLeft(call.workDir)
  })

  test('reports that nothing differs', async () => {
    const call = await options()
    await run(packages.old, packages.old, call)
    expect(await readFile(call.outputPath, 'utf8')).toMatch(/^File lists identical/)
  })

  test('rejects an invalid package without naming directories', async () => {
    const call = await options()
    const path = join(await scratch(), 'junk_1_all.deb')
    await writeFile(path, 'junk\n'.repeat(100))
    const error = await run(path, packages.new, call).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'DiffCommandError', exitCode: 25 })
    expect(error.stderr).toMatch(/'?junk_1_all.deb'? is not a Debian format archive/)
    expect(error.stderr).not.toContain('/junk')
    await expectNothingLeft(call.workDir)
  })

  test('reports too little memory as a memory error', async () => {
    const call = await options({ limits: { memoryBytes: 11_000_000 } })
    await expect(run(packages.old, packages.new, call)).rejects.toMatchObject({
      name: 'DiffCommandMemoryError',
    })
    await expectNothingLeft(call.workDir)
  })

  test('fails without wdiff instead of printing a shorter diff', async () => {
    const bin = join(await scratch(), 'bin')
    await mkdir(bin)
    for (const name of (await readdir('/usr/bin')).filter((name) => name !== 'wdiff'))
      await symlink(join('/usr/bin', name), join(bin, name))
    const call = await options({ command: ['env', `PATH=${bin}`, 'debdiff'] })
    const failure = run(packages.old, packages.new, call)
    await expect(failure).rejects.toMatchObject({
      reason: expect.stringContaining('install the package wdiff'),
    })
  })

  test.each(FAILURES)('a tool that %s', async (_, command, limits, expected) => {
    const call = await options({ command, limits })
    await expect(run(packages.old, packages.new, call)).rejects.toMatchObject({
      command: 'debdiff',
      ...expected,
    })
    await expectNothingLeft(call.workDir)
  })
})

describe.skipIf(!installed('diffoscope'))('diffoscope (skipped without it)', () => {
  let packages: { old: string; new: string }
  beforeAll(async () => {
    packages = await buildPair()
  })

  const DIFFERS = { outcome: 'differs', lacksTools: false }

  test('writes the same report with progress as without', async () => {
    const quiet = await options()
    const withProgress = await options()
    const fractions: number[] = []
    expect(await runDiffoscope(packages.old, packages.new, quiet)).toEqual(DIFFERS)
    const onProgress = (fraction: number) => void fractions.push(fraction)
    expect(await runDiffoscope(packages.old, packages.new, { ...withProgress, onProgress })).toEqual(DIFFERS)
    const report = await readFile(quiet.outputPath, 'utf8')
    expect(JSON.parse(report)).toMatchObject({
      'diffoscope-json-version': 1,
      source1: basename(packages.old),
    })
    expect(await readFile(withProgress.outputPath, 'utf8')).toBe(report)
    expect(fractions.length).toBeGreaterThan(3)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    await expectNothingLeft(withProgress.workDir)
  })

  test('reports that nothing differs', async () => {
    const call = await options()
    const outcome = await runDiffoscope(packages.old, packages.old, call)
    expect(outcome).toEqual({ outcome: 'same', lacksTools: false })
    expect(await readFile(call.outputPath, 'utf8')).toBe('')
  })

  test('tells that it crashed at the packages', async () => {
    const call = await options({ command: [fixture('dies'), 'SEGV'] })
    const outcome = await runDiffoscope(packages.old, packages.new, call)
    expect(outcome).toEqual({ outcome: { crash: 'it died by SIGSEGV' }, lacksTools: true })
    await expectNothingLeft(call.workDir)
  })

  test.each([50_000_000, 110_000_000])('reports %i bytes of memory as too little', async (memoryBytes) => {
    const call = await options({ limits: { memoryBytes } })
    const run = runDiffoscope(packages.old, packages.new, call)
    await expect(run).rejects.toMatchObject({ name: 'DiffCommandMemoryError', limitBytes: memoryBytes })
    await expectNothingLeft(call.workDir)
  })

  test('stops when the caller aborts, and throws the reason', async () => {
    const controller = new AbortController()
    const reason = new Error('no caller is left')
    const call = await options({ command: [fixture('hangs')], signal: controller.signal })
    setTimeout(() => controller.abort(reason), 200)
    await expect(runDiffoscope(packages.old, packages.new, call)).rejects.toBe(reason)
    await expectNothingLeft(call.workDir)
  })

  test.each<(typeof FAILURES)[number]>([
    ...FAILURES,
    [
      'writes half its report',
      [fixture('writes-half-json')],
      {},
      { name: 'DiffCommandError', reason: expect.stringMatching(/^wrote a broken report/) },
    ],
    ['exits with 0 but prints', [fixture('floods-stderr')], {}, { name: 'DiffCommandError', exitCode: 0 }],
  ])('a tool that %s', async (_, command, limits, expected) => {
    const call = await options({ command, limits })
    const run = runDiffoscope(packages.old, packages.new, call)
    await expect(run).rejects.toMatchObject({ command: 'diffoscope', ...expected })
    await expectNothingLeft(call.workDir)
  })
})

test('progress never falls, and stays below 1 while the tool runs', () => {
  const fractions: number[] = []
  const read = progressReader((fraction) => void fractions.push(fraction))
  const lines = [
    '{"total": 100, "current": 50}',
    'junk',
    '{"total": 0, "current": 1}',
    'null',
    '{"total": 1000, "current": 100}',
  ]
  for (const line of [...lines, '{"total": 10, "current": 10}']) read(line)
  expect(fractions).toEqual([0.5, 0.99])
})
