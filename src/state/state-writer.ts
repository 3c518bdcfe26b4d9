/** Collects what summaries say, and writes it within a second or so. */
import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { SummaryListener } from '../diff/engine-options.ts'
import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import { RULES_VERSION } from '../diff/summary-version.ts'
import { DifferError } from '../errors.ts'
import type { RunPair } from '../model.ts'
import type { State } from './state.ts'
import { recordOfFailure, recordOfSummary, type SummaryRecord } from './summary-record.ts'
import { writeRecords } from './write-records.ts'

/** From the first summary that waits until it is written. */
const DELAY_MS = 500
const RETRY_MS = 2_000
/** Records of one transaction. */
const BATCH_SIZE = 200
/** Of findings of one transaction, whose records are one parameter. */
const BATCH_FINDINGS = 20_000
/** While the database is away, newer records replace older ones. */
const MAX_WAITING = 10_000
const MAX_WAITING_FINDINGS = 200_000
/** Pairs whose summary was written a while ago, so that serving it again costs nothing. */
const MAX_KNOWN = 50_000

export interface StateWriterOptions {
  readonly state: State
  /** Whether webhooks are due for what is new. */
  readonly webhooks: boolean
  /** Called when the state cannot be written, once until it can. */
  readonly onFailed: (error: unknown) => void
  readonly onRecovered: () => void
  /** Called with the records that say something that the state did not say before. Must not throw. */
  readonly onNews?: (records: readonly SummaryRecord[]) => void
}

export class StateWriter implements SummaryListener {
  readonly #options: StateWriterOptions
  readonly #waiting = new Map<string, { readonly record: SummaryRecord; readonly sinceMs: number }>()
  #waitingFindings = 0
  readonly #known = new LRUCache<string, string>({ max: MAX_KNOWN })
  readonly #closing = new AbortController()
  #running: Promise<void> | null = null
  #preparing: Promise<void> = Promise.resolve()
  #hasFailed = false
  #dropped = 0

  constructor(options: StateWriterOptions) {
    this.#options = options
  }

  /** How many seconds the oldest summary of this process has waited to be written; 0 if none waits. */
  get lagSeconds(): number {
    const [first] = this.#waiting.values()
    return first ? (Date.now() - first.sinceMs) / 1000 : 0
  }

  /** Summaries of this process that are not in the state, because too many waited: see `differ state rebuild`. */
  get dropped(): number {
    return this.#dropped
  }

  summaryRead(stored: StoredSummary): void {
    if (!this.#options.state.isConfigured || stored.pair.areFiles) return
    const { old, new: newer } = stored.pair
    const key = JSON.stringify([old.id, newer.id])
    const version = `${stored.digest} ${stored.rulesDigest}`
    if (this.#known.get(key) === version) return
    this.#known.set(key, version)
    this.#preparing = this.#preparing
      .then(async () => this.#add(key, await recordOfSummary(stored)))
      .catch((error: unknown) => {
        this.#known.delete(key)
        this.#dropped += 1
        this.#options.onFailed(error)
      })
  }

  summaryFailed(pair: RunPair, { name, retryable }: DifferError, startedMs: number): void {
    if (!this.#options.state.isConfigured || pair.areFiles) return
    const key = JSON.stringify([pair.old.id, pair.new.id])
    this.#known.delete(key)
    const failure = { name, isPermanent: !retryable, rulesVersion: Number(RULES_VERSION), startedMs }
    this.#add(key, recordOfFailure(pair, failure))
  }

  /** Resolves when all that was reported so far is written, or could not be. */
  async flushed(): Promise<void> {
    await this.#preparing
    while (this.#waiting.size > 0 && !this.#closing.signal.aborted) await (this.#running ?? this.#start())
  }

  /** Writes what waits, until a batch cannot be written. */
  async close(): Promise<void> {
    await this.#preparing
    this.#closing.abort()
    await this.#running
    while (this.#waiting.size > 0 && (await this.#writeBatch())) {
      // The next batch.
    }
  }

  #add(key: string, record: SummaryRecord): void {
    this.#remove(key)
    this.#waiting.set(key, { record, sinceMs: Date.now() })
    this.#waitingFindings += record.findings.length
    while (this.#waiting.size > MAX_WAITING || this.#waitingFindings > MAX_WAITING_FINDINGS) {
      const [oldest] = this.#waiting.keys()
      if (oldest === undefined || oldest === key) break
      this.#remove(oldest)
      this.#known.delete(oldest)
      this.#dropped += 1
    }
    void this.#start()
  }

  #drop(batch: readonly (readonly [string, SummaryRecord])[]): void {
    for (const [key] of batch) {
      this.#remove(key)
      this.#known.delete(key)
    }
    this.#dropped += batch.length
  }

  #remove(key: string): void {
    const found = this.#waiting.get(key)
    if (!found) return
    this.#waiting.delete(key)
    this.#waitingFindings -= found.record.findings.length
  }

  #start(): Promise<void> {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #writeAll(): Promise<void> {
    const { signal } = this.#closing
    // Rejects only because the writer is closing, which ends the loop.
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {})
    await pause(DELAY_MS)
    while (this.#waiting.size > 0 && !signal.aborted) if (!(await this.#writeBatch())) await pause(RETRY_MS)
  }

  /** @returns false if the database does not answer */
  async #writeBatch(): Promise<boolean> {
    const { state, webhooks, onFailed, onRecovered, onNews } = this.#options
    const batch: [string, SummaryRecord][] = []
    let findings = 0
    for (const [key, { record }] of this.#waiting) {
      findings += record.findings.length
      if (batch.length >= BATCH_SIZE || (batch.length > 0 && findings > BATCH_FINDINGS)) break
      batch.push([key, record])
    }
    const records = batch.map(([, record]) => record)
    let news: readonly SummaryRecord[]
    try {
      news = (await state.query('background', 'state', (db) => writeRecords(db, records, { webhooks }))).news
    } catch (error) {
      if (!this.#hasFailed) onFailed(error)
      this.#hasFailed = true
      // A batch that the database refuses must not hold up those behind it.
      if (!(error instanceof DifferError)) this.#drop(batch)
      return false
    }
    for (const [key, record] of batch) if (this.#waiting.get(key)?.record === record) this.#remove(key)
    if (this.#hasFailed) onRecovered()
    this.#hasFailed = false
    if (news.length > 0) onNews?.(news)
    return true
  }
}
