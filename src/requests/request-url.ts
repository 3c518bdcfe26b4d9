/** The URL of a request, read before a route is chosen. */

/** The path and query of a URL that a proxy sent whole (`GET http://host/path`); others as they are. RFC 9112, 3.2.2. */
export function originForm(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '')
  return path.startsWith('/') ? path : `/${path}`
}

/**
 * The URL with the escapes of its path that mean nothing (`%zz`, bytes that are not UTF-8) standing for themselves, as the old service read them: an
 * id with such a thing in it is as unknown as any other.
 */
export function withReadableEscapes(url: string): string {
  const [path = '', ...query] = url.split('?')
  const readable = path.replace(/(?:%[0-9a-f]{2})+|%/gi, (escapes) =>
    isDecodable(escapes) ? escapes : escapes.replaceAll('%', '%25'),
  )
  return [readable, ...query].join('?')
}

function isDecodable(escapes: string): boolean {
  try {
    decodeURIComponent(escapes)
    return true
  } catch {
    return false
  }
}
