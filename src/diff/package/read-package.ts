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
import { type EntryTable, EntryTableBuilder } from './entry-table.ts'
import { fileKind, KIND_BYTES } from './file-kind.ts'
import { type OuterArchive, readOuterArchive } from './outer-archive.ts'
import { TarError, type TarHeader, TarReader } from './tar-reader.ts'

/** A file of the control archive, with its content. */
export interface ControlFile extends TarHeader {
  readonly content: Buffer
}

/** What a package holds. Everything but `dataPath` depends on the package's bytes alone. */
export interface PackageContents {
  readonly filename: string
  readonly outer: OuterArchive
  readonly controlFiles: ReadonlyMap<string, ControlFile>
  readonly control: EntryTable
  readonly data: EntryTable
  /** The uncompressed data archive, from which members are read by their `offset`. */
  readonly dataPath: string
}

export interface ReadOptions extends Pick<RunOptions, 'workDir' | 'sandbox' | 'signal'> {
  /** Where the uncompressed data archive is written. */
  readonly dataPath: string
  readonly limits: Limits
}

/** Maintainer scripts, checksums and symbols: those of the largest packages are a few megabytes. */
const MAX_CONTROL_BYTES = 64_000_000
const MAX_ENTRIES = 1_000_000

/**
 * @throws InvalidPackageError for an archive that is damaged or larger than its limit; DiffCommandTimeoutError, DiffCommandMemoryError,
 *   DiffCommandError where `dpkg-deb` did not end by itself; what `options.signal` was aborted with
 */
export async function readPackage(one: LocalPackage, options: ReadOptions): Promise<PackageContents> {
  const outer = await readOuterArchive(one.path)
  const control = new ControlCollector()
  const data = new DataCollector()
  const ended = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal
  const both = [
    readArchive(one, '--ctrl-tarfile', control, {
      ...options,
      signal,
      limits: controlLimits(options.limits),
    }),
    readArchive(one, '--fsys-tarfile', data, { ...options, signal, outputPath: options.dataPath }),
  ]
  try {
    await Promise.all(both)
  } catch (error) {
    // The other tool has nothing to do any more; its directory must not be removed under it.
    ended.abort(error)
    await Promise.allSettled(both)
    throw error
  }
  return {
    filename: one.filename,
    outer,
    controlFiles: control.files,
    control: control.table.build(),
    data: data.table.build(),
    dataPath: options.dataPath,
  }
}

function controlLimits(limits: Limits): Limits {
  return { ...limits, outputBytes: Math.min(limits.outputBytes, MAX_CONTROL_BYTES) }
}

interface Collector {
  readonly table: EntryTableBuilder
  readonly reader: TarReader
}

async function readArchive(
  { path, filename }: LocalPackage,
  option: '--ctrl-tarfile' | '--fsys-tarfile',
  { reader, table }: Collector,
  options: Omit<ReadOptions, 'dataPath'> & { outputPath?: string },
): Promise<void> {
  const archive = option === '--ctrl-tarfile' ? 'control' : 'data'
  const refuse = (reason: string) => new InvalidPackageError(filename, `its ${archive} archive ${reason}`)
  const result = await runTool(['dpkg-deb', option, path], {
    workDir: options.workDir,
    limits: options.limits,
    inputDirs: [dirname(path)],
    ...(options.sandbox && { sandbox: options.sandbox }),
    ...(options.signal && { signal: options.signal }),
    ...(options.outputPath && { outputPath: options.outputPath }),
    onOutput: (chunk) => {
      reader.push(chunk)
      if (table.size > MAX_ENTRIES) throw new TarError(`has more than ${MAX_ENTRIES} members`)
    },
  })
  if (result.stopped === 'aborted') throw options.signal?.reason
  if (result.failure instanceof TarError) throw refuse(result.failure.message)
  if (result.stopped === 'output')
    throw refuse(`has more than ${options.limits.outputBytes} bytes when it is unpacked`)
  // A limit or a signal says nothing about the package: another attempt may succeed.
  if (result.stopped === 'timeout') throw new DiffCommandTimeoutError('summary', options.limits.timeoutMs)
  if (result.stopped || /Cannot allocate memory|Memory usage limit/i.test(result.stderr))
    throw new DiffCommandMemoryError('summary', options.limits.memoryBytes)
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
  try {
    reader.end()
  } catch (error) {
    throw refuse((error as Error).message)
  }
}

/** dpkg-deb could not be run, or was stopped from outside. */
function interrupted({ failure, signal, stderr }: ToolResult): DiffCommandError {
  const reason = failure
    ? `dpkg-deb could not be run: ${failure.message}`
    : `dpkg-deb was stopped (${signal ?? 'see its messages'})`
  const error = new DiffCommandError('summary', { exitCode: null, stderr, reason, retryable: true })
  return Object.assign(error, failure && { cause: failure })
}

/** Collects the members of the control archive with their content; they are few and small. */
class ControlCollector implements Collector {
  readonly table = new EntryTableBuilder()
  readonly files = new Map<string, ControlFile>()
  readonly reader: TarReader
  #header: TarHeader | null = null
  #chunks: Buffer[] = []

  constructor() {
    this.reader = new TarReader({
      onEntry: (header) => {
        this.#header = header
        this.#chunks = []
      },
      onData: (chunk) => this.#chunks.push(Buffer.from(chunk)),
      onEntryEnd: () => this.#add(),
    })
  }

  #add(): void {
    if (!this.#header) return
    const content = Buffer.concat(this.#chunks)
    const isFile = this.#header.type === 'file'
    if (isFile) this.files.set(this.#header.path, { ...this.#header, content })
    this.table.add({
      ...this.#header,
      sha256: isFile ? createHash('sha256').update(content).digest('hex') : null,
      kind: isFile ? fileKind(content.subarray(0, KIND_BYTES), this.#header.path) : null,
    })
  }
}

/** Collects the members of the data archive: a checksum and the kind of each file, no content. */
class DataCollector implements Collector {
  readonly table = new EntryTableBuilder()
  readonly reader: TarReader
  #header: TarHeader | null = null
  #hash: Hash | null = null
  #beginning = Buffer.alloc(0)

  constructor() {
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
