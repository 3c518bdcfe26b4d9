/** Tells subscribers which comparisons have become ready, on whichever machine: see `ReadyComparisons`. */
import { randomUUID } from 'node:crypto'
import type { Severity, Verdict } from '../diff/summary/types.ts'
import { OverloadedError, StateNotConfiguredError } from '../errors.ts'
import { StoppingError } from '../jobs/retry-policy.ts'
import { Subscriber } from '../jobs/subscriber.ts'
import type { RedisLink } from '../redis/redis.ts'
import type { SummaryRecord } from '../state/summary-record.ts'

/** A comparison whose summary was made, and says something that it did not say before. */
export interface ReadyComparison {
  readonly oldId: string
  readonly newId: string
  readonly campaign: string
  readonly codebase: string
  readonly verdict: Verdict
  readonly failure: null
  /** Findings that the rules file does not expect. */
  readonly bad: number
  readonly verify: number
  readonly info: number
  readonly expected: number
  readonly signature: string | null
  readonly rulesVersion: number
  readonly rulesFile: string
}

export interface ReadyFilter {
  readonly campaign?: string | undefined
  /** With a finding of this severity or a worse one that is not expected. */
  readonly minimumSeverity?: Severity | undefined
}

interface Message {
  /** The process that sent it, which has delivered it already. */
  readonly from: string
  readonly ready: readonly ReadyComparison[]
}

/** Comparisons that a subscriber has not read yet. */
const MAX_UNREAD = 1_000
const RETRY_AFTER_MS = 1_000
/** Comparisons in one message of Redis. */
const CHUNK_SIZE = 100

export interface ReadyComparisonsOptions {
  /** Whether there is a state, which knows what is new. */
  readonly isConfigured: boolean
  /** Null without Redis: then only this process makes summaries. */
  readonly link: RedisLink | null
}

/**
 * Delivers comparisons to the subscribers of this process at once, and to those of other machines over Redis. While
 * Redis is away, these miss some: the state has them all.
 */
export class ReadyComparisons {
  readonly #options: ReadyComparisonsOptions
  readonly #id = randomUUID()
  readonly #watchers = new Map<Subscriber<ReadyComparison>, ReadyFilter>()
  /** Set from the first subscriber on: each subscription to Redis is a connection. */
  #unsubscribe: (() => void) | null = null
  #isClosed = false

  constructor(options: ReadyComparisonsOptions) {
    this.#options = options
  }

  /** Comparisons of which the state has just learned something. Those without a verdict are not ready. */
  announce(records: readonly SummaryRecord[]): void {
    const ready = records.flatMap(readyOf)
    this.#deliver(ready)
    const { link } = this.#options
    if (!link?.available) return
    for (let from = 0; from < ready.length; from += CHUNK_SIZE) {
      const message: Message = { from: this.#id, ready: ready.slice(from, from + CHUNK_SIZE) }
      // The connection is lost: see the class.
      link.client.publish(this.#channel(link), JSON.stringify(message)).catch(() => {})
    }
  }

  /**
   * Streams the comparisons that become ready from now on. The stream throws OverloadedError for a reader that is too slow,
   * and StoppingError when the service stops.
   * @throws StateNotConfiguredError
   */
  watch(filter: ReadyFilter, signal?: AbortSignal): AsyncIterableIterator<ReadyComparison> {
    if (!this.#options.isConfigured) throw new StateNotConfiguredError()
    const limit = { max: MAX_UNREAD, error: tooSlow }
    const subscriber = new Subscriber<ReadyComparison>(signal, () => this.#watchers.delete(subscriber), limit)
    if (subscriber.closed) return subscriber
    if (this.#isClosed) return subscriber.fail(new StoppingError())
    // There is no state to begin with.
    subscriber.begin(new Map())
    this.#watchers.set(subscriber, filter)
    this.#listen()
    return subscriber
  }

  close(): void {
    this.#isClosed = true
    for (const subscriber of [...this.#watchers.keys()]) subscriber.fail(new StoppingError())
    this.#unsubscribe?.()
  }

  #deliver(ready: readonly ReadyComparison[]): void {
    for (const one of ready)
      for (const [subscriber, filter] of [...this.#watchers])
        if (matches(one, filter)) subscriber.put(JSON.stringify([one.oldId, one.newId]), one)
  }

  #listen(): void {
    const { link } = this.#options
    if (!link || this.#unsubscribe) return
    this.#unsubscribe = link.subscribe([this.#channel(link)], (_, text) => {
      const message = parseMessage(text)
      if (message && message.from !== this.#id) this.#deliver(message.ready)
    })
  }

  #channel(link: RedisLink): string {
    return link.key('comparison-ready')
  }
}

function readyOf(record: SummaryRecord): ReadyComparison[] {
  const { oldId, newId, campaign, codebase, verdict, bad, verify, info, expected, signature } = record
  if (verdict === null) return []
  const { rulesVersion, rulesFile } = record
  const facts = { oldId, newId, campaign, codebase, verdict, failure: null }
  return [{ ...facts, bad, verify, info, expected, signature, rulesVersion, rulesFile }]
}

function matches(
  { campaign, bad, verify, info }: ReadyComparison,
  { campaign: wanted, minimumSeverity }: ReadyFilter,
): boolean {
  if (wanted !== undefined && campaign !== wanted) return false
  switch (minimumSeverity) {
    case undefined:
      return true
    case 'BAD':
      return bad > 0
    case 'VERIFY':
      return bad + verify > 0
    case 'INFO':
      return bad + verify + info > 0
  }
}

function tooSlow(): OverloadedError {
  return new OverloadedError(
    RETRY_AFTER_MS,
    `${MAX_UNREAD} comparisons wait to be read; subscribe again, read faster, and list what was missed with \`runs\``,
  )
}

/** Null for a message that another version has sent in another form. */
function parseMessage(text: string): Message | null {
  try {
    const message = JSON.parse(text) as Message
    return Array.isArray(message.ready) ? message : null
  } catch {
    return null
  }
}
