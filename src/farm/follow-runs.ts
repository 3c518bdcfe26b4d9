/**
 * Precaches the diffs of the runs that the farm finishes: from its events, and by scanning for missed ones.
 */
import { join } from 'node:path'
import type { Queries } from '../db/database.ts'
import type { JobPair, PrecacheQueue } from '../jobs/queue.ts'
import type { Logger } from '../log.ts'
import type { RedisLink } from '../redis/redis.ts'
import { Backfill } from './backfill.ts'
import { FinishedRuns, type RunRules } from './finished-runs.ts'
import { type RunEventOutcome, RunEvents } from './run-events.ts'
import { fileWatermarkStore, redisWatermarkStore } from './watermark.ts'

export interface FollowRunsOptions {
  /** Null without Redis: then only the database is scanned. */
  readonly link: RedisLink | null
  /** Redis channels to subscribe to; may be empty. */
  readonly channels: readonly string[]
  readonly database: Queries
  readonly queue: PrecacheQueue
  readonly isCached: (pair: JobPair) => Promise<boolean>
  readonly rules: RunRules
  /** The cache directory, which stores the watermark if there is no Redis. */
  readonly cachePath: string
  /** Between two scans of the database, in milliseconds; 0 disables them. */
  readonly intervalMs: number
  readonly observe: (outcome: RunEventOutcome) => void
  readonly log: Logger
}

/** @returns a function that stops following */
export function followRuns(options: FollowRunsOptions): () => Promise<void> {
  const { link, channels, database, queue, isCached, rules, cachePath, intervalMs, observe, log } = options
  const watermark = link
    ? redisWatermarkStore(link)
    : fileWatermarkStore(join(cachePath, 'differ', 'catch-up-mark'))
  const runs = new FinishedRuns({ database, queue, isCached, queuedPairs: watermark, rules })
  // One line for each outage. What is unavailable is logged elsewhere, too.
  let isFailing = false
  const onFailed = (err: unknown) => {
    if (!isFailing) log.warn({ err }, 'cannot precache finished runs now; will retry')
    isFailing = true
  }
  const onScanned = (queued: number) => {
    isFailing = false
    if (queued > 0) log.info({ pairs: queued }, 'queued pairs of runs whose events were missed')
  }
  const mayAdvance = async () => {
    if (link) return true
    const { queued, running } = await queue.counts()
    return queued + running === 0
  }
  const backfill =
    intervalMs > 0
      ? new Backfill({ database, watermark, runs, mayAdvance, intervalMs, onScanned, onFailed })
      : null
  const onSubscribed = () => backfill?.wake()
  const onEvent = (outcome: RunEventOutcome, message: string) => {
    observe(outcome)
    log.debug({ outcome, message: message.slice(0, 200) }, 'run event')
  }
  const events =
    link && channels.length > 0
      ? new RunEvents({ link, channels, database, runs, onSubscribed, onEvent, onFailed })
      : null
  link?.onReady(() => backfill?.wake())
  return async () => {
    await events?.close()
    await backfill?.close()
  }
}
