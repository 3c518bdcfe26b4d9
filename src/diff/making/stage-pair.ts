/**
 * Prepares two packages for diffoscope. It decides by `file` what a package is, which a set-group-id bit
 * confuses, and pairs the archives in the packages by name, so that it does not compare `data.tar` with
 * `data.tar.zst`. Then it gets copies that hold the same, and the report says so.
 */
import { createReadStream } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type PackageMember, readMembers } from '../../artifacts/package-structure.ts'
import { DiffCommandError, InvalidPackageError } from '../../errors.ts'
import type { LocalPackage } from '../../model.ts'
import { type RunOptions, runTool } from '../tools/process.ts'
import { withoutMember } from './without-member.ts'

export interface StagedPair {
  readonly oldPath: string
  readonly newPath: string
  /** For the report; null if the packages are compared as they are. */
  readonly note: string | null
}

interface StageOptions extends Pick<RunOptions, 'limits' | 'sandbox' | 'signal' | 'workDir'> {
  /** A new directory for the copies. */
  readonly dir: string
}

interface Archives {
  readonly control: PackageMember
  readonly data: PackageMember
}

const SPECIAL_BITS = 0o7000
/** Compressions that diffoscope recognizes. */
const KNOWN = /\.tar\.(gz|xz|zst)$/
/** Only read once, on the same disk. */
const GZIP_LEVEL = 1
const HEADER_BYTES = 60

/**
 * The pair without its lists of checksums, which diffoscope reads as UTF-8: they have the names of all files,
 * and it crashes at a name in another encoding.
 * @throws as `stagePair`
 */
export async function stageWithoutMd5sums(
  old: LocalPackage,
  newer: LocalPackage,
  options: StageOptions,
): Promise<Pick<StagedPair, 'oldPath' | 'newPath'>> {
  const withoutMd5sums = { ...options, leaveOut: 'md5sums' }
  return {
    oldPath: await recompress(old, join(options.dir, 'old'), withoutMd5sums),
    newPath: await recompress(newer, join(options.dir, 'new'), withoutMd5sums),
  }
}

/** @throws InvalidPackageError; DiffCommandError if a package cannot be copied; `options.signal.reason` */
export async function stagePair(
  old: LocalPackage,
  newer: LocalPackage,
  options: StageOptions,
): Promise<StagedPair> {
  const [before, after] = [await archivesOf(old), await archivesOf(newer)]
  const names = (of: Archives) => [of.control.name, of.data.name]
  const isComparable =
    [...names(before), ...names(after)].every((name) => KNOWN.test(name)) &&
    names(before).join() === names(after).join()
  const stage = isComparable ? copyWithoutSpecialBits : recompress
  return {
    oldPath: await stage(old, join(options.dir, 'old'), options),
    newPath: await stage(newer, join(options.dir, 'new'), options),
    note: isComparable
      ? null
      : `Compared after recompression, because diffoscope cannot compare ${names(before).join(' and ')} with ${names(after).join(' and ')}`,
  }
}

async function archivesOf({ path, filename }: LocalPackage): Promise<Archives> {
  const members = await readMembers(path, filename)
  const archive = (prefix: string) => {
    const member = members.find(({ name }) => name.startsWith(prefix))
    if (!member) throw new InvalidPackageError(filename, `it has no ${prefix}`)
    return member
  }
  return { control: archive('control.tar'), data: archive('data.tar') }
}

/** The path of the package, or of a copy if `file` would take it for something else. */
async function copyWithoutSpecialBits({ path, filename }: LocalPackage, dir: string): Promise<string> {
  const { mode } = await lstat(path)
  if ((mode & SPECIAL_BITS) === 0) return path
  await mkdir(dir, { recursive: true })
  const copy = join(dir, filename)
  await copyFile(path, copy)
  await chmod(copy, 0o600)
  return copy
}

/**
 * Writes a copy whose archives are compressed with gzip. Its other members are left out.
 * @param options.leaveOut a file of the control archive to be left out, too
 * @returns its path
 */
async function recompress(
  one: LocalPackage,
  dir: string,
  options: StageOptions & { readonly leaveOut?: string },
): Promise<string> {
  await mkdir(dir, { recursive: true })
  const copy = join(dir, one.filename)
  const output = await open(copy, 'wx', 0o600)
  try {
    await output.writeFile(`!<arch>\n${header('debian-binary', 4)}2.0\n`)
    for (const [name, option] of [
      ['control.tar.gz', '--ctrl-tarfile'],
      ['data.tar.gz', '--fsys-tarfile'],
    ] as const) {
      const archive = await decompress(one, option, dir, options)
      if (options.leaveOut !== undefined && option === '--ctrl-tarfile')
        await writeFile(archive, withoutMember(await readFile(archive), options.leaveOut))
      const compressed = `${archive}.gz`
      await pipeline(createReadStream(archive), createGzip({ level: GZIP_LEVEL }), await writer(compressed), {
        ...(options.signal && { signal: options.signal }),
      })
      await rm(archive)
      const { size } = await stat(compressed)
      await output.writeFile(header(name, size))
      for await (const chunk of createReadStream(compressed) as Readable) await output.writeFile(chunk)
      if (size % 2 === 1) await output.writeFile('\n')
      await rm(compressed)
    }
    return copy
  } finally {
    await output.close()
  }
}

async function writer(path: string) {
  return (await open(path, 'wx', 0o600)).createWriteStream()
}

/** Decompresses one of a package's archives. @returns the path of the tar archive */
async function decompress(
  { path, filename }: LocalPackage,
  option: string,
  dir: string,
  { limits, sandbox, signal, workDir }: StageOptions,
): Promise<string> {
  const outputPath = join(dir, `archive${option}`)
  const result = await runTool(['dpkg-deb', option, path], {
    limits,
    workDir,
    outputPath,
    inputDirs: [dirname(path)],
    ...(sandbox && { sandbox }),
    ...(signal && { signal }),
  })
  if (result.stopped === 'aborted') throw signal?.reason
  if (result.exitCode === 0 && !result.stopped && !result.failure) return outputPath
  const reason = `did not get ${filename}: dpkg-deb could not decompress it (${result.stopped ?? result.failure?.message ?? result.signal ?? result.exitCode})`
  const error = new DiffCommandError('diffoscope', { ...result, reason, retryable: true })
  throw Object.assign(error, result.failure && { cause: result.failure })
}

/** The header of a member of an ar archive, with fixed facts. */
function header(name: string, sizeBytes: number): string {
  const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)]
  const text = `${fields.join('')}${String(sizeBytes).padEnd(10)}\`\n`
  if (text.length !== HEADER_BYTES) throw new RangeError(`${name} is too large for an ar archive`)
  return text
}
