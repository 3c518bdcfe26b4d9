/** What a package holds. Everything depends on the package's bytes alone. */
import { type ByteSource, partOf } from './byte-source.ts'
import type { ContentsHeader } from './contents-file.ts'
import type { Entry } from './entry-record.ts'
import { EntryTable } from './entry-table.ts'
import { MemberReader, type OpenDataArchive } from './member-reader.ts'
import type { OuterArchive } from './outer-archive.ts'
import type { PagedFile } from './paged-file.ts'

/** A file of the control archive, with its content. */
export interface ControlFile extends Entry {
  /** Read when it is used: a list of 300,000 checksums has 30 MB. */
  readonly content: Buffer
  /** The same, piece by piece. */
  readonly source: ByteSource
}

export interface PackageContentsOptions {
  readonly filename: string
  /** Of the package, in hexadecimal. */
  readonly sha256: string
  readonly header: ContentsHeader
  /** Holds the control archive and both tables; closed with the contents. */
  readonly file: PagedFile
  readonly openArchive: OpenDataArchive
}

export class PackageContents {
  readonly filename: string
  readonly sha256: string
  readonly outer: OuterArchive
  /** Why the package is refused where packages are checked; null if it is not. */
  readonly controlProblem: string | null
  readonly controlFiles: ReadonlyMap<string, ControlFile>
  readonly control: EntryTable
  readonly data: EntryTable
  readonly #file: PagedFile
  readonly #openArchive: OpenDataArchive

  constructor({ filename, sha256, header, file, openArchive }: PackageContentsOptions) {
    this.filename = filename
    this.sha256 = sha256
    this.outer = header.outer
    this.controlProblem = header.controlProblem
    this.control = new EntryTable(file, header.control)
    this.data = new EntryTable(file, header.data)
    this.#file = file
    this.#openArchive = openArchive
    this.controlFiles = new Map(
      [...this.control]
        .filter(({ type }) => type === 'file')
        .map((entry) => [entry.path, controlFile(entry, file)]),
    )
  }

  /** To read members of the data archive; the caller closes it. @throws as `PackageContentsStore.open` */
  openMembers(): Promise<MemberReader> {
    return MemberReader.open(this.#openArchive)
  }

  close(): void {
    this.#file.close()
  }
}

function controlFile(entry: Entry, file: PagedFile): ControlFile {
  return {
    ...entry,
    source: partOf(file, entry.offset, entry.sizeBytes),
    get content() {
      return file.copy(entry.offset, entry.sizeBytes)
    },
  }
}
