/** Reads a Debian package once, as a stream: what it says of itself, and every member with its checksum. */
import { createHash, type Hash } from 'node:crypto'
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
import { EntryTableBuilder } from './entry-table-builder.ts'
import { fileKind, KIND_BYTES } from './file-kind.ts'
import { readOuterArchive } from './outer-archive.ts'
import { TarError, type TarHeader, TarReader } from './tar-reader.ts'

export interface ReadOptions extends Pick<RunOptions, 'workDir' | 'sandbox' | 'signal'> {
  /** The file of the contents, which does not exist: see `contents-file.ts`. */
  readonly contentsPath: string
  /** Where the uncompressed data archive is written. */
  readonly dataPath: string
  readonly limits: Limits
}

/** Maintainer scripts, checksums and symbols: those of the largest packages are a few megabytes. */
const MAX_CONTROL_BYTES = 64_000_000
const MAX_ENTRIES = 1_000_000

/**
 * Writes the contents of a package and its uncompressed data archive to two files.
 * @throws InvalidPackageError for an archive that is damaged or larger than its limit; DiffCommandTimeoutError, DiffCommandMemoryError,
 *   DiffCommandError where `dpkg-deb` did not end by itself; errors of the system; what `options.signal` was aborted with
 */
export async function readPackage(one: LocalPackage, options: ReadOptions): Promise<ContentsHeader> {
  const { contentsPath, dataPath } = options
  const outer = await readOuterArchive(one.path)
  const control = new MemberCollector(`${contentsPath}.control`)
  const data = new MemberCollector(`${contentsPath}.data`)
  const ended = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal
  const both = [
    readArchive(one, '--ctrl-tarfile', control, contentsPath, {
      ...options,
      signal,
      limits: controlLimits(options.limits),
    }),
    readArchive(one, '--fsys-tarfile', data, dataPath, { ...options, signal }),
  ]
  try {
    const [, { outputBytes }] = (await Promise.all(both)) as [ToolResult, ToolResult]
    return await completeContentsFile(
      contentsPath,
      { control: control.table, data: data.table },
      {
        outer: { ...outer, hiddenInControl: control.reader.hidden, hiddenInData: data.reader.hidden },
        dataBytes: outputBytes,
      },
    )
  } catch (error) {
    // The other tool has nothing to do any more; its directory must not be removed under it.
    ended.abort(error)
    await Promise.allSettled(both)
    throw error
  } finally {
    control.table.close()
    data.table.close()
  }
}

/** Unpacks the data archive once more. @throws as `readPackage` */
export async function unpackData(
  one: LocalPackage,
  options: ArchiveOptions,
  dataPath: string,
): Promise<void> {
  await unpack(one, '--fsys-tarfile', dataPath, options)
}

function controlLimits(limits: Limits): Limits {
  return { ...limits, outputBytes: Math.min(limits.outputBytes, MAX_CONTROL_BYTES) }
}

type ArchiveOptions = Omit<ReadOptions, 'contentsPath' | 'dataPath'>
type ArchiveOption = '--ctrl-tarfile' | '--fsys-tarfile'

async function readArchive(
  one: LocalPackage,
  option: ArchiveOption,
  { reader, table }: MemberCollector,
  outputPath: string,
  options: ArchiveOptions,
): Promise<ToolResult> {
  const result = await unpack(one, option, outputPath, options, (chunk) => {
    reader.push(chunk)
    if (table.size > MAX_ENTRIES) throw new TarError(`has more than ${MAX_ENTRIES} members`)
  })
  try {
    reader.end()
  } catch (error) {
    throw refusal(one, option, (error as Error).message)
  }
  return result
}

function refusal({ filename }: LocalPackage, option: ArchiveOption, reason: string): InvalidPackageError {
  return new InvalidPackageError(
    filename,
    `its ${option === '--ctrl-tarfile' ? 'control' : 'data'} archive ${reason}`,
  )
}

async function unpack(
  one: LocalPackage,
  option: ArchiveOption,
  outputPath: string,
  options: ArchiveOptions,
  onOutput?: (chunk: Buffer) => void,
): Promise<ToolResult> {
  const refuse = (reason: string) => refusal(one, option, reason)
  const { limits } = options
  const result = await runTool(['dpkg-deb', option, one.path], {
    workDir: options.workDir,
    limits,
    inputDirs: [dirname(one.path)],
    outputPath,
    ...(options.sandbox && { sandbox: options.sandbox }),
    ...(options.signal && { signal: options.signal }),
    ...(onOutput && { onOutput }),
  })
  if (result.stopped === 'aborted') throw options.signal?.reason
  if (result.failure instanceof TarError) throw refuse(result.failure.message)
  if (result.stopped === 'output')
    throw refuse(`has more than ${limits.outputBytes} bytes when it is unpacked`)
  // A limit or a signal says nothing about the package: another attempt may succeed.
  if (result.stopped === 'timeout') throw new DiffCommandTimeoutError('summary', limits.timeoutMs)
  if (result.stopped || /Cannot allocate memory|Memory usage limit/i.test(result.stderr))
    throw new DiffCommandMemoryError('summary', limits.memoryBytes)
  if (
    result.failure ||
    result.signal ||
    /killed by signal|No space left|Too many open files/.test(result.stderr)
  )
    throw interrupted(result)
  if (result.exitCode !== 0) {
    const [line = ''] = result.stderr.replace(/^dpkg-deb: error: /, '').split('\n')
    throw refuse(
      `cannot be read: ${line.slice(0, 200) || `dpkg-deb failed (${result.exitCode ?? result.signal})`}`,
    )
  }
  return result
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
  #hash: Hash | null = null
  #beginning = Buffer.alloc(0)

  /** @param spillPath as for `EntryTableBuilder` */
  constructor(spillPath: string) {
    this.table = new EntryTableBuilder(spillPath)
    this.reader = new TarReader({
      onEntry: (header) => {
        this.#header = header
        this.#hash = header.type === 'file' ? createHash('sha256') : null
        this.#beginning = Buffer.alloc(0)
      },
      onData: (chunk) => {
        this.#hash?.update(chunk)
        const missing = KIND_BYTES - this.#beginning.length
        if (missing > 0) this.#beginning = Buffer.concat([this.#beginning, chunk.subarray(0, missing)])
      },
      onEntryEnd: () => this.#add(),
    })
  }

  #add(): void {
    if (!this.#header) return
    this.table.add({
      ...this.#header,
      sha256: this.#hash?.digest('hex') ?? null,
      kind: this.#hash ? fileKind(this.#beginning, this.#header.path) : null,
    })
  }
}
