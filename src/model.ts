/** The types that all rooms share, named as Debian and the build farm name things. */

/** The two tools, which are also the two kinds of diff. */
export type DiffKind = 'debdiff' | 'diffoscope'

/** What is made for a pair of runs: a diff of each tool, and the summary, which needs no tool. */
export type ResultKind = DiffKind | 'summary'

/**
 * What is cached: the results of pairs of runs, reports of pairs of files, diffoscope reports that lack packages
 * (`partial`), and the parts of diffoscope reports, one for each pair of packages.
 */
export type EntryKind = ResultKind | 'file' | 'partial' | 'part'

/** A file of a comparison, as a summary names it. */
export interface FileAddress {
  /** Name of the package, or `NAME:ARCHITECTURE`. */
  readonly package: string
  /** A member of the data archive, or `control/NAME`. Bytes that are not UTF-8 are escaped as `\xNN`. */
  readonly path: string
  /** Path on the old side if it is another one; null to compare with the same path. */
  readonly oldPath: string | null
  /** Name of the package on the old side if it is another one; null to compare with the same package. */
  readonly oldPackage: string | null
}

/** Raster formats that every browser decodes. SVG is none of them: it can have scripts and fetch other files. */
export type PictureType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'

export interface PictureFacts {
  readonly type: PictureType
  /** In pixels. */
  readonly width: number
  readonly height: number
  readonly sizeBytes: number
  /** Of the content, in hexadecimal. */
  readonly sha256: string
}

/** A side is null if it is not a picture, or one that is not shown. */
export interface PicturePair {
  readonly old: PictureFacts | null
  readonly new: PictureFacts | null
}

/** One build of one codebase, as the farm's database records it (tables `run` and `debian_build`). */
export interface Run {
  readonly id: string
  readonly codebase: string
  /** The legacy column `suite`. */
  readonly campaign: string
  /** Source package; null if the run built no Debian package. */
  readonly source: string | null
  /** Debian version of the source package; null if `source` is. */
  readonly version: string | null
  /** `success`, or why the run failed; null while it is running. */
  readonly resultCode: string | null
  readonly startTime: Date | null
  readonly finishTime: Date | null
  readonly revision: string | null
  readonly mainBranchRevision: string | null
  readonly changeSet: string | null
}

/** Two successful runs to compare. */
export interface RunPair {
  readonly old: Run
  readonly new: Run
  /** Whether each side is one file that a user chose, so that the two are compared whatever their names. */
  readonly areFiles?: boolean
}

/** A `.deb`, `.udeb` or `.ddeb` in the artifact store. Its fields come from the file name. */
export interface Binary {
  readonly runId: string
  readonly filename: string
  /** `deb` for a `.ddeb` too. */
  readonly kind: 'deb' | 'udeb'
  readonly package: string
  /** As in the file name, which usually omits the epoch. */
  readonly version: string
  readonly architecture: string
  readonly sizeBytes: number
  /**
   * `ALGORITHM:VALUE`, if the store's listing has one. Binaries of one store with the same checksum have the
   * same contents, unless someone has constructed a collision.
   */
  readonly checksum?: string
  /**
   * When the file last changed on its disk, in milliseconds (`ctime`, which nothing can set back), for a store
   * on the local disk.
   */
  readonly changedMs?: number
}

/** A package on the local disk. `path` is absolute and ends in `filename`. */
export interface LocalPackage extends Binary {
  readonly path: string
  /** Why it is not a valid package, as in InvalidPackageError; undefined for a valid one. */
  readonly invalid?: string
}

/** What a tool may use. */
export interface Limits {
  /** Wall-clock time of the whole diff, in milliseconds. */
  readonly timeoutMs: number
  /** Address space of each process, and resident memory of all processes together. */
  readonly memoryBytes: number
  /** CPU time of each process, in seconds. */
  readonly cpuSeconds: number
  /** Open files of each process. */
  readonly openFiles: number
  /** Standard output. */
  readonly outputBytes: number
  /** Contents of the temporary directory. */
  readonly tempBytes: number
}

/** The progress of a diff that is being made. */
export interface DiffProgress {
  /** `retrieving` until the packages of both runs are on the local disk, then the kind of the result. */
  readonly stage: 'retrieving' | ResultKind
  /** To show to users: `diffoscope libssl3_3.0.22-1_amd64.deb, 2 of 4`. */
  readonly step: string
  /** From 0 to 1. Never falls within one diff. */
  readonly fraction: number
}
