import { DifferError } from '../../errors.ts'
import type { ResultKind } from '../../model.ts'
import { annotate } from '../../tracing.ts'
import type { CachePart } from '../cache/scan-cache.ts'
import type { ToolResult } from '../tools/process.ts'

/** How a request for a diff ended: whence it came, or the name of its error (`Cancelled`: nobody waited any more; `Fault`: none that is expected). */
export type DiffOutcome = 'cached' | 'made' | 'joined' | (string & {})

export type CacheResult = 'hit' | 'miss' | 'damaged'

/** What the engine tells whoever counts. Called in the midst of its work: quick, and never throwing. */
export interface DiffObserver {
  cacheAsked(kind: ResultKind, result: CacheResult): void
  diffEnded(kind: ResultKind, outcome: DiffOutcome, seconds: number): void
  toolEnded(tool: ResultKind, result: ToolResult): void
}

/** What is told of the cache's keeping. */
export interface CacheObserver {
  evicted(part: CachePart, bytes: number): void
}

export const NO_OBSERVER: DiffObserver = { cacheAsked() {}, diffEnded() {}, toolEnded() {} }

/** Does `work`, and tells how it ended and what it took. */
export async function observed<T>(
  observer: DiffObserver,
  kind: ResultKind,
  { success, isCancelled }: { success: DiffOutcome; isCancelled: () => boolean },
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now()
  let outcome = success
  try {
    return await work()
  } catch (error) {
    outcome = isCancelled() ? 'Cancelled' : error instanceof DifferError ? error.name : 'Fault'
    throw error
  } finally {
    observer.diffEnded(kind, outcome, secondsSince(started))
  }
}

/** Tells of a tool's end, and notes it in the span of its run. */
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
