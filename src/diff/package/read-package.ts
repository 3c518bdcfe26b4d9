/** Reads a Debian package once, as a stream: what it says of itself, and every member with its checksum. */
import { createHash, type Hash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
  InvalidPackageError,
} from '../../errors.ts'
import type { Limits, LocalPackage } from '../../model.ts'
import { type RunOptions, runTool, type ToolResult } from '../tools/process.ts'
import { type ContentsHeader, completeContentsFile } from './contents-file.ts'
import { ControlMembers } from './control-archive.ts'
import { EntryTableBuilder } from './entry-table-builder.ts'
import { fileKind, KIND_BYTES } from './file-kind.ts'
import { readOuterArchive } from './outer-archive.ts'
import { type ArchiveName, PRINT_OPTIONS, unpackSmallArchive } from './small-archive.ts'
import { TarError, type TarHeader, TarReader } from './tar-reader.ts'

export interface ReadOptions extends Pick<RunOptions, 'workDir' | 'sandbox' | 'signal'> {
  /** The file of the contents, which does not exist: see `contents-file.ts`. */
  readonly contentsPath: string
  /** Where the uncompressed data archive is written. */
  readonly archivePath: string
  readonly limits: Limits
}

/** Maintainer scripts, checksums and symbols: those of the largest packages are a few megabytes. */
const MAX_CONTROL_BYTES = 64_000_000
const MAX_ENTRIES = 1_000_000

/**
 * Writes the contents of a package to a file, and its uncompressed data archive to another.
 * @throws InvalidPackageError for an archive that is damaged or larger than its limit; DiffCommandTimeoutError, DiffCommandMemoryError,
 *   DiffCommandError where `dpkg-deb` did not end by itself; errors of the system; what `options.signal` was aborted with
 */
export async function readPackage(one: LocalPackage, options: ReadOptions): Promise<ContentsHeader> {
  const { contentsPath, archivePath } = options
  const control = new MemberCollector(`${contentsPath}.control`)
  const data = new MemberCollector(`${contentsPath}.data`)
  const checked = new ControlMembers()
  const readControl = async () => {
    await readArchive(one, 'control', options, contentsPath, (chunk) => {
      checked.add(chunk)
      control.push(chunk)
    })
    orRefuse(one, 'control', () => control.reader.end())
  }
  const readData = async () => {
    const bytes = await readArchive(one, 'data', options, archivePath, (chunk) => data.push(chunk))
    orRefuse(one, 'data', () => data.reader.end())
    return bytes
  }
  try {
    // At once: the tool for one starts while the other is unpacked, and finding the end of compressed data may mean to unpack it.
    const all = [readOuterArchive(one.path), readControl(), readData()] as const
    // Nothing may be written after the caller has gone on.
    await Promise.allSettled(all)
    const [outer, , dataBytes] = await Promise.all(all)
    return completeContentsFile(
      contentsPath,
      { control: control.table, data: data.table },
      {
        outer: { ...outer, hiddenInControl: control.reader.hidden, hiddenInData: data.reader.hidden },
        dataBytes,
        controlProblem: checked.problem,
      },
    )
  } catch (error) {
    await Promise.all([contentsPath, archivePath].map((path) => rm(path, { force: true })))
    throw error
  } finally {
    control.table.close()
    data.table.close()
  }
}

/** Unpacks the data archive once more. @throws as `readPackage` */
export async function unpackDataArchive(
  one: LocalPackage,
  options: ToolOptions,
  archivePath: string,
): Promise<void> {
  await readArchive(one, 'data', options, archivePath, () => {})
}

type ToolOptions = Omit<ReadOptions, 'contentsPath' | 'archivePath'>

/**
 * Writes an uncompressed archive to a file.
 * @param collect gets it piece by piece; a piece is valid until it returns
 * @returns the size in bytes
 */
async function readArchive(
  one: LocalPackage,
  name: ArchiveName,
  options: ToolOptions,
  path: string,
  collect: (chunk: Buffer) => void,
): Promise<number> {
  const maxBytes = name === 'control' ? MAX_CONTROL_BYTES : options.limits.outputBytes
  const small = await unpackSmallArchive(one.path, name, maxBytes)
  if (small) {
    await writeFile(path, small)
    orRefuse(one, name, () => collect(small))
    return small.length
  }
  let bytes = 0
  const base = toolOptions(one, options)
  const result = await runTool(['dpkg-deb', PRINT_OPTIONS[name], one.path], {
    ...base,
    // One byte more than the limit: that is how it is noticed that there is more.
    limits: { ...base.limits, fileBytes: maxBytes + 1 },
    stdoutPath: path,
    onOutput: (chunk) => {
      bytes += chunk.length
      collect(chunk)
    },
  })
  throwFailure(one, name, result, options)
  return bytes
}

/** @throws InvalidPackageError if the archive is not a tar archive */
function orRefuse(one: LocalPackage, name: ArchiveName, read: () => void): void {
  try {
    read()
  } catch (error) {
    throw error instanceof TarError ? refusal(one, name, error.message) : error
  }
}

function toolOptions({ path }: LocalPackage, { workDir, limits, sandbox, signal }: ToolOptions): RunOptions {
  return {
    workDir,
    limits,
    inputDirs: [dirname(path)],
    ...(sandbox && { sandbox }),
    ...(signal && { signal }),
  }
}

function refusal({ filename }: LocalPackage, archive: ArchiveName, reason: string): InvalidPackageError {
  return new InvalidPackageError(filename, `its ${archive} archive ${reason}`)
}

/** @param archive the one that was being read at the end */
function throwFailure(
  one: LocalPackage,
  archive: ArchiveName,
  result: ToolResult,
  { limits, signal }: ToolOptions,
): void {
  const refuse = (reason: string) => refusal(one, archive, reason)
  if (result.stopped === 'aborted') throw signal?.reason
  if (result.failure instanceof TarError) throw refuse(result.failure.message)
  if (result.stopped === 'output')
    throw refuse(`has more than ${limits.outputBytes} bytes when it is unpacked`)
  // A limit or a signal says nothing about the package: another attempt may succeed.
  if (result.stopped === 'timeout') throw new DiffCommandTimeoutError('summary', limits.timeoutMs)
  if (result.stopped || /Cannot allocate memory|Memory usage limit/i.test(result.stderr))
    throw new DiffCommandMemoryError('summary', limits.memoryBytes)
  const isTooLarge = result.signal === 'SIGXFSZ' || /File too large|File size limit/i.test(result.stderr)
  if (archive === 'control' && isTooLarge)
    throw refuse(`has more than ${MAX_CONTROL_BYTES} bytes when it is unpacked`)
  if (
    result.failure ||
    result.signal ||
    /killed by signal|No space left|Too many open files/.test(result.stderr)
  )
    throw interrupted(result)
  if (result.exitCode === 0) return
  const [line = ''] = result.stderr.replace(/^dpkg-deb: error: /, '').split('\n')
  throw refuse(
    `cannot be read: ${line.slice(0, 200) || `dpkg-deb failed (${result.exitCode ?? result.signal})`}`,
  )
}

/** dpkg-deb could not be run, or was stopped from outside. */
function interrupted({ failure, signal, stderr }: ToolResult): DiffCommandError {
  const reason = failure
    ? `dpkg-deb could not be run: ${failure.message}`
    : `dpkg-deb was stopped (${signal ?? 'see its messages'})`
  const error = new DiffCommandError('summary', { exitCode: null, stderr, reason, retryable: true })
  return Object.assign(error, failure && { cause: failure })
}

/** Collects the members of an archive: a checksum and the kind of each file, no content. */
class MemberCollector {
  readonly table: EntryTableBuilder
  readonly reader: TarReader
  #header: TarHeader | null = null
  #sha256: Hash | null = null
  #beginning = Buffer.alloc(0)

  /** @param spillPath as for `EntryTableBuilder` */
  constructor(spillPath: string) {
    this.table = new EntryTableBuilder(spillPath)
    this.reader = new TarReader({
      onEntry: (header) => {
        this.#header = header
        const isFile = header.type === 'file'
        this.#sha256 = isFile ? createHash('sha256') : null
        this.#beginning = Buffer.alloc(0)
      },
      onData: (chunk) => {
        this.#sha256?.update(chunk)
        const missing = KIND_BYTES - this.#beginning.length
        if (missing > 0) this.#beginning = Buffer.concat([this.#beginning, chunk.subarray(0, missing)])
      },
      onEntryEnd: () => this.#add(),
    })
  }

  /** @throws TarError */
  push(chunk: Buffer): void {
    this.reader.push(chunk)
    if (this.table.size > MAX_ENTRIES) throw new TarError(`has more than ${MAX_ENTRIES} members`)
  }

  #add(): void {
    if (!this.#header) return
    this.table.add({
      ...this.#header,
      sha256: this.#sha256?.digest('hex') ?? null,
      kind: this.#sha256 ? fileKind(this.#beginning, this.#header.path) : null,
    })
  }
}
