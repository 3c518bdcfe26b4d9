/** What the reader has done among the files of a comparison. It outlives their view, as `ReportMemory` does. */
export interface ContentsMemory {
  /** The text of the filter. */
  wanted: string
  /** Files that were folded or unfolded, by key. */
  folds: ReadonlyMap<string, boolean>
  /** Keys of the closed directories of the tree. */
  closed: ReadonlySet<string>
  /** The file at the top of the view, and how far it was scrolled, in pixels. */
  place: { readonly key: string; readonly within: number } | null
}

export function newContentsMemory(): ContentsMemory {
  return { wanted: '', folds: new Map(), closed: new Set(), place: null }
}
