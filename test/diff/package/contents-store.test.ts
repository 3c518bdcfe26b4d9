import { createHash } from 'node:crypto'
import {
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PackageContentsStore } from '../../../src/diff/package/contents-store.ts'
import { KnownPackages } from '../../../src/diff/package/known-packages.ts'
import type { PackageContents } from '../../../src/diff/package/package-contents.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { InvalidPackageError } from '../../../src/errors.ts'
import { buildDeb, type DebSpec, LIMITS, localPackage } from '../summary/build-side.ts'

const TEXT = 'how to brew\n'.repeat(1000)
const SPEC: DebSpec = {
  files: { 'usr/bin/teapot': { content: '#!/bin/sh\n', mode: 0o755 }, 'usr/share/doc/teapot/README': TEXT },
  control: { postinst: '#!/bin/sh\nexit 0\n' },
}

/** A package, and a store in a cache of its own. */
async function setUp(spec: DebSpec = SPEC) {
  const dir = await mkdtemp(join(tmpdir(), 'differ-store-'))
  onTestFinished(() => removeTree(dir))
  const root = join(dir, 'cache')
  const incomingDir = join(root, 'differ', 'incoming')
  await mkdir(incomingDir, { recursive: true })
  const path = await buildDeb(join(dir, 'packages'), spec)
  const store = new PackageContentsStore(root)
  const openPath = async (from = path, into = store): Promise<PackageContents> => {
    const contents = await into.open(await localPackage(from), { workDir: dir, incomingDir, limits: LIMITS })
    onTestFinished(() => contents.close())
    return contents
  }
  return { dir, root, incomingDir, path, store, openPath }
}

/** Everything that is known of a package without its data archive. */
function factsOf({ sha256, outer, control, data, controlFiles }: PackageContents) {
  const files = [...controlFiles].map(([path, { content }]) => [path, content.toString()])
  return { sha256, outer, control: [...control], data: [...data], files }
}

async function readme(contents: PackageContents): Promise<string> {
  const members = await contents.openMembers()
  try {
    const entry = contents.data.find('usr/share/doc/teapot/README')
    return entry ? (await members.read(entry)).toString() : ''
  } finally {
    await members.close()
  }
}

const filesIn = async (root: string, part: string) =>
  (await readdir(join(root, 'differ', part)).catch(() => [])).map((name) => join(root, 'differ', part, name))

/** Waits until a file has not been changed for so long that it is remembered. */
async function settled(path: string): Promise<void> {
  const { ctimeMs } = await stat(path)
  await sleep(Math.max(0, ctimeMs + 1_010 - Date.now()))
}

/** Changes the byte in the middle of a file, and keeps its size. */
async function damage(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 0xff
  await file.write(byte, 0, 1, at)
  await file.close()
}

describe('what a package holds', () => {
  it('is its members, control files and contents', async () => {
    const { openPath, path } = await setUp()
    const contents = await openPath()
    expect(contents.sha256).toBe(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    )
    expect(contents.data.find('usr/bin/teapot')).toMatchObject({
      type: 'file',
      mode: 0o755,
      kind: 'script',
      sha256: createHash('sha256').update('#!/bin/sh\n').digest('hex'),
    })
    expect(contents.controlFiles.get('postinst')?.content.toString()).toBe('#!/bin/sh\nexit 0\n')
    expect(await readme(contents)).toBe(TEXT)
  })

  it('is kept, and the same when it is opened again under another name', async () => {
    const { dir, store, openPath, path, incomingDir } = await setUp()
    const first = factsOf(await openPath())
    const copy = join(dir, 'teapot-copy_2.0-1_all.deb')
    await copyFile(path, copy)
    const again = await openPath(copy)
    expect(factsOf(again)).toEqual(first)
    expect(again.filename).toBe('teapot-copy_2.0-1_all.deb')
    expect(await readme(again)).toBe(TEXT)
    expect(store.usage).toMatchObject({ kept: 1, read: 1 })
    expect(await readdir(incomingDir)).toEqual([])
  })

  it('is read part by part', async () => {
    const { openPath } = await setUp()
    await openPath()
    const contents = await openPath()
    const entry = contents.data.find('usr/share/doc/teapot/README')
    const members = await contents.openMembers()
    onTestFinished(() => members.close())
    if (!entry) throw new Error('there is no such member')
    expect((await members.read(entry, 7, 4)).toString()).toBe('brew')
    expect((await members.read(entry, TEXT.length - 1, 100)).toString()).toBe('\n')
    expect((await members.read(entry, TEXT.length + 1)).length).toBe(0)
    expect((await members.view(entry)).toString()).toBe(TEXT)
    const pieces: string[] = []
    for await (const piece of members.stream(entry)) pieces.push(piece.toString())
    expect(pieces.join('')).toBe(TEXT)
  })

  it('is not kept of a file that is no package', async () => {
    const { dir, root, openPath } = await setUp()
    const path = join(dir, 'broken_1_all.deb')
    await writeFile(path, '!<arch>\nbroken')
    await expect(openPath(path)).rejects.toThrow(InvalidPackageError)
    expect(await filesIn(root, 'contents')).toEqual([])
  })
})

describe('kept contents', () => {
  it.each<[string, (path: string) => Promise<void>]>([
    ['were damaged at the beginning', (path) => damage(path, 600)],
    ['were damaged in a table', async (path) => damage(path, Math.floor((await stat(path)).size * 0.8))],
    ['were damaged at the end', async (path) => damage(path, (await stat(path)).size - 1)],
    ['were cut off', async (path) => writeFile(path, (await readFile(path)).subarray(0, 3000))],
    ['are empty', (path) => writeFile(path, '')],
    ['are gone', (path) => unlink(path)],
  ])('that %s are read again and replaced', async (_, harm) => {
    const { root, openPath, store } = await setUp()
    const first = factsOf(await openPath())
    const [kept = ''] = await filesIn(root, 'contents')
    await harm(kept)
    expect(factsOf(await openPath())).toEqual(first)
    expect(factsOf(await openPath())).toEqual(first)
    expect(store.usage).toMatchObject({ kept: 1, read: 2 })
  })

  it('are marked as used', async () => {
    const { root, openPath } = await setUp()
    await openPath()
    const files = [...(await filesIn(root, 'contents')), ...(await filesIn(root, 'unpacked'))]
    const hourAgo = new Date(Date.now() - 3_600_000)
    for (const file of files) await utimes(file, hourAgo, hourAgo)
    await readme(await openPath())
    for (const file of files) expect(Date.now() - (await stat(file)).mtimeMs).toBeLessThan(60_000)
    expect(files).toHaveLength(2)
  })

  it.each<[string, (path: string) => Promise<void>]>([
    ['is gone', (path) => unlink(path)],
    ['is empty', (path) => writeFile(path, '')],
    ['has another size', (path) => writeFile(path, 'short')],
    ['is damaged', async (path) => damage(path, (await readFile(path)).indexOf('how to brew') + 5000)],
  ])('still lead to every member where the unpacked archive %s', async (_, harm) => {
    const { root, openPath, store } = await setUp()
    await openPath()
    const [archive = ''] = await filesIn(root, 'unpacked')
    const contents = await openPath()
    await harm(archive)
    expect(await readme(contents)).toBe(TEXT)
    expect(await readme(await openPath())).toBe(TEXT)
    expect(store.usage).toMatchObject({ kept: 2, read: 1 })
  })

  it.each([
    { how: 'kept', isKept: true },
    { how: 'read', isKept: false },
  ])(
    'are remembered by the process that has found them $how, while the package is the same file',
    async (one) => {
      const { root, openPath, path } = await setUp()
      const store = new PackageContentsStore(root, null, new KnownPackages())
      if (one.isKept) await openPath()
      // A file that has only just been written is not known to be the same later.
      await settled(path)
      const first = factsOf(await openPath(path, store))
      for (const kept of await filesIn(root, 'contents')) await unlink(kept)
      const again = await openPath(path, store)
      expect(factsOf(again)).toEqual(first)
      expect(await readme(again)).toBe(TEXT)
      const usage = one.isKept ? { kept: 2, read: 0 } : { kept: 1, read: 1 }
      expect(store.usage).toMatchObject(usage)

      await copyFile(await buildDeb(join(root, 'other'), { files: { 'usr/bin/other': 'x' } }), path)
      const other = await openPath(path, store)
      expect(other.data.find('usr/bin/other')).toMatchObject({ type: 'file' })
      expect(other.sha256).not.toBe(first.sha256)
      expect(store.usage).toMatchObject({ kept: usage.kept, read: usage.read + 1 })
    },
  )

  it('are not needed: without a writable cache, packages are read each time', async () => {
    const { dir, openPath } = await setUp()
    const file = join(dir, 'file')
    await writeFile(file, '')
    const store = new PackageContentsStore(file)
    expect(await readme(await openPath(undefined, store))).toBe(TEXT)
    expect(await readme(await openPath(undefined, store))).toBe(TEXT)
    expect(store.usage).toMatchObject({ kept: 0, read: 2, writtenBytes: 0 })
  })
})
