/** What the engine and each of its calls are given. */
import type { ArtifactStore } from '../artifacts/store.ts'
import type { DifferError } from '../errors.ts'
import type { DiffKind, DiffProgress, Limits, RunPair } from '../model.ts'
import type { DiffCache } from './cache/diff-cache.ts'
import type { LeaseManager } from './making/lease.ts'
import type { MemoryPressure } from './making/memory-pressure.ts'
import type { DiffObserver } from './making/observer.ts'
import type { PackageCheck } from './making/package-check.ts'
import type { Urgency } from './making/tool-slots.ts'
import type { ReportRenderer } from './rendering/report-renderer.ts'
import type { RulesFile } from './rules-file/rules-file.ts'
import type { StoredSummary } from './stored/stored-summary.ts'
import type { InstanceDir } from './tools/instance-dir.ts'
import type { ToolVersions } from './tools/provenance.ts'
import type { Sandbox } from './tools/sandbox.ts'

export interface EngineOptions {
  readonly artifacts: ArtifactStore
  readonly cache: DiffCache
  /** Private to this process; for the tools' temporary files and the fetched packages. */
  readonly tempDir: InstanceDir
  /** The command line of each tool, without the arguments that Differ adds. */
  readonly commands: Readonly<Record<DiffKind, readonly string[]>>
  /** Checks packages before a tool opens them. Default: no check. */
  readonly packageCheck?: PackageCheck
  /** Renders large reports. `DiffEngine.close` closes it. Default: a new one. */
  readonly renderer?: ReportRenderer
  /** Is applied to summaries when they are read. Default: none. */
  readonly rulesFile?: RulesFile | null
  /**
   * How long a permanent failure is remembered instead of tried again, in milliseconds. Default: 0, not at
   * all.
   */
  readonly failureTtlMs?: number
  /** Default: `none`. */
  readonly sandbox?: Sandbox
  /** How many tools may run at once. */
  readonly concurrency: number
  /** How many diffs may be in progress before requests for others fail. */
  readonly maxInProgress: number
  /** How many diffs one client may wait for at once. Default: any number. */
  readonly maxWaitsPerClient?: number
  /** For the provenance of new diffs. Default: none is recorded. */
  readonly toolVersions?: ToolVersions
  /** Keeps other processes from making the same diff at once. Default: there are no other processes. */
  readonly leases?: LeaseManager
  readonly observer?: DiffObserver
  readonly listener?: SummaryListener
  /** Default: the process is never short of memory. */
  readonly pressure?: Pick<MemoryPressure, 'assertCapacity'>
}

/** Gets the summaries that the engine makes and reads. Its methods must be fast and must not throw. */
export interface SummaryListener {
  summaryRead(stored: StoredSummary): void
  /** @param startedMs when the attempt began, in milliseconds since 1970 */
  summaryFailed(pair: RunPair, error: DifferError, startedMs: number): void
}

export interface MakeOptions {
  readonly limits: Limits
  /** For the packages of each run. */
  readonly retrievalTimeoutMs: number
  readonly urgency: Urgency
  /** Address of the client that waits, for limits per client. */
  readonly client?: string
  /** Ends the caller's waiting. The work continues while other callers wait for it. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: DiffProgress) => void
}
