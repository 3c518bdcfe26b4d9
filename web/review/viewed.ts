/** Which runs and files the reader has viewed. Kept in this browser; nothing of it is sent to the service. */
import type { Pair } from '../pair.ts'

const KEY = 'differ-viewed'
/** Of so many comparisons; those that were changed longest ago are forgotten. */
const MAX_PAIRS = 2000
const MAX_FILES = 2000
const CHANGED = 'differ:viewed'

interface ViewedPair {
  readonly old: string
  readonly new: string
  /** The whole run. */
  readonly run: boolean
  /** `PACKAGE PATH`. */
  readonly files: readonly string[]
  /** When it was last changed, as ISO 8601 has it. */
  readonly changed: string
}

export function fileKey(name: string, path: string): string {
  return `${name} ${path}`
}

/** All marks, those changed last at the end. */
export function allViewed(): readonly ViewedPair[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]') as unknown
    return Array.isArray(kept) ? kept.filter(isViewedPair) : []
  } catch {
    // Something else was stored under this name: the marks begin anew.
    return []
  }
}

function isViewedPair(one: ViewedPair | null): one is ViewedPair {
  return typeof one?.old === 'string' && typeof one.new === 'string' && Array.isArray(one.files)
}

/** The runs that are marked as viewed as a whole, as `OLD NEW`. */
export function viewedRuns(): ReadonlySet<string> {
  return new Set(allViewed().flatMap((one) => (one.run ? [`${one.old} ${one.new}`] : [])))
}

export function isRunViewed(pair: Pair): boolean {
  return marksOf(pair).run
}

export function viewedFiles(pair: Pair): ReadonlySet<string> {
  return new Set(marksOf(pair).files)
}

export function markRun(pair: Pair, run: boolean): void {
  change(pair, { run })
}

/** @param file as `fileKey` makes it */
export function markFile(pair: Pair, file: string, isViewed: boolean): void {
  const files = marksOf(pair).files.filter((other) => other !== file)
  change(pair, { files: isViewed ? [...files, file].slice(-MAX_FILES) : files })
}

/** Calls the listener when marks change, in another tab too. @returns removes it */
export function onViewedChange(listener: () => void): () => void {
  addEventListener(CHANGED, listener)
  addEventListener('storage', listener)
  return () => {
    removeEventListener(CHANGED, listener)
    removeEventListener('storage', listener)
  }
}

function marksOf(pair: Pair): { readonly run: boolean; readonly files: readonly string[] } {
  return allViewed().find((one) => isOf(one, pair)) ?? { run: false, files: [] }
}

function isOf(one: Pair, pair: Pair): boolean {
  return one.old === pair.old && one.new === pair.new
}

function change(pair: Pair, marks: Partial<Pick<ViewedPair, 'run' | 'files'>>): void {
  const changed = {
    ...marksOf(pair),
    ...marks,
    old: pair.old,
    new: pair.new,
    changed: new Date().toISOString(),
  }
  const others = allViewed().filter((one) => !isOf(one, pair))
  const all = changed.run || changed.files.length > 0 ? [...others, changed] : others
  try {
    localStorage.setItem(KEY, JSON.stringify(all.slice(-MAX_PAIRS)))
  } catch {
    // The browser's storage is full: the mark is lost.
  }
  dispatchEvent(new Event(CHANGED))
}
