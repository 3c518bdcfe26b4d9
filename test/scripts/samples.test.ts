import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { script } from './script.ts'

const { buildSamples } = await script<{ buildSamples(outDir: string): Promise<void> }>('samples')

let dir: string
const OLD = 'teatime-unchanged'
const NEW = 'teatime-lintian-fixes'

/** The file names of a run's packages, by package. */
async function packages(run: string): Promise<Record<string, string>> {
  const names = await readdir(join(dir, 'first', run))
  return Object.fromEntries(names.map((name) => [name.split('_')[0], name]))
}
const deb = async (run: string, name: string) =>
  join(dir, 'first', run, (await packages(run))[name] ?? 'none.deb')
const field = (path: string, name: string) =>
  execFileSync('dpkg-deb', ['--field', path, name], { encoding: 'utf8' })
const sha256 = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
const member = (path: string, name: string) =>
  execFileSync('sh', ['-c', `dpkg-deb --fsys-tarfile "$1" | tar -xO "./$2"`, 'sh', path, name])

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-samples-'))
  await buildSamples(join(dir, 'first'))
  execFileSync(process.execPath, [
    '-e',
    'process.umask(0o077); import(process.argv[1]).then((samples) => samples.buildSamples(process.argv[2]))',
    new URL('../../scripts/setup/samples.mjs', import.meta.url).href,
    join(dir, 'second'),
  ])
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe('the sample builds', () => {
  it('contain packages of both builds, of the old one only and of the new one only', async () => {
    expect(Object.keys(await packages(OLD)).sort()).toEqual([
      'teatime',
      'teatime-chimes',
      'teatime-doc',
      'teatime-gtk2',
    ])
    expect(Object.keys(await packages(NEW)).sort()).toEqual([
      'teatime',
      'teatime-chimes',
      'teatime-completions',
      'teatime-doc',
    ])
  })

  it('have the same bytes each time and with any umask', async () => {
    for (const run of [OLD, NEW]) {
      for (const name of Object.values(await packages(run))) {
        expect(await sha256(join(dir, 'second', run, name))).toBe(await sha256(join(dir, 'first', run, name)))
      }
    }
  })

  it('have one package that is equal in both', async () => {
    expect(await sha256(await deb(OLD, 'teatime-chimes'))).toBe(
      await sha256(await deb(NEW, 'teatime-chimes')),
    )
  })

  it.each(['Version', 'Depends', 'Recommends', 'Priority', 'Homepage'])(
    'differ in the field %s',
    async (name) => {
      expect(field(await deb(OLD, 'teatime'), name)).not.toBe(field(await deb(NEW, 'teatime'), name))
    },
  )

  it('differ inside a gzip member', async () => {
    const { gunzipSync } = await import('node:zlib')
    const log = 'usr/share/doc/teatime-doc/changelog.Debian.gz'
    const texts = [OLD, NEW].map(async (run) =>
      gunzipSync(member(await deb(run, 'teatime-doc'), log)).toString(),
    )
    const [before, after] = await Promise.all(texts)
    expect(after).toContain(before)
    expect(after).toContain('teatime (1.4-2)')
  })

  it('belong to root; only programs are executable', async () => {
    const list = execFileSync('dpkg-deb', ['--contents', await deb(NEW, 'teatime')], { encoding: 'utf8' })
    expect(list).toMatch(/^-rwxr-xr-x root\/root .* \.\/usr\/bin\/teatime$/m)
    expect(list).toMatch(/^-rw-r--r-- root\/root .* \.\/etc\/teatime\/teatime\.conf$/m)
    for (const line of list.trim().split('\n')) expect(line).toMatch(/ root\/root .* 2026-01-01 /)
  })

  it('are described correctly by samples.json', async () => {
    const runs = JSON.parse(await readFile(join(dir, 'first/samples.json'), 'utf8'))
    expect(runs.map((run: { runId: string }) => run.runId)).toEqual([NEW, OLD])
    expect(runs[1].unchangedOf).toBe(NEW)
    for (const { runId, packages: names, version } of runs) {
      expect(Object.keys(await packages(runId)).sort()).toEqual([...names].sort())
      expect(field(await deb(runId, 'teatime'), 'Version').trim()).toBe(version)
    }
  })

  it.each([OLD, NEW])('have correct md5sums in %s', async (run) => {
    for (const name of Object.keys(await packages(run))) {
      const path = await deb(run, name)
      const sums = execFileSync('dpkg-deb', ['--info', path, 'md5sums'], { encoding: 'utf8' })
      for (const line of sums.trim().split('\n')) {
        const [sum, file] = line.split('  ')
        expect(
          createHash('md5')
            .update(member(path, file ?? ''))
            .digest('hex'),
        ).toBe(sum)
      }
    }
  })
})
