/** What a diff of either kind can be rendered as. */

export type Format = 'text' | 'markdown' | 'html' | 'json'

/** Noise to hide, and the summary that says what is noise. Plain data: it is sent to the render worker. */
export interface Hide {
  /** At least one class, sorted. */
  readonly classes: readonly string[]
  /** The file of the pair's summary. */
  readonly summaryPath: string
  /** Identifies the content of that file. */
  readonly summaryDigest: string
}

/** What a rendering leaves out. */
export interface FilterOptions {
  /** Apply the old service's filter, for REST alone: see "The old filter" in docs/formats.md. */
  readonly filterBoring: boolean
  /** Hide noise: see "Hiding noise" in docs/formats.md. Not combined with `filterBoring`. */
  readonly hide?: Hide | undefined
}

export interface RenderOptions extends FilterOptions {
  /** Only for debdiff in HTML: a whole page, instead of the fragment that clients of the old service put into theirs. */
  readonly isPage?: boolean | undefined
  /**
   * Only for diffoscope in HTML: a stylesheet to link before the page's own. The caller has checked that it
   * is http(s) or relative.
   */
  readonly cssUrl?: string | undefined
  /**
   * Only for diffoscope in HTML: position at which the page begins (see `page-position.ts`). Default: the
   * beginning.
   */
  readonly from?: string | undefined
  /**
   * Only for diffoscope in HTML: path prefix of this service's URLs, empty or like `/differ`. Without it the
   * page has all nodes and rows, because it cannot link to the rest.
   */
  readonly basePath?: string | undefined
  /**
   * Only for diffoscope in HTML: a section at the end of the page, see `unshown-section.ts`. Not for REST, whose pages are the same for all clients.
   */
  readonly unshown?: string | undefined
}
