import type { DiffKind } from '../model.ts'
import type { ToolResult } from './tools/process.ts'

/** How a request for a diff ended: whence it came, or the name of its error (`Cancelled`: nobody waited any more; `Fault`: none that is expected). */
export type DiffOutcome = 'cached' | 'made' | 'joined' | (string & {})

export type CacheResult = 'hit' | 'miss' | 'damaged'

/** What the engine tells whoever counts. Called in the midst of its work: quick, and never throwing. */
export interface DiffObserver {
  cacheAsked(kind: DiffKind, result: CacheResult): void
  diffEnded(kind: DiffKind, outcome: DiffOutcome, seconds: number): void
  toolEnded(tool: DiffKind, result: ToolResult): void
}

export const NO_OBSERVER: DiffObserver = { cacheAsked() {}, diffEnded() {}, toolEnded() {} }
