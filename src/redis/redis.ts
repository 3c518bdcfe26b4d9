/** The only place that makes connections to Redis. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis, type RedisOptions } from 'ioredis'
import { QueueUnavailableError } from '../errors.ts'
import type { Logger } from '../log.ts'
import { connectionOptions } from './redis-url.ts'

export interface RedisSettings {
  /** `redis:` or `rediss:` (TLS), or `redis+sentinel://HOST:PORT,HOST:PORT/MASTER` (`rediss+sentinel:`); passwords as in any URL. */
  readonly url: string
  /** Ahead of every key and channel, without a colon at its end. */
  readonly prefix: string
  readonly log: Logger
}

/** For the first connection; without it the start goes on, and Redis counts as away. */
const START_MS = 2_000
/** For one command, on a connection that seems to be there. */
const COMMAND_MS = 10_000
const MAX_RECONNECT_MS = 10_000

/** One server (or its replicas behind Sentinels), and the connections to it. */
export class RedisLink {
  readonly prefix: string
  /** Fails at once while Redis is away. */
  readonly client: Redis
  readonly #options: RedisOptions
  readonly #clients: Redis[] = []
  readonly #listeners = new Set<() => void>()

  /** Use `openRedis`. */
  constructor({ url, prefix, log }: RedisSettings) {
    this.prefix = prefix
    this.#options = { ...connectionOptions(url), retryStrategy: reconnectDelayMs }
    this.client = this.#connect({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_MS,
    })
    this.#tell(log)
  }

  get available(): boolean {
    return this.client.status === 'ready'
  }

  key(...parts: readonly string[]): string {
    return [this.prefix, ...parts].join(':')
  }

  /** A further connection, whose commands wait while Redis is away. Closed with the link. */
  openWaitingClient(): Redis {
    return this.#connect({ maxRetriesPerRequest: null })
  }

  /**
   * Hears what is published on `channels`, on a connection of its own, again whenever Redis is back.
   * @param onListening each time that it hears again: what was published before has been missed
   * @returns ends it; closing the link does, too
   */
  subscribe(
    channels: readonly string[],
    onMessage: (channel: string, message: string) => void,
    onListening: () => void = () => {},
  ): () => void {
    // Left to the client, subscribing again is a rejection that nobody handles where the connection is closed meanwhile.
    const client = this.#connect({ maxRetriesPerRequest: null, autoResubscribe: false })
    client.on('message', onMessage)
    client.on('ready', () => client.subscribe(...channels).then(onListening, () => {}))
    return () => client.disconnect()
  }

  /** Called each time that Redis is there again. */
  onReady(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Does `work` on a connection that is there. @throws QueueUnavailableError while Redis is away, or where it goes away meanwhile */
  async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (!this.available) throw new QueueUnavailableError()
    try {
      return await work()
    } catch (error) {
      throw meansAway(error) ? new QueueUnavailableError(error) : error
    }
  }

  close(): void {
    for (const client of this.#clients) client.disconnect()
  }

  #connect(options: RedisOptions): Redis {
    const client = new Redis({ ...this.#options, ...options } as RedisOptions & { replyMapping: 'legacy' })
    // Told once for all of them: see `#tell`.
    client.on('error', () => {})
    this.#clients.push(client)
    return client
  }

  /** Once for each time that Redis is away. */
  #tell(log: Logger): void {
    let away = false
    let last: Error | null = null
    this.client.on('error', (error) => {
      last = error
    })
    this.client.on('close', () => {
      if (away) return
      away = true
      log.warn({ err: last }, 'Redis is away; what needs it waits or is refused')
    })
    this.client.on('ready', () => {
      if (away) log.info('Redis is back')
      away = false
      for (const listener of this.#listeners) listener()
    })
  }
}

/** Waits a little for the first connection. @throws UsageError for a URL that is none */
export async function openRedis(settings: RedisSettings): Promise<RedisLink> {
  const link = new RedisLink(settings)
  const ready = new Promise<void>((resolve) => link.client.once('ready', resolve))
  await Promise.race([ready, sleep(START_MS, undefined, { ref: false })])
  return link
}

/** Grows to ten seconds; not the same for all who lost the connection at the same time. */
function reconnectDelayMs(times: number): number {
  return Math.min(MAX_RECONNECT_MS, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2)
}

/** Network trouble, a server that starts or has handed over, one that is full: not a command that is wrong. */
function meansAway(error: unknown): boolean {
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
