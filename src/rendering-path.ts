/** Builds the paths of renderings and pictures, for the API and for links between pages. */
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
  const query = new URLSearchParams({ v: etag.replaceAll('"', ''), ...(file && fileQuery(file)) })
  if (from !== undefined) query.set('from', from)
  if (filterBoring) query.set('filter_boring', '1')
  if (hide !== undefined) query.set('hide', hide)
  if (cssUrl !== undefined) query.set('css_url', cssUrl)
  return `/renderings/${[kind, oldId, newId, format].map(encodeURIComponent).join('/')}?${query}`
}

/** What identifies the picture that a file is on one side. */
export interface PictureAddress {
  readonly oldId: string
  readonly newId: string
  readonly file: FileAddress
  readonly side: 'old' | 'new'
  /** Of the content, in hexadecimal: the content at this path never changes. */
  readonly sha256: string
}

/** The path and query, relative to the base path of the service. */
export function picturePath({ oldId, newId, file, side, sha256 }: PictureAddress): string {
  const query = new URLSearchParams({ v: sha256, ...fileQuery(file) })
  return `/pictures/${[oldId, newId, side].map(encodeURIComponent).join('/')}?${query}`
}

function fileQuery({ package: name, path, oldPath, oldPackage }: FileAddress): Record<string, string> {
  return {
    package: name,
    path,
    ...(oldPath !== null && { old_path: oldPath }),
    ...(oldPackage !== null && { old_package: oldPackage }),
  }
}
