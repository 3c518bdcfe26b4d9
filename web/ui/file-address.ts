/** A file of a comparison, as the URL of the page names it. */
import type { Pair } from '../pair.ts'
import { urlOf } from '../router.ts'

export interface FileAddress {
  readonly package: string
  readonly path: string
  readonly oldPath: string | null
  readonly oldPackage: string | null
}

/** Removes the file from a query. */
export const NO_FILE = {
  file: null,
  package: null,
  old_path: null,
  old_package: null,
  among: null,
} as const

/** Null if the URL names none. */
export function fileIn(query: URLSearchParams): FileAddress | null {
  const [name, path] = [query.get('package'), query.get('file')]
  if (name === null || path === null) return null
  return { package: name, path, oldPath: query.get('old_path'), oldPackage: query.get('old_package') }
}

/**
 * @param view to which the page of the file leads back
 * @param place in the file's report, as the parameters of a link have it
 */
export function urlOfFile(
  pair: Pair,
  file: FileAddress,
  view: string,
  filter: boolean,
  place: Readonly<Record<string, string | null>> = {},
): string {
  return urlOf(['compare', pair.old, pair.new], {
    ...place,
    view,
    noise: !filter,
    package: file.package,
    file: file.path,
    old_path: file.oldPath,
    old_package: file.oldPackage,
  })
}

/** Whether the URL shows its file among the others, rather than alone. */
export function isAmongOthers(query: URLSearchParams): boolean {
  return query.has('among')
}
