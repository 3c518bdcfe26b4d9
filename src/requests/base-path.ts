/**
 * The path of `--base-url`. A proxy may forward it or remove it, so the service accepts requests with and
 * without it.
 */

/** The path of a base URL without a slash at its end: `/differ`, or empty. */
export function basePathOf(baseUrl: string): string {
  return new URL(baseUrl).pathname.replace(/\/+$/, '')
}

/** A request's path (with its query, if any) as the routes know it. */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url
  const rest = url.slice(basePath.length)
  if (rest.startsWith('/')) return rest
  return rest === '' || rest.startsWith('?') ? `/${rest}` : url
}
