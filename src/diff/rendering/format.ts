/** What a diff of either kind can be rendered as. */

export type Format = 'text' | 'markdown' | 'html' | 'json'

export interface RenderOptions {
  /** Hide what differs only because of the build: see "The filter" in docs/formats.md. */
  readonly filterBoring: boolean
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
}
