/** Chooses the address of a webhook's receiver, so that a name cannot lead into the service's own network. */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { WebhookError } from './webhook-error.ts'

export interface ReceiverAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** Resolves a name to all its addresses. */
export type Resolve = (hostname: string) => Promise<readonly { readonly address: string }[]>

/**
 * Addresses that are not public: https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry, with those that carry an IPv4 address in themselves.
 */
const PRIVATE_RANGES = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16'],
  ...['3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
]

const PRIVATE = blockListOf(PRIVATE_RANGES)

/** @param ranges addresses and CIDR ranges, as `parseAddressRange` returns them */
export function blockListOf(ranges: readonly string[]): BlockList {
  const blockList = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    blockList.addSubnet(address, Number(bits ?? (type === 'ipv6' ? 128 : 32)), type)
  }
  return blockList
}

/**
 * Resolves the host of a URL once. The caller connects to this address and does not resolve the name again, because it may
 * lead elsewhere then.
 * @param allowed private addresses that the operator allows
 * @throws WebhookError if the name cannot be resolved, or any of its addresses is private
 */
export async function receiverAddress(
  { hostname }: URL,
  allowed: BlockList,
  resolve: Resolve = (name) => lookup(name, { all: true }),
): Promise<ReceiverAddress> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = isIP(host) === 0 ? await resolved(host, resolve) : [host]
  const refused = addresses.find((address) => !mayReceive(address, allowed))
  const [address] = addresses
  if (address === undefined)
    throw new WebhookError(`The webhook's host ${host} has no address`, { retryable: true })
  if (refused !== undefined)
    throw new WebhookError(
      `The webhook's host ${host} has the private address ${refused}; allow it with DIFFER_WEBHOOK_ALLOWED_ADDRESSES`,
      { retryable: false },
    )
  return { address, family: isIP(address) === 6 ? 6 : 4 }
}

async function resolved(host: string, resolve: Resolve): Promise<string[]> {
  try {
    const found = await resolve(host)
    return found.map(({ address }) => address)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new WebhookError(`The webhook's host ${host} cannot be resolved (${code})`, { retryable: true })
  }
}

function mayReceive(address: string, allowed: BlockList): boolean {
  const type = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  return allowed.check(address, type) || !PRIVATE.check(address, type)
}
