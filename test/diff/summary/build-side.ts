/** Builds the packages of one side of a pair with real `dpkg-deb`, and summarises two sides as the service does. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmod,
  link,
  lutimes,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { PackageContentsStore } from '../../../src/diff/package/contents-store.ts'
import type { ReadPackage } from '../../../src/diff/summary/changes.ts'
import { summarise } from '../../../src/diff/summary/summarise.ts'
import type { Summary } from '../../../src/diff/summary/types.ts'
import type { LocalPackage } from '../../../src/model.ts'

const run = promisify(execFile)

/** A file's content, or what else lies at its path. */
export type FileSpec =
  | string
  | Buffer
  | { readonly content: string | Buffer; readonly mode?: number; readonly mtime?: number }
  | { readonly link: string }
  | { readonly hardlink: string }
  | { readonly directory: number }

export interface DebSpec {
  readonly name?: string
  readonly version?: string
  readonly architecture?: string
  /** Fields besides Package, Version, Architecture, Maintainer and Description; one of these is replaced, `null` leaves a field out. */
  readonly fields?: Readonly<Record<string, string | null>>
  /** Files of the control archive besides `control` and `md5sums`. */
  readonly control?: Readonly<Record<string, string>>
  /** By path, without a leading slash. */
  readonly files?: Readonly<Record<string, FileSpec>>
  /** Replaces the list of checksums, which is right where left out; null: none. */
  readonly md5sums?: string | null
  /** Of all files that have none of their own. */
  readonly mtime?: number
  readonly umask?: number
  readonly compression?: 'gzip' | 'xz' | 'none'
  /** Changes the finished package: see `archives.ts`. */
  readonly rewrite?: (deb: Buffer) => Buffer
}

const TIME = 1_700_000_000

/** What every test package has, so that a change stands among files that do not change. */
export const ORDINARY_FILES: Readonly<Record<string, FileSpec>> = {
  'usr/bin/teapot': { content: '#!/bin/sh\nset -e\necho brewing\n', mode: 0o755 },
  'usr/share/teapot/kinds.json': '{"oolong": 80, "sencha": 70}\n',
  'usr/share/doc/teapot/copyright': 'Copyright: 2020 A Builder\nLicense: Apache-2.0\n',
  'etc/teapot.conf': '# how hot\ndegrees = 80\n',
}

export function changelog(version: string, entry: string, date: string): Buffer {
  const text = `teapot (${version}) unstable; urgency=medium\n\n  * ${entry}\n\n -- A Builder <builder@example.org>  ${date}\n`
  const older =
    'teapot (0.1-1) unstable; urgency=medium\n\n  * First release.\n\n -- A Builder <builder@example.org>  Sat, 01 Jan 2022 00:00:00 +0000\n'
  return gzipSync(`${text}\n${older}`, { level: 9 })
}

export async function buildDeb(dir: string, spec: DebSpec): Promise<string> {
  const { name = 'teapot', version = '1.0-1', architecture = 'all', umask = 0o022 } = spec
  const root = await mkdtemp(join(tmpdir(), 'differ-pair-'))
  try {
    await chmod(root, 0o777 & ~umask)
    const sums: string[] = []
    for (const [path, file] of Object.entries(spec.files ?? ORDINARY_FILES)) {
      const content = await place(root, path, file, spec)
      if (content) sums.push(`${createHash('md5').update(content).digest('hex')}  ${path}\n`)
    }
    await writeControl(
      root,
      { name, version, architecture },
      spec,
      spec.md5sums === undefined ? sums.join('') : spec.md5sums,
    )
    await mkdir(dir, { recursive: true })
    const path = join(dir, `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`)
    await stampDirectories(root, spec.mtime ?? TIME)
    await run(
      'dpkg-deb',
      ['--nocheck', '--root-owner-group', `-Z${spec.compression ?? 'gzip'}`, '--build', root, path],
      {
        env: { ...process.env, SOURCE_DATE_EPOCH: String(spec.mtime ?? TIME) },
      },
    )
    if (spec.rewrite) await writeFile(path, spec.rewrite(await readFile(path)))
    return path
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function place(
  root: string,
  path: string,
  file: FileSpec,
  { mtime = TIME, umask = 0o022 }: DebSpec,
): Promise<Buffer | null> {
  const full = join(root, path)
  await makeDirectory(root, dirname(path), umask)
  if (typeof file === 'object' && 'link' in file) {
    await symlink(file.link, full)
    await lutimes(full, mtime, mtime)
    return null
  }
  if (typeof file === 'object' && 'hardlink' in file) {
    await link(join(root, file.hardlink), full)
    return null
  }
  if (typeof file === 'object' && 'directory' in file) {
    await mkdir(full)
    await chmod(full, file.directory)
    return null
  }
  const {
    content,
    mode,
    mtime: own,
  } = typeof file === 'object' && 'content' in file
    ? file
    : { content: file, mode: undefined, mtime: undefined }
  await writeFile(full, content)
  await chmod(full, mode ?? 0o666 & ~umask)
  await utimes(full, own ?? mtime, own ?? mtime)
  return Buffer.from(content)
}

async function makeDirectory(root: string, path: string, umask: number): Promise<void> {
  if (path === '.' || (await stat(join(root, path)).catch(() => null))) return
  await makeDirectory(root, dirname(path), umask)
  await mkdir(join(root, path))
  await chmod(join(root, path), 0o777 & ~umask)
}

async function writeControl(
  root: string,
  names: { name: string; version: string; architecture: string },
  spec: DebSpec,
  md5sums: string | null,
): Promise<void> {
  const dir = join(root, 'DEBIAN')
  await mkdir(dir, { mode: 0o755 })
  const fields: Record<string, string | null> = {
    Package: names.name,
    Version: names.version,
    Architecture: names.architecture,
    Maintainer: 'A Builder <builder@example.org>',
    'Installed-Size': '10',
    Description: 'brews tea\n A test package.',
    ...spec.fields,
  }
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}\n`],
  )
  await writeFile(join(dir, 'control'), lines.join(''))
  if (md5sums !== null) await writeFile(join(dir, 'md5sums'), md5sums)
  for (const [name, text] of Object.entries(spec.control ?? {})) {
    await writeFile(join(dir, name), text)
    await chmod(join(dir, name), /^(pre|post)|^config$/.test(name) ? 0o755 : 0o644)
  }
}

/** Directories get their time last, when nothing is put into them any more. */
async function stampDirectories(root: string, mtime: number): Promise<void> {
  for (const entry of await readdir(root, { withFileTypes: true }))
    if (entry.isDirectory()) await stampDirectories(join(root, entry.name), mtime)
  await utimes(root, mtime, mtime)
}

export const LIMITS = {
  timeoutMs: 60_000,
  memoryBytes: 1e9,
  cpuSeconds: 60,
  openFiles: 256,
  outputBytes: 4e9,
  tempBytes: 1e9,
}

/** Builds both sides and summarises them. */
export async function summariseSpecs(old: readonly DebSpec[], newer: readonly DebSpec[]): Promise<Summary> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-sides-'))
  try {
    const [oldSide, newSide] = await Promise.all([
      readSide(join(dir, 'old'), old),
      readSide(join(dir, 'new'), newer),
    ])
    return await summariseAndClose(oldSide, newSide, dir)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

export async function summariseAndClose(
  old: readonly ReadPackage[],
  newer: readonly ReadPackage[],
  workDir: string,
): Promise<Summary> {
  try {
    return (await summarise(old, newer, { shell: { sandbox: 'none', workDir } })).summary
  } finally {
    for (const { contents } of [...old, ...newer]) contents?.close()
  }
}

async function readSide(dir: string, specs: readonly DebSpec[]): Promise<ReadPackage[]> {
  return Promise.all(specs.map(async (spec) => readBuilt(await buildDeb(dir, spec), dir)))
}

/**
 * Opens a package as the service does.
 * @param dir where its contents are kept; exists
 */
export async function readBuilt(path: string, dir: string): Promise<ReadPackage> {
  const one = await localPackage(path)
  try {
    const contents = await new PackageContentsStore(dir).open(one, {
      workDir: dir,
      incomingDir: dir,
      limits: LIMITS,
    })
    return { package: one, contents, error: null }
  } catch (error) {
    return { package: one, contents: null, error: (error as Error).message }
  }
}

export async function localPackage(path: string): Promise<LocalPackage> {
  const filename = path.split('/').at(-1) ?? ''
  const [, name = '', version = '', architecture = ''] = /^([^_]+)_([^_]+)_([^.]+)\.deb$/.exec(filename) ?? []
  return {
    runId: 'run',
    filename,
    path,
    kind: 'deb',
    package: name,
    version,
    architecture,
    sizeBytes: (await stat(path)).size,
  }
}
