/** Opens all connections to Redis. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis, type RedisOptions } from 'ioredis'
import { QueueUnavailableError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { connectionOptions } from './redis-url.ts'

export interface RedisSettings {
  /** See `connectionOptions`. */
  readonly url: string
  /** Prefix of every key and channel, without the colon that follows it. */
  readonly prefix: string
  readonly log: Logger
}

/** How long `openRedis` waits for the first connection. */
const START_MS = 2_000
/** Timeout of a command on a connection that seems to work. */
const COMMAND_MS = 10_000
const MAX_RECONNECT_MS = 10_000

/** The connections to one server, or to its replicas behind Sentinels. */
export class RedisLink {
  readonly prefix: string
  /** Its commands fail at once while Redis is unavailable. */
  readonly client: Redis
  readonly #options: RedisOptions
  readonly #clients: Redis[] = []
  readonly #readyListeners = new Set<() => void>()

  /** Use `openRedis`. */
  constructor({ url, prefix, log }: RedisSettings) {
    this.prefix = prefix
    this.#options = { ...connectionOptions(url), retryStrategy: reconnectDelayMs }
    this.client = this.#connect({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_MS,
    })
    this.#watchAvailability(log)
  }

  get available(): boolean {
    return this.client.status === 'ready'
  }

  key(...parts: readonly string[]): string {
    return [this.prefix, ...parts].join(':')
  }

  /** Opens another connection, whose commands wait while Redis is unavailable. `close` closes it. */
  openWaitingClient(): Redis {
    return this.#connect({ maxRetriesPerRequest: null })
  }

  /**
   * Subscribes to `channels` on a separate connection, again after each reconnect.
   * @param onSubscribed called after each subscription: messages published before it have been missed
   * @returns ends the subscription; `close` ends it, too
   */
  subscribe(
    channels: readonly string[],
    onMessage: (channel: string, message: string) => void,
    onSubscribed: () => void = () => {},
  ): () => void {
    // If the client resubscribed by itself, closing it meanwhile would cause an unhandled rejection.
    const client = this.#connect({ maxRetriesPerRequest: null, autoResubscribe: false })
    client.on('message', onMessage)
    // Fails only if the connection breaks. Then 'ready' follows, unless the client has been closed.
    client.on('ready', () => client.subscribe(...channels).then(onSubscribed, () => {}))
    return () => client.disconnect()
  }

  /** Calls the listener whenever Redis becomes available. */
  onReady(listener: () => void): void {
    this.#readyListeners.add(listener)
  }

  /**
   * Runs commands.
   * @throws QueueUnavailableError if Redis is or becomes unavailable; other errors of `work`
   */
  async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (!this.available) throw new QueueUnavailableError()
    try {
      return await work()
    } catch (error) {
      throw isConnectionError(error) ? new QueueUnavailableError(error) : error
    }
  }

  close(): void {
    for (const client of this.#clients) client.disconnect()
  }

  #connect(options: RedisOptions): Redis {
    return this.#keep(
      new Redis({ ...this.#options, ...options } as RedisOptions & { replyMapping: 'legacy' }),
    )
  }

  /**
   * Remembers a connection for `close`, and those that BullMQ makes from it: while Redis is unavailable BullMQ
   * cannot close them, and they would keep a process from ending.
   */
  #keep(client: Redis): Redis {
    // `#watchAvailability` logs connection errors, once for all clients.
    client.on('error', () => {})
    this.#clients.push(client)
    const duplicate = client.duplicate.bind(client)
    client.duplicate = (override) => this.#keep(duplicate(override))
    return client
  }

  /** Logs one line when Redis becomes unavailable, and one when it is available again. */
  #watchAvailability(log: Logger): void {
    let isAway = false
    let lastError: Error | null = null
    this.client.on('error', (error) => {
      lastError = error
    })
    this.client.on('close', () => {
      if (isAway) return
      isAway = true
      log.warn({ err: lastError }, 'Redis is unavailable; jobs wait, and requests that need it are refused')
    })
    this.client.on('ready', () => {
      if (isAway) log.info('Redis is available again')
      isAway = false
      for (const listener of this.#readyListeners) listener()
    })
  }
}

/**
 * Connects to Redis. After a short wait it returns an unavailable link, which keeps connecting.
 * @throws UsageError for an invalid URL
 */
export async function openRedis(settings: RedisSettings): Promise<RedisLink> {
  const link = new RedisLink(settings)
  const ready = new Promise<void>((resolve) => link.client.once('ready', resolve))
  await Promise.race([ready, sleep(START_MS, undefined, { ref: false })])
  return link
}

/** Grows to ten seconds, with jitter so that clients do not reconnect all at once. */
function reconnectDelayMs(times: number): number {
  return Math.min(MAX_RECONNECT_MS, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2)
}

/**
 * Whether the error means that Redis cannot be used now: a network error, or a server that starts, has failed
 * over or is out of memory. False for an error of a command.
 */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, name, message } = error as NodeJS.ErrnoException
  return (
    name === 'MaxRetriesPerRequestError' ||
    /^E[A-Z]+$/.test(code ?? '') ||
    /Connection is closed|Command timed out|Stream isn't writeable|^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|OOM|NOREPLICAS|MISCONF)\b/.test(
      message,
    )
  )
}
