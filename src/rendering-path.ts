/** Builds the paths of renderings, for the API and for links between pages. */
import type { DiffKind } from './model.ts'

/** What identifies one rendering. */
export interface RenderingAddress {
  readonly kind: DiffKind
  readonly oldId: string
  readonly newId: string
  readonly format: string
  /** REST's old filter. */
  readonly filterBoring: boolean
  /** The parameter `hide`: classes of noise, joined by commas, or `all`. */
  readonly hide?: string | undefined
  readonly cssUrl?: string | undefined
  /** The position in the report at which the page begins; undefined for its beginning. */
  readonly from?: string | undefined
  /**
   * The rendering's entity tag, quotes included. With it in the path, the content at this path never changes.
   */
  readonly etag: string
}

/** The path and query, relative to the base path of the service. */
export function renderingPath(address: RenderingAddress): string {
  const { kind, oldId, newId, format, filterBoring, hide, cssUrl, from, etag } = address
  const query = new URLSearchParams({ v: etag.replaceAll('"', '') })
  if (from !== undefined) query.set('from', from)
  if (filterBoring) query.set('filter_boring', '1')
  if (hide !== undefined) query.set('hide', hide)
  if (cssUrl !== undefined) query.set('css_url', cssUrl)
  return `/renderings/${[kind, oldId, newId, format].map(encodeURIComponent).join('/')}?${query}`
}
