/** Renderings of large reports, which are made in a thread of their own. */
import { mkdir, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { renderReport } from '../../../src/diff/rendering/render-report.ts'
import type { StoredDiffoscope } from '../../../src/diff/stored/stored-diffoscope.ts'
import { OverloadedError, UsageError } from '../../../src/errors.ts'
import { type Kit, MAKE_OPTIONS, makeKit } from '../engine-kit.ts'
import { collect, node, toReport } from '../report/model.ts'

const LINES = 100_000
const FORMATS = ['text', 'markdown', 'html', 'json'] as const

/** A stored report of some megabytes. */
async function large(kit: Kit): Promise<StoredDiffoscope> {
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

const openFiles = async () => (await readdir('/proc/self/fd')).length

it('are what they are in this one, in every format, filtered or not, several at a time', async () => {
  const stored = await large(await makeKit())
  const { kind, entry, pair, digest } = stored
  expect((await stat(entry.path)).size).toBeGreaterThan(4_000_000)
  await Promise.all(
    FORMATS.flatMap((format) =>
      [false, true].map(async (filterBoring) => {
        const options = { filterBoring, basePath: '' }
        const here = await collect(renderReport({ kind, entry, pair, digest, format, options }))
        expect((await collect(stored.render(format, options))).equals(here)).toBe(true)
      }),
    ),
  )
})

it('are left off, and their files closed, when the reader goes', async () => {
  const stored = await large(await makeKit())
  const render = () => stored.render('html', { filterBoring: false })
  for await (const _ of render()) break
  await sleep(200)
  const before = await openFiles()
  for (let i = 0; i < 20; i++) for await (const _ of render()) break
  await expect.poll(openFiles).toBe(before)
})

it('fail by the same errors: one of the place that is asked for, and one of a report that was cut meanwhile', async () => {
  const stored = await large(await makeKit())
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
