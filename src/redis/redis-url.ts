/** Parses URLs of Redis. The platform's URL parser rejects a list of Sentinels. */
import { UsageError } from '../errors.ts'

/** A server and its login, as options of ioredis. */
export interface RedisServer {
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: { readonly servername?: string }
  readonly sentinels?: { readonly host: string; readonly port: number }[]
  /** Name of the master group that the Sentinels monitor. */
  readonly name?: string
  readonly sentinelPassword?: string
  readonly enableTLSForSentinelMode?: boolean
}

const REDIS_PORT = 6379
const SENTINEL_PORT = 26379

/**
 * Parses `redis:` and `rediss:` (TLS) URLs, and
 * `redis+sentinel://HOST:PORT,HOST:PORT/MASTER?db=N&sentinel_password=TEXT` (`rediss+sentinel:` for TLS).
 * @throws UsageError; its message does not repeat the URL, which may contain a password
 */
export function connectionOptions(url: string): RedisServer {
  const parts =
    /^(rediss?)(\+sentinel)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url)
  if (!parts)
    throw new UsageError('the Redis URL must have the form redis://HOST or redis+sentinel://HOST,HOST/MASTER')
  const [, scheme, sentinel, user, password, hosts = '', path = '', query] = parts
  const parameters = new URLSearchParams(query)
  const login: RedisServer = {
    ...(user && { username: decodeURIComponent(user) }),
    ...(password && { password: decodeURIComponent(password) }),
  }
  if (!sentinel) {
    const [server] = hostsOf(hosts, REDIS_PORT)
    return {
      ...login,
      ...server,
      ...databaseOf(path),
      ...(scheme === 'rediss' && { tls: tlsFor(server?.host) }),
    }
  }
  if (path === '')
    throw new UsageError(
      'the Redis URL must name the master after its Sentinels: redis+sentinel://HOST,HOST/MASTER',
    )
  const sentinelPassword = parameters.get('sentinel_password')
  return {
    ...login,
    ...databaseOf(parameters.get('db') ?? ''),
    sentinels: hostsOf(hosts, SENTINEL_PORT),
    name: path,
    ...(sentinelPassword && { sentinelPassword }),
    ...(scheme === 'rediss' && { tls: {}, enableTLSForSentinelMode: true }),
  }
}

/** A certificate's server name is a host name, not an address. */
function tlsFor(host: string | undefined) {
  return host && !/^[\d.]+$|:/.test(host) ? { servername: host } : {}
}

function databaseOf(text: string): RedisServer {
  if (text === '') return {}
  if (!/^\d{1,5}$/.test(text)) throw new UsageError('the database in the Redis URL must be a number')
  return { db: Number(text) }
}

function hostsOf(text: string, defaultPort: number): { host: string; port: number }[] {
  return text.split(',').map((part) => {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(part) ?? []
    const host = bracketed ?? plain
    if (!host) throw new UsageError('a host or port in the Redis URL is empty or invalid')
    return { host, port: port ? Number(port) : defaultPort }
  })
}
