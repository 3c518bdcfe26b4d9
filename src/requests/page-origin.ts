/** Whether a page of another site has sent a request, as far as browsers say so. */
import type { IncomingHttpHeaders } from 'node:http'

export interface OwnOrigins {
  /** Origins of other sites whose pages may use the service. */
  readonly corsOrigins: readonly string[]
  /** The URL at which clients reach the service. */
  readonly baseUrl: () => string
}

export class PageOrigins {
  readonly #own: OwnOrigins

  constructor(own: OwnOrigins) {
    this.#own = own
  }

  /** Whether an origin is this service's own, or configured. */
  allows(origin: string, { host }: IncomingHttpHeaders): boolean {
    const { corsOrigins, baseUrl } = this.#own
    return corsOrigins.includes(origin) || origin === new URL(baseUrl()).origin || hostOf(origin) === host
  }

  /**
   * Whether the request comes from a page that may not start work. Browsers send `Origin` with every POST, and
   * `Sec-Fetch-Site` with every request to HTTPS or to this machine; other clients send neither.
   */
  isForeign(headers: IncomingHttpHeaders): boolean {
    const { origin } = headers
    if (origin !== undefined && this.allows(origin, headers)) return false
    const site = headers['sec-fetch-site']
    // A proxy may have replaced the host, so the browser knows better than we do that a page is the service's
    // own. `none`: a person typed the address.
    if (site !== undefined) return site !== 'same-origin' && site !== 'none'
    return origin !== undefined
  }

  /**
   * As `isForeign`, for a request that may start work although it is a GET. A link to a diff, and a frame with
   * one, may be on any page; an image or a script may not start work.
   */
  isForeignPart(headers: IncomingHttpHeaders): boolean {
    return headers['sec-fetch-mode'] !== 'navigate' && this.isForeign(headers)
  }
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
