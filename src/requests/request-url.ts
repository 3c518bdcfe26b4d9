/** Normalizes the URL of a request before it is routed. */

/** Path and query of a URL in absolute form (`GET http://host/path`, RFC 9112, 3.2.2), as proxies send it. */
export function originForm(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '')
  return path.startsWith('/') ? path : `/${path}`
}

/**
 * The URL with invalid escapes in its path (`%zz`, bytes that are not UTF-8) escaped once more, so that they
 * stand for themselves as in the old service: an id that contains one is a 404 like any unknown id, not a
 * 400.
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
