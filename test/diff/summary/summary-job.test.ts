import { mkdir, mkdtemp, readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runSummaryJob, type SummaryOutcome } from '../../../src/diff/summary/summary-job.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { buildDeb, type DebSpec, LIMITS, localPackage } from './build-side.ts'

const SPEC: DebSpec = {
  files: {
    'usr/bin/teapot': { content: '#!/bin/sh\necho tea\n', mode: 0o755 },
    'usr/share/teapot/kinds': 'oolong\n',
  },
  control: { postinst: '#!/bin/sh\nexit 0\n' },
}
const CHANGED: DebSpec = {
  ...SPEC,
  version: '1.0-2',
  files: { ...SPEC.files, 'usr/share/teapot/kinds': 'sencha\n', 'usr/share/teapot/more': 'more\n' },
  control: { postinst: '#!/bin/sh\nif\n' },
}

/** Makes summaries of the same two packages with one cache. */
async function setUp() {
  const dir = await mkdtemp(join(tmpdir(), 'differ-job-'))
  onTestFinished(() => removeTree(dir))
  const cacheRoot = join(dir, 'cache')
  const outputDir = join(cacheRoot, 'differ', 'incoming')
  await mkdir(outputDir, { recursive: true })
  const old = await localPackage(await buildDeb(join(dir, 'old'), SPEC))
  const newer = await localPackage(await buildDeb(join(dir, 'new'), CHANGED))
  let count = 0
  const make = async (): Promise<SummaryOutcome & { text: string }> => {
    count += 1
    const outputPath = join(outputDir, `summary-${count}`)
    const outcome = await runSummaryJob(
      {
        oldPackages: [old],
        newPackages: [newer],
        areFiles: false,
        checksControl: true,
        sandbox: 'none',
        limits: LIMITS,
        workDir: dir,
        cacheRoot,
        cacheLocation: null,
        outputDir,
        outputPath,
      },
      new AbortController().signal,
    )
    return { ...outcome, text: await readFile(outputPath, 'utf8') }
  }
  const filesIn = async (part: string, ending = '') =>
    (await readdir(join(cacheRoot, 'differ', part)))
      .filter((name) => name.endsWith(ending))
      .map((name) => join(cacheRoot, 'differ', part, name))
  return { make, filesIn }
}

describe('a summary that is made again', () => {
  it('says the same, and opens no archive', async () => {
    const { make, filesIn } = await setUp()
    const first = await make()
    for (const path of await filesIn('unpacked')) await unlink(path)
    const again = await make()
    expect(again.text).toBe(first.text)
    expect([first.kept, first.read, again.kept, again.read]).toEqual([0, 2, 2, 0])
    expect(again.writtenBytes).toBe(0)
    expect(await filesIn('unpacked')).toEqual([])
    expect(first.text).toContain('"rule":"SCRIPT_SYNTAX"')
  })

  it.each<[string, (path: string) => Promise<void>]>([
    ['is gone', (path) => unlink(path)],
    ['is empty', (path) => writeFile(path, '')],
    ['was cut off', async (path) => writeFile(path, (await readFile(path)).subarray(0, 50))],
    [
      'was damaged',
      async (path) => {
        const bytes = await readFile(path)
        bytes[40] = (bytes[40] ?? 0) ^ 0xff
        await writeFile(path, bytes)
      },
    ],
  ])('says the same where the kept comparison %s', async (_, harm) => {
    const { make, filesIn } = await setUp()
    const first = await make()
    const [kept = ''] = await filesIn('contents', '.comparison')
    await harm(kept)
    expect((await make()).text).toBe(first.text)
    expect(await filesIn('contents', '.comparison')).toEqual([kept])
  })
})
