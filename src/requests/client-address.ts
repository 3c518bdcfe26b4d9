/** The address of a client, for limits per client and for the log. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import { UsageError } from '../errors.ts'

/**
 * The proxies whose `X-Forwarded-For` is believed. A client can send any such header itself, so only what a
 * trusted proxy has appended to it counts.
 */
export class TrustedProxies {
  /** Whether an address belongs to a trusted proxy; has the form that Fastify's `trustProxy` takes. */
  readonly trusts: (address: string, hop: number) => boolean

  /** @param ranges addresses and CIDR ranges, as `parseAddressRange` returns them */
  constructor(ranges: readonly string[]) {
    this.trusts = proxyAddr.compile([...ranges])
  }

  /**
   * The address that is nearest to this service and not a trusted proxy: that of the connection, or the last
   * one of `X-Forwarded-For` that no trusted proxy has. Empty if the connection has none (any more).
   */
  clientAddress(request: IncomingMessage): string {
    return proxyAddr(request, this.trusts) ?? ''
  }
}

/**
 * Checks an address or CIDR range (`10.0.0.0/8`, `::1`) and returns it.
 * @throws UsageError
 */
export function parseAddressRange(text: string): string {
  const [address = ''] = text.split('/')
  try {
    // The library also accepts names of ranges and abbreviated addresses.
    if (isIP(address) === 0) throw new TypeError('not an address')
    proxyAddr.compile(text)
  } catch {
    throw new UsageError(`"${text}" is not an IP address or CIDR range such as 10.0.0.0/8`)
  }
  return text
}
