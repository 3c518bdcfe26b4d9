/** Precaches what the farm builds: by its news, and by looking for what the news did not tell. */
import { join } from 'node:path'
import type { Database } from '../db/database.ts'
import type { JobPair, PrecacheQueue } from '../jobs/queue.ts'
import type { Logger } from '../log.ts'
import type { RedisLink } from '../redis/redis.ts'
import { Backfill } from './backfill.ts'
import { FinishedRuns, type RunRules } from './finished-runs.ts'
import { type RunEventOutcome, RunEvents } from './run-events.ts'
import { fileWatermarkStore, redisWatermarkStore } from './watermark.ts'

export interface FollowRunsOptions {
  /** Null: there is no news, only the database. */
  readonly link: RedisLink | null
  /** Redis channels; none: no news is listened to. */
  readonly channels: readonly string[]
  readonly database: Database
  readonly queue: PrecacheQueue
  readonly isCached: (pair: JobPair) => Promise<boolean>
  readonly rules: RunRules
  /** Holds the mark where there is no Redis. */
  readonly cachePath: string
  /** Between two looks into the database, in milliseconds; 0 for none at all. */
  readonly intervalMs: number
  readonly observe: (outcome: RunEventOutcome) => void
  readonly log: Logger
}

/** @returns stops it */
export function followRuns(options: FollowRunsOptions): () => Promise<void> {
  const { link, channels, database, queue, isCached, rules, cachePath, intervalMs, observe, log } = options
  const watermark = link
    ? redisWatermarkStore(link)
    : fileWatermarkStore(join(cachePath, 'differ', 'catch-up-mark'))
  const runs = new FinishedRuns({ database, queue, isCached, queuedPairs: watermark, rules })
  let failing = false
  // Told once for each time that something is away; whoever is away is told of elsewhere, too.
  const onFailure = (err: unknown) => {
    if (!failing) log.warn({ err }, 'finished runs cannot be precached now; they will be later')
    failing = true
  }
  const catchUp =
    intervalMs > 0
      ? new Backfill({
          database,
          watermark,
          runs,
          mayAdvance: async () => {
            if (link) return true
            const { queued, running } = await queue.counts()
            return queued + running === 0
          },
          intervalMs,
          onPass: (queued) => {
            failing = false
            if (queued > 0) log.info({ pairs: queued }, 'queued what finished meanwhile')
          },
          onFailure,
        })
      : null
  const events =
    link && channels.length > 0
      ? new RunEvents({
          link,
          channels,
          database,
          runs,
          onListening: () => catchUp?.wake(),
          onEvent: (outcome, message) => {
            observe(outcome)
            log.debug({ outcome, message: message.slice(0, 200) }, 'news of a run')
          },
          onFailure,
        })
      : null
  link?.onReady(() => catchUp?.wake())
  return async () => {
    await events?.close()
    await catchUp?.close()
  }
}
