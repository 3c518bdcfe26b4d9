/** URLs of Redis: those of several Sentinels are none that the platform's reader takes. */
import { UsageError } from '../errors.ts'

/** Where a server is and how to log in; in the terms of ioredis. */
export interface RedisServer {
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: { readonly servername?: string }
  readonly sentinels?: { readonly host: string; readonly port: number }[]
  /** The master's, among the Sentinels. */
  readonly name?: string
  readonly sentinelPassword?: string
  readonly enableTLSForSentinelMode?: boolean
}

/**
 * Reads `redis:` and `rediss:` (TLS), and `redis+sentinel://HOST:PORT,HOST:PORT/MASTER?db=N&sentinel_password=TEXT` (`rediss+sentinel:`).
 * @throws UsageError; the text is not repeated, as it may hold a password
 */
export function connectionOptions(url: string): RedisServer {
  const parts =
    /^(rediss?)(\+sentinel)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url)
  if (!parts)
    throw new UsageError('it is not a URL of the form redis://HOST or redis+sentinel://HOST,HOST/MASTER')
  const [, scheme, sentinel, user, password, hosts = '', path = '', query] = parts
  const parameters = new URLSearchParams(query)
  const common: RedisServer = {
    ...(user && { username: decodeURIComponent(user) }),
    ...(password && { password: decodeURIComponent(password) }),
  }
  if (!sentinel) {
    const [server] = hostsOf(hosts, 6379)
    return {
      ...common,
      ...server,
      ...databaseOf(path),
      ...(scheme === 'rediss' && { tls: tlsFor(server?.host) }),
    }
  }
  if (path === '') throw new UsageError('it names no master: redis+sentinel://HOST,HOST/MASTER')
  const sentinelPassword = parameters.get('sentinel_password')
  return {
    ...common,
    ...databaseOf(parameters.get('db') ?? ''),
    sentinels: hostsOf(hosts, 26379),
    name: path,
    ...(sentinelPassword && { sentinelPassword }),
    ...(scheme === 'rediss' && { tls: {}, enableTLSForSentinelMode: true }),
  }
}

function tlsFor(host: string | undefined) {
  return host && !/^[\d.]+$|:/.test(host) ? { servername: host } : {}
}

function databaseOf(text: string): RedisServer {
  if (text === '') return {}
  if (!/^\d{1,5}$/.test(text)) throw new UsageError('the number of its database is none')
  return { db: Number(text) }
}

function hostsOf(text: string, usualPort: number): { host: string; port: number }[] {
  return text.split(',').map((piece) => {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(piece) ?? []
    const host = bracketed ?? plain
    if (!host) throw new UsageError('one of its hosts is none')
    return { host, port: port ? Number(port) : usualPort }
  })
}
