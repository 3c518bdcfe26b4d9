/** What the engine makes of packages with broken members, and of packages that diffoscope does not take as they are. */
import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDirectoryStore } from '../../src/artifacts/directory.ts'
import { PackageCheck } from '../../src/diff/making/package-check.ts'
import type { StoredDiffoscope } from '../../src/diff/stored/stored-diffoscope.ts'
import type { Provenance, ToolVersions } from '../../src/diff/tools/provenance.ts'
import { DiffCommandError } from '../../src/errors.ts'
import type { DiffKind, RunPair } from '../../src/model.ts'
import { buildPackage, type PackageSpec } from '../fixtures/packages.ts'
import { type Kit, type KitOptions, MAKE_OPTIONS, makeKit, makeRun } from './engine-kit.ts'
import { collect } from './report/model.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-broken-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const LONG = (side: string) => Buffer.from(`${side} `.repeat(100))
const xz = (content: Buffer) => execFileSync('xz', ['-c'], { input: content })

/** A broken file of each kind, the two sides different. */
const BROKEN: [name: string, make: (side: string) => Buffer, kind: string][] = [
  ['trailing.gz', (side) => Buffer.concat([gzipSync(LONG(side)), Buffer.from('junk')]), 'COMMAND_FAILED'],
  ['cut.gz', (side) => gzipSync(LONG(side)).subarray(0, -6), 'COMMAND_FAILED'],
  ['cut.xz', (side) => xz(LONG(side)).subarray(0, -6), 'COMMAND_FAILED'],
  ['lib.a', (side) => Buffer.concat([Buffer.from('!<arch>\n'), LONG(side)]), 'COMMAND_FAILED'],
  ['a.mo', (side) => Buffer.concat([Buffer.from('de120495', 'hex'), LONG(side)]), 'COMMAND_FAILED'],
  // diffoscope itself fails at these.
  ['a.cpio', (side) => Buffer.concat([Buffer.from('070701'), LONG(side)]), 'NOT_COMPARED'],
  ['a.deb', (side) => Buffer.concat([Buffer.from(DEB_START), LONG(side)]), 'NOT_COMPARED'],
]
const DEB_START = '!<arch>\ndebian-binary   1410122664  0     0     100644  4         `\n2.0\n'

const pkg = (name: string, side: string, files: PackageSpec['files'] = {}): PackageSpec => ({
  name,
  version: '1',
  files: { [`usr/share/doc/${name}/t`]: `content of ${name}, ${side}\n`, ...files },
})

async function brokenPair(kit: Kit, name: string, make: (side: string) => Buffer): Promise<RunPair> {
  const side = (which: string) => [
    pkg('good', which),
    pkg('poor', which, { [`usr/share/poor/${name}`]: make(which) }),
  ]
  return kit.addPair('broken', side('before'), side('after'))
}

async function textOf(stored: StoredDiffoscope): Promise<string> {
  return String(await collect(stored.render('text', { filterBoring: false })))
}

async function jsonOf(stored: StoredDiffoscope): Promise<string> {
  return String(await collect(stored.render('json', { filterBoring: false })))
}

describe('a broken file in a package', () => {
  it.each(BROKEN)(
    'does not fail the report, which says that it is incomplete: %s',
    async (name, make, kind) => {
      const kit = await makeKit({ sandbox: 'bubblewrap' })
      const pair = await brokenPair(kit, name, make)
      const stored = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
      const text = await textOf(stored)
      expect(text).toContain('content of good, after')
      if (kind !== 'NOT_COMPARED') expect(text).toContain('content of poor, after')
      const [reason] = stored.incomplete
      expect(reason?.kind).toBe(kind)
      const report = await stored.open({ filterBoring: false })
      const path = (await report.ancestry(reason?.node ?? 0)).map(({ source2 }) => source2)
      await report.close()
      expect(path[1]).toBe('poor_1_all.deb')
      // It is made once.
      expect((await kit.engine.lookup('diffoscope', pair))?.digest).toBe(stored.digest)
      expect(await kit.engine.entries.has('diffoscope', pair.old.id, pair.new.id)).toBe(true)
    },
  )

  it('may be a list of checksums with a name that is not UTF-8: all else is compared', async () => {
    const kit = await makeKit()
    const side = (which: string) => [
      pkg('good', which, { 'DEBIAN/md5sums': Buffer.from(`0123  usr/${which}\xe9\n`, 'latin1') }),
    ]
    const pair = await kit.addPair('latin1', side('before'), side('after'))
    const stored = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
    expect(await textOf(stored)).toContain('content of good, after')
    expect(stored.incomplete).toMatchObject([
      { kind: 'PARSING_FAILED', comment: expect.stringContaining('UnicodeDecodeError') },
    ])
  })

  it('gives the same report in each making, without the name of a directory', async () => {
    const reports: string[] = []
    for (const sandbox of ['bubblewrap', 'none', 'bubblewrap'] as const) {
      const kit = await makeKit({ sandbox })
      const pair = await brokenPair(kit, 'cut.gz', (side) => gzipSync(LONG(side)).subarray(0, -6))
      const json = await jsonOf(await kit.engine.make('diffoscope', pair, MAKE_OPTIONS))
      expect(json).not.toContain(kit.root)
      expect(json).not.toMatch(/diffoscope_\w{8}|tmp\w{8}_/)
      reports.push(json)
    }
    expect(new Set(reports).size).toBe(1)
  })

  it.each([
    [
      'the disk is full',
      'Command `gzip -d -c x` failed with exit code 1. Standard error:", "    gzip: stdout: No space left on device',
    ],
    ['a helper was killed', 'Command `gzip -d -c x` failed with exit code -9. (No output)'],
    ['descriptors are short', "Error extracting 'x': [Errno 24] Too many open files"],
  ])('is not to blame if %s: that is an error, and nothing is cached', async (_, comment) => {
    const json = `{"diffoscope-json-version": 1, "source1": "a", "source2": "b", "unified_diff": null, "comments": ["${comment}"], "details": []}`
    await writeFile(join(dir, 'shortage.json'), json)
    const kit = await makeKit({}, { diffoscope: `cat ${join(dir, 'shortage.json')}; exit 1` })
    const pair = await kit.addPair('short', [pkg('good', 'before')], [pkg('good', 'after')])
    const failure = kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
    await expect(failure).rejects.toThrow(DiffCommandError)
    await expect(failure).rejects.toMatchObject({ retryable: true })
    expect(await kit.engine.lookup('diffoscope', pair)).toBeNull()
  })
})

/** The versions of tools that an engine believes to have. */
function versions(facts: Partial<Provenance>): ToolVersions {
  return {
    of: async (_kind: DiffKind) => ({
      differ: '0',
      tool: '240',
      options: [],
      missing: ['xb-tool'],
      ...facts,
    }),
  } as unknown as ToolVersions
}

describe('an incomplete report', () => {
  it.each<[string, Partial<Provenance>, boolean]>([
    ['the tools are the same', {}, false],
    ['diffoscope is newer', { tool: '241' }, true],
    ['diffoscope is older', { tool: '239' }, false],
    ['a program was installed', { missing: [] }, true],
    ['a program was removed', { missing: ['xb-tool', 'xxd'] }, false],
    ['the version is unknown', { tool: null }, false],
  ])('is made again or not: %s', async (_, facts, isMadeAgain) => {
    const cacheRoot = join(await mkdtemp(join(dir, 'cache-')), 'cache')
    const options: KitOptions = { cacheOptions: { cacheRoot } }
    const first = await makeKit({ ...options, toolVersions: versions({}) })
    const pair = await brokenPair(first, 'cut.gz', (side) => gzipSync(LONG(side)).subarray(0, -6))
    await first.engine.make('diffoscope', pair, MAKE_OPTIONS)
    const second = await makeKit({ ...options, toolVersions: versions(facts) })
    expect(await second.engine.entries.has('diffoscope', pair.old.id, pair.new.id)).toBe(!isMadeAgain)
    expect((await second.engine.lookup('diffoscope', pair)) === null).toBe(isMadeAgain)
  })
})

/** Builds both sides, changes their files, and compares them. */
async function compare(
  change: (path: string, side: 'before' | 'after') => Promise<void>,
  options: KitOptions = {},
): Promise<StoredDiffoscope> {
  const kit = await makeKit(options)
  const pair = { old: makeRun('changed-old'), new: makeRun('changed-new') }
  for (const [run, side] of [
    [pair.old, 'before'],
    [pair.new, 'after'],
  ] as const) {
    const path = await buildPackage(join(kit.root, 'artifacts', run.id), {
      ...pkg('tea', side),
      files: {
        'usr/bin/tea': { content: `#!/bin/sh\necho ${side}\n`, mode: side === 'after' ? 0o755 : 0o644 },
      },
    })
    await change(path, side)
  }
  return kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
}

/** Replaces the compression of a package's archives. */
async function recompress(path: string, compression: string): Promise<void> {
  const root = await mkdtemp(join(dir, 'recompress-'))
  execFileSync('dpkg-deb', ['-R', path, root])
  execFileSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '-b', root, path], {
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  })
}

describe('a package that diffoscope does not take as it is', () => {
  it.each([
    ['set-user-id', 0o4644],
    ['set-group-id', 0o2644],
    ['sticky', 0o1644],
  ])('is compared as any other if its file has a bit: %s', async (_, mode) => {
    const plain = await jsonOf(await compare(async () => {}))
    expect(plain).toContain('+echo after')
    expect(await jsonOf(await compare((path) => chmod(path, mode)))).toBe(plain)
    expect(await jsonOf(await compare((path, side) => chmod(path, side === 'after' ? mode : 0o644)))).toBe(
      plain,
    )
  })

  it.each([
    ['none', 'none'],
    ['none', 'xz'],
    ['xz', 'zstd'],
    ['gzip', 'none'],
  ])('is compared after recompression: %s and %s', async (old, newer) => {
    const stored = await compare((path, side) => recompress(path, side === 'before' ? old : newer))
    const text = await textOf(stored)
    expect(text).toContain('+echo after')
    expect(text).toMatch(/^│ .*\+-rwxr-xr-x .*usr\/bin\/tea$/m)
    expect(text).toContain('Compared after recompression, because diffoscope cannot compare control.tar')
    expect(stored.incompleteCount).toBe(0)
  })
})

/** Replaces the data archive of a package by other bytes, under a name of its own. */
async function replaceData(path: string, name: string, content: Buffer): Promise<void> {
  const parts = await mkdtemp(join(dir, 'parts-'))
  execFileSync('ar', ['x', path], { cwd: parts })
  const [control = ''] = execFileSync('ar', ['t', path], { encoding: 'utf8' })
    .split('\n')
    .filter((member) => member.startsWith('control'))
  await rm(path)
  await writeFile(join(parts, name), content)
  execFileSync('ar', ['rcS', path, 'debian-binary', control, name], { cwd: parts })
}

describe('a package whose data archive cannot be read', () => {
  const tar = execFileSync('tar', ['--create', '--to-stdout', '--directory=/etc', 'passwd'])
  it.each<[what: string, name: string, content: Buffer, reason: RegExp]>([
    [
      'junk',
      'data.tar.xz',
      Buffer.from('no xz'),
      /its member data\.tar\.xz is not compressed as its name says/,
    ],
    ['empty', 'data.tar.gz', Buffer.alloc(0), /its member data\.tar\.gz is empty/],
    ['cut', 'data.tar.gz', gzipSync(LONG('x')).subarray(0, -8), /its data archive cannot be read: /],
    [
      'compressed text',
      'data.tar.gz',
      gzipSync(Buffer.alloc(2048, 'x')),
      /its data archive is not a tar archive/,
    ],
    ['text', 'data.tar', Buffer.alloc(2048, 'x'), /its data archive is not a tar archive/],
    ['compressed nothing', 'data.tar.gz', gzipSync(''), /its data archive is empty/],
    [
      'cut before compression',
      'data.tar.gz',
      gzipSync(tar.subarray(0, 700)),
      /its data archive ends within a member/,
    ],
  ])('is refused with the file and the reason: %s', async (_, name, content, reason) => {
    const packageCheck = new PackageCheck({ maxBytes: 1e9, sandbox: 'bubblewrap' })
    for (const kind of ['debdiff', 'diffoscope'] as const) {
      const kit = await makeKit({ packageCheck })
      const pair = await kit.addPair('bad', [pkg('tea', 'before')], [pkg('tea', 'after')])
      await replaceData(join(kit.root, 'artifacts', pair.new.id, 'tea_1_all.deb'), name, content)
      await expect(kit.engine.make(kind, pair, MAKE_OPTIONS)).rejects.toMatchObject({
        name: 'InvalidPackageError',
        filename: 'tea_1_all.deb',
        reason: expect.stringMatching(reason),
      })
    }
  })
})

/** Adds a symbolic link to the control archive of a package. */
async function addControlLink(path: string): Promise<void> {
  const parts = await mkdtemp(join(dir, 'parts-'))
  execFileSync('ar', ['x', path], { cwd: parts })
  const members = execFileSync('ar', ['t', path], { encoding: 'utf8' }).trim().split('\n')
  const [, control = '', data = ''] = members
  execFileSync('sh', ['-c', 'mkdir c && tar xf "$1" -C c && ln -s /etc/shadow c/postinst', 'sh', control], {
    cwd: parts,
  })
  execFileSync('tar', ['czf', 'control.tar.gz', '-C', 'c', '.'], { cwd: parts })
  await rm(path)
  execFileSync('ar', ['rcS', path, 'debian-binary', 'control.tar.gz', data], { cwd: parts })
}

describe('a summary, which reads packages before they have been checked', () => {
  const packageCheck = () => new PackageCheck({ maxBytes: 1e9, sandbox: 'none' })

  it('checks them itself, so that no diff has to check them afterwards', async () => {
    const check = packageCheck()
    const kit = await makeKit({ packageCheck: check })
    const pair = await kit.addPair('tea', [pkg('tea', 'before')], [pkg('tea', 'after')])
    const packages = await openDirectoryStore(join(kit.root, 'artifacts')).fetch(pair.new.id, kit.root)
    expect(await check.havePassed(packages)).toBe(false)
    await kit.engine.make('summary', pair, MAKE_OPTIONS)
    expect(packages).toHaveLength(1)
    expect(await check.havePassed(packages)).toBe(true)
  })

  it.each<[sides: readonly ('old' | 'new')[], refused: string]>([
    [['new'], 'tea_2_all.deb'],
    [['old', 'new'], 'tea_1_all.deb'],
  ])(
    'refuses the first one with a forbidden control archive, as a diff does: %j',
    async (sides, filename) => {
      const check = packageCheck()
      const kit = await makeKit({ packageCheck: check })
      const newer = { ...pkg('tea', 'after'), version: '2' }
      const pair = await kit.addPair('tea', [pkg('tea', 'before')], [newer])
      for (const side of sides)
        await addControlLink(
          join(kit.root, 'artifacts', pair[side].id, `tea_${side === 'old' ? 1 : 2}_all.deb`),
        )
      for (const kind of ['summary', 'debdiff', 'summary'] as const)
        await expect(kit.engine.make(kind, pair, MAKE_OPTIONS)).rejects.toMatchObject({
          name: 'InvalidPackageError',
          filename,
          reason: 'its control archive has a symbolic link "./postinst"',
        })
      const packages = await openDirectoryStore(join(kit.root, 'artifacts')).fetch(pair.new.id, kit.root)
      expect(await check.havePassed(packages)).toBe(false)
    },
  )

  it('refuses one that is larger than allowed', async () => {
    const kit = await makeKit({ packageCheck: new PackageCheck({ maxBytes: 100, sandbox: 'none' }) })
    const pair = await kit.addPair('tea', [pkg('tea', 'before')], [pkg('tea', 'after')])
    await expect(kit.engine.make('summary', pair, MAKE_OPTIONS)).rejects.toMatchObject({
      name: 'InvalidPackageError',
      reason: expect.stringMatching(/^its size is .* MB; the limit is 0 MB$/),
    })
  })
})

describe('packages of one name and several architectures', () => {
  const lib = (architecture: string, version: string): PackageSpec => ({
    name: 'libtea',
    version: '1',
    architecture,
    control: { Depends: `libc6 (>= ${version})` },
    files: { [`usr/lib/${architecture}/libtea`]: version },
  })

  async function debdiffOf(old: PackageSpec[], newer: PackageSpec[]): Promise<string> {
    const kit = await makeKit()
    const stored = await kit.engine.make('debdiff', await kit.addPair('multi', old, newer), MAKE_OPTIONS)
    expect(await readFile(stored.entry.path, 'utf8')).toContain('File lists')
    return String(await collect(stored.render('text', { filterBoring: false })))
  }

  it('are all compared by debdiff', async () => {
    const text = await debdiffOf(
      [lib('amd64', '2.1'), lib('i386', '2.1')],
      [lib('amd64', '2.9'), lib('i386', '2.8')],
    )
    expect(text).toMatch(/2\.9.*\n\n\[Packages of architecture i386\]\n\n.*2\.8/s)
  })

  it('are named if only one side has them', async () => {
    const text = await debdiffOf([lib('amd64', '2.1')], [lib('amd64', '2.1'), lib('i386', '2.8')])
    expect(text).toContain('Packages of architecture i386 only in the second set')
    expect(text).toContain('libtea_1_i386.deb')
  })

  it('are compared once if there is one of each name', async () => {
    const text = await debdiffOf([lib('amd64', '2.1')], [lib('amd64', '2.2')])
    expect(text).not.toContain('[Packages of')
  })
})
