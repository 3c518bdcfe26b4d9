import { DifferError } from '../../errors.ts'
import type { EntryKind, ResultKind } from '../../model.ts'
import { annotate } from '../../tracing.ts'
import type { CachePart } from '../cache/scan-cache.ts'
import type { ToolResult } from '../tools/process.ts'

/**
 * How a request for a diff ended: where the diff came from, or the name of the error. `Cancelled`: the caller
 * or the service stopped it. `Fault`: an unexpected error.
 */
export type DiffOutcome = 'cached' | 'made' | 'joined' | (string & {})

/** How a page of a search ended: with the report's end, before it, or with an error, as `DiffOutcome`. */
export type SearchOutcome = 'complete' | 'partial' | (string & {})

export type CacheResult = 'hit' | 'miss' | 'damaged'

/**
 * Where the part of a diffoscope report about a pair of packages came from: `kept` from the cache, `made` by the
 * tool. `failed`: the pair could not be compared. `damaged`: a kept part was damaged, and is made again.
 */
export type PartResult = 'kept' | 'made' | 'failed' | 'damaged'

/** Gets the engine's events, for metrics. Its methods must be fast and must not throw. */
export interface DiffObserver {
  /** The cache was asked for a diff. */
  cacheLookup(kind: EntryKind, result: CacheResult): void
  /** A request for a diff has ended. */
  diffEnded(kind: EntryKind, outcome: DiffOutcome, seconds: number): void
  /** One run of a tool has ended. */
  toolEnded(tool: ResultKind, result: ToolResult): void
  partEnded(result: PartResult): void
  /** A summary was made, from so many packages whose contents were kept and so many that were read. */
  summaryMade(verdict: string, packages: { readonly kept: number; readonly read: number }): void
  /** A page of a search in a report has ended. */
  pageSearched(outcome: SearchOutcome, seconds: number): void
}

/** Gets the evictor's events, for metrics. */
export interface CacheObserver {
  evicted(part: CachePart, bytes: number): void
  /** A request to the bucket of the cache has ended; see docs/monitoring.md for the outcomes. */
  bucketAsked(operation: 'lookup' | 'upload', outcome: string): void
}

export const NO_OBSERVER: DiffObserver = {
  cacheLookup() {},
  diffEnded() {},
  toolEnded() {},
  partEnded() {},
  summaryMade() {},
  pageSearched() {},
}

/** Runs `work`, and reports its outcome and duration. */
export async function observed<T>(
  observer: DiffObserver,
  kind: EntryKind,
  { success, isCancelled }: { success: DiffOutcome; isCancelled: () => boolean },
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now()
  let outcome = success
  try {
    return await work()
  } catch (error) {
    outcome = failureOutcome(error, isCancelled())
    throw error
  } finally {
    observer.diffEnded(kind, outcome, secondsSince(started))
  }
}

/** The outcome of work that threw. */
export function failureOutcome(error: unknown, isCancelled: boolean): string {
  if (isCancelled) return 'Cancelled'
  return error instanceof DifferError ? error.name : 'Fault'
}

/** Reports the end of a tool to the observer, and records it in the active span. */
export function toolEnded(observer: DiffObserver, tool: ResultKind, result: ToolResult): void {
  observer.toolEnded(tool, result)
  annotate({
    'differ.tool.exit_code': result.exitCode ?? -1,
    'differ.tool.stopped': result.stopped ?? '',
    'differ.tool.memory_peak_bytes': result.peakResidentBytes,
    'differ.tool.processor_seconds': result.processorSeconds,
    'differ.tool.output_bytes': result.outputBytes,
  })
}

export function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000
}
