/** Builds the paths of renderings, for the API and for links between pages. */
import type { DiffKind, FileAddress } from './model.ts'

/** What identifies one rendering. */
export interface RenderingAddress {
  readonly kind: DiffKind | 'file'
  readonly oldId: string
  readonly newId: string
  /** The file that the diff is about; null if it is about all packages. */
  readonly file: FileAddress | null
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
  const { kind, oldId, newId, file, format, filterBoring, hide, cssUrl, from, etag } = address
  const query = new URLSearchParams({ v: etag.replaceAll('"', '') })
  if (file) {
    query.set('package', file.package)
    query.set('path', file.path)
    if (file.oldPath !== null) query.set('old_path', file.oldPath)
  }
  if (from !== undefined) query.set('from', from)
  if (filterBoring) query.set('filter_boring', '1')
  if (hide !== undefined) query.set('hide', hide)
  if (cssUrl !== undefined) query.set('css_url', cssUrl)
  return `/renderings/${[kind, oldId, newId, format].map(encodeURIComponent).join('/')}?${query}`
}
