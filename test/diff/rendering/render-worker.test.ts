/** Renderings of large reports, which are made in the render worker. */
import { mkdir, readdir, readlink, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { renderReport } from '../../../src/diff/rendering/render-report.ts'
import type { StoredDiffoscope } from '../../../src/diff/stored/stored-diffoscope.ts'
import { OverloadedError, UsageError } from '../../../src/errors.ts'
import { type Kit, MAKE_OPTIONS, makeKit } from '../engine-kit.ts'
import { collect, node, toReport } from '../report/model.ts'

const LINES = 100_000
const FORMATS = ['text', 'markdown', 'html', 'json'] as const

/** A stored report of some megabytes. */
async function storeLargeReport(kit: Kit): Promise<StoredDiffoscope> {
  const build = (version: string) => [{ name: 'one', version, files: { 'usr/share/one': version } }]
  const pair = await kit.addPair('one', build('1'), build('2'))
  const folder = join(kit.store.root, 'diffoscope')
  await mkdir(folder, { recursive: true })
  const side = (sign: string) =>
    Array.from({ length: LINES }, (_, i) => `${sign}line ${i} <of> “the” file\n`).join('')
  const diff = `@@ -1,${LINES} +1,${LINES} @@\n${side('-')}${side('+')}`
  const path = join(folder, `${pair.old.id}_${pair.new.id}.json`)
  await writeFile(path, toReport(node('root', { details: [node('file', { unified_diff: diff })] })))
  return (await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)) as StoredDiffoscope
}

/** Number of this process's open files below a directory. */
async function openFilesBelow(root: string): Promise<number> {
  const descriptors = await readdir('/proc/self/fd')
  const paths = descriptors.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => ''))
  return (await Promise.all(paths)).filter((path) => path.startsWith(root)).length
}

it('have the same bytes as in this thread, in every format, filtered or not, several at once', async () => {
  const stored = await storeLargeReport(await makeKit())
  const { kind, entry, sizeBytes, pair, digest, file } = stored
  expect((await stat(entry.path)).size).toBeGreaterThan(4_000_000)
  await Promise.all(
    FORMATS.flatMap((format) =>
      [false, true].map(async (filterBoring) => {
        const options = { filterBoring, basePath: '' }
        const here = await collect(
          renderReport({ kind, entry, sizeBytes, pair, digest, file, format, options }),
        )
        expect((await collect(stored.render(format, options))).equals(here)).toBe(true)
      }),
    ),
  )
})

it('end, and close their files, when the reader stops', async () => {
  const kit = await makeKit()
  const stored = await storeLargeReport(kit)
  // Longer than the shared memory, so that it cannot be complete after the first chunk.
  const render = () => stored.render('text', { filterBoring: false })
  for (let i = 0; i < 20; i++)
    for await (const _ of render()) {
      expect(await openFilesBelow(kit.root)).toBeGreaterThan(0)
      break
    }
  await expect.poll(() => openFilesBelow(kit.root)).toBe(0)
})

it('throw the same errors: for an unknown position, and for a report that is truncated meanwhile', async () => {
  const stored = await storeLargeReport(await makeKit())
  const html = (from?: string) => collect(stored.render('html', { filterBoring: false, from }))
  await expect(html('9.9.9.9.9')).rejects.toBeInstanceOf(UsageError)
  const reading = stored.render('text', { filterBoring: false })[Symbol.asyncIterator]()
  await reading.next()
  await truncate(stored.entry.path, 1_000_000)
  const rest = (async () => {
    while (!(await reading.next()).done);
  })()
  await expect(rest).rejects.toBeInstanceOf(OverloadedError)
  await expect(rest).rejects.toThrow(/repeat the request/)
})

it('end with an error when the engine is closed', async () => {
  const kit = await makeKit()
  const stored = await storeLargeReport(kit)
  const reading = stored.render('text', { filterBoring: false })[Symbol.asyncIterator]()
  await reading.next()
  await kit.engine.close()
  const rest = (async () => {
    while (!(await reading.next()).done);
  })()
  await expect(rest).rejects.toThrow('The render worker has ended')
  await expect(collect(stored.render('text', { filterBoring: false }))).rejects.toThrow('is closed')
})
