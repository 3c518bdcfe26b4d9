/** The domain in plain types: no class, no library. Names are Debian's and the build farm's. */

/** The two tools, and so the two kinds of diff. */
export type DiffKind = 'debdiff' | 'diffoscope'

/** What is made of a pair of runs and cached: a diff of each tool, and the summary, which needs none. */
export type ResultKind = DiffKind | 'summary'

/** One build of one codebase, as the farm's database records it (tables `run` and `debian_build`). */
export interface Run {
  readonly id: string
  readonly codebase: string
  /** The legacy column `suite`. */
  readonly campaign: string
  /** Source package; null where the run built no Debian package. */
  readonly source: string | null
  /** Debian version of the source package; null as `source`. */
  readonly version: string | null
  /** `success`, or why it failed; null while it runs. */
  readonly resultCode: string | null
  readonly startTime: Date | null
  readonly finishTime: Date | null
  readonly revision: string | null
  readonly mainBranchRevision: string | null
  readonly changeSet: string | null
}

/** The build before a change and the build with it; both finished successfully. */
export interface RunPair {
  readonly old: Run
  readonly new: Run
}

/** A `.deb` or `.udeb` in the artifact store, known by its name alone. */
export interface Binary {
  readonly runId: string
  readonly filename: string
  readonly kind: 'deb' | 'udeb'
  readonly package: string
  /** As in the file name: an epoch is usually left out there. */
  readonly version: string
  readonly architecture: string
  readonly sizeBytes: number
  /** Where the store's listing brings one, `ALGORITHM:VALUE`: two binaries of one store with the same are the same. Against accidents only. */
  readonly checksum?: string
}

/** A package that lies on the local disk, ready for a tool. `path` is absolute and ends in `filename`. */
export interface LocalPackage extends Binary {
  readonly path: string
}

/** What a tool may use. Sizes in bytes, times in milliseconds. */
export interface Limits {
  /** Wall-clock time of the whole diff. */
  readonly timeoutMs: number
  /** Address space of each process (hard limit; the soft limit is 80 % of it), and resident memory of all together. */
  readonly memoryBytes: number
  /** Processor time of each process, in seconds. */
  readonly cpuSeconds: number
  /** Open files of each process. */
  readonly openFiles: number
  /** What a tool may print. */
  readonly outputBytes: number
  /** What it may keep in its temporary directory. */
  readonly tempBytes: number
}

/** Where a diff that is being made has got to. */
export interface DiffProgress {
  /** `retrieving` until both runs' packages are here, then the tool. */
  readonly stage: 'retrieving' | ResultKind
  /** For people: `diffoscope libssl3_3.0.22-1_amd64.deb, 2 of 4`. */
  readonly step: string
  /** 0..1, never falling within one diff. */
  readonly fraction: number
}
