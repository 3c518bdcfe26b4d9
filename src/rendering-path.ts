/** The addresses of renderings: the one place where they are built, for the API and for links within pages. */
import type { DiffKind } from './model.ts'

/** What names one rendering. */
export interface RenderingAddress {
  readonly kind: DiffKind
  readonly oldId: string
  readonly newId: string
  readonly format: string
  readonly filterBoring: boolean
  readonly cssUrl?: string | undefined
  /** Where in the report a page begins that shows the rest of another one. */
  readonly from?: string | undefined
  /** The rendering's ETag, with its quotes: with it in the address, what is there never changes. */
  readonly etag: string
}

/** The path, with its query, below the service's own address. */
export function renderingPath(address: RenderingAddress): string {
  const { kind, oldId, newId, format, filterBoring, cssUrl, from, etag } = address
  const query = new URLSearchParams({ v: etag.replaceAll('"', '') })
  if (from !== undefined) query.set('from', from)
  if (filterBoring) query.set('filter_boring', '1')
  if (cssUrl !== undefined) query.set('css_url', cssUrl)
  return `/renderings/${[kind, oldId, newId, format].map(encodeURIComponent).join('/')}?${query}`
}
