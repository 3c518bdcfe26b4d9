/** Which values of `Host` the service answers to. */
import { isIP } from 'node:net'
import { hostname } from 'node:os'

export interface HostNames {
  /** The address that the service listens on; it may be a name. */
  readonly listenAddress: string
  /** The URL at which clients reach the service; null if it is not configured. */
  readonly baseUrl: string | null
  /** Other names that clients use. `*` allows every name. */
  readonly configured: readonly string[]
}

/**
 * Protects against DNS rebinding: a site can point its own name to the address of this service, and its page
 * is then of the same origin as the service for the browser. Such a request has the name of that site as
 * `Host`.
 *
 * A number or a name without a dot cannot be the name of such a site: numbers are not looked up, and no site
 * owner controls a top-level domain. So clients in a container network can use `differ:9920` as it is.
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>
  readonly #allowsAll: boolean
  /** Most requests have the same header, and parsing it takes longer than the other checks of a request. */
  #lastAllowed: string | undefined

  constructor({ listenAddress, baseUrl, configured }: HostNames) {
    this.#allowsAll = configured.includes('*')
    const names = [listenAddress, hostname(), ...(baseUrl ? [new URL(baseUrl).hostname] : []), ...configured]
    this.#names = new Set(names.map(normalise))
  }

  /** @param host the header, with or without a port; a client of HTTP/1.0 may send none */
  allows(host: string | undefined): boolean {
    if (this.#allowsAll || host === undefined || host === this.#lastAllowed) return true
    const isAllowed = this.#isAllowed(host)
    if (isAllowed) this.#lastAllowed = host
    return isAllowed
  }

  #isAllowed(host: string): boolean {
    const name = nameOf(host)
    if (name === null) return false
    const isUnresolved = isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.')
    return isUnresolved || name.endsWith('.localhost') || this.#names.has(name)
  }
}

/** What the client reads if its request is refused. */
export function hostRefusal(host = ''): string {
  return (
    `This service does not know itself as ${JSON.stringify(host.slice(0, 200))}; ` +
    'use its address, or add the name to --allowed-hosts (DIFFER_ALLOWED_HOSTS) or set --base-url'
  )
}

/** The name without the port, in lower case; null for a header that is not a host. */
function nameOf(host: string): string | null {
  if (!/^[^\s/?#@\\]+$/.test(host) || !URL.canParse(`http://${host}`)) return null
  return normalise(new URL(`http://${host}`).hostname)
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
