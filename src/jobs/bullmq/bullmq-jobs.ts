/** Reads the jobs that BullMQ stores on Redis: by id, and page by page. */
import type { RedisLink } from '../../redis/redis.ts'
import {
  invalidCursor,
  type JobList,
  type JobListRequest,
  type JobPair,
  type JobStatus,
  type JobTrigger,
  jobPair,
  type PrecacheJob,
} from '../queue.ts'
import { CancelledError } from '../retry-policy.ts'
import { parseFailedReason } from './failed-reason.ts'

export interface JobData extends JobPair {
  readonly trigger: JobTrigger
}

/**
 * What a running job reports. It stays stored while the job waits again, so that its progress never
 * decreases.
 */
export interface StoredProgress {
  readonly status: JobStatus
  readonly step: string | null
  readonly fraction: number
  /** The attempt that reported it. */
  readonly attempt?: number
}

/** A list or sorted set of BullMQ that contains job ids. */
interface Collection {
  readonly key: string
  readonly isList?: boolean
  readonly latestFirst?: boolean
  /** The statuses that its jobs may have. */
  readonly statuses: readonly JobStatus[]
}

/** In the order in which `list` returns the jobs. */
const COLLECTIONS: readonly Collection[] = [
  { key: 'active', isList: true, statuses: ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE', 'QUEUED'] },
  { key: 'wait', isList: true, statuses: ['QUEUED'] },
  { key: 'prioritized', statuses: ['QUEUED'] },
  { key: 'delayed', statuses: ['QUEUED'] },
  { key: 'failed', latestFirst: true, statuses: ['FAILED', 'CANCELLED'] },
  { key: 'completed', latestFirst: true, statuses: ['DONE'] },
]

/** Jobs read with one command. */
const CHUNK_SIZE = 200

/** A job's position in its collection. */
interface Position {
  /** Always 0 in a list. */
  readonly score: string
  readonly id: string
}

export class BullmqJobs {
  readonly #link: RedisLink
  readonly #prefix: string

  /** @param prefix BullMQ's prefix of its keys */
  constructor(link: RedisLink, prefix: string) {
    this.#link = link
    this.#prefix = prefix
  }

  async read(ids: readonly string[]): Promise<(PrecacheJob | null)[]> {
    const pipeline = this.#link.client.pipeline()
    for (const id of ids) pipeline.hgetall(this.#prefix + id).exists(`${this.#prefix}${id}:lock`)
    const replies = ((await pipeline.exec()) ?? []).map(([error, value]) => {
      if (error) throw error
      return value
    })
    return ids.map((id, index) => {
      const fields = replies[2 * index] as Record<string, string>
      const isLocked = replies[2 * index + 1] === 1
      return fields.data === undefined ? null : toJob(id, fields, JSON.parse(fields.data), isLocked)
    })
  }

  /** @returns by id, the jobs that run or wait for their next attempt */
  async started(): Promise<Map<string, PrecacheJob>> {
    const { client } = this.#link
    const ids = await Promise.all([
      client.lrange(`${this.#prefix}active`, 0, -1),
      client.zrange(`${this.#prefix}delayed`, '0', '-1'),
    ])
    const jobs = (await this.read(ids.flat())).filter((job) => job !== null)
    return new Map(jobs.map((job) => [job.id, job]))
  }

  /** @throws UsageError for an invalid `after` */
  async list({ status, first, after }: JobListRequest): Promise<JobList> {
    const from = after === undefined ? null : parseCursor(after)
    const jobs: PrecacheJob[] = []
    // A job that moves to its next collection between two reads is found twice.
    const listedIds = new Set<string>()
    const cursors: string[] = []
    for (const [index, collection] of COLLECTIONS.entries()) {
      const isBeforeCursor = from !== null && index < from.index
      if (isBeforeCursor || (status && !collection.statuses.some((one) => status.includes(one)))) continue
      for await (const chunk of this.#chunks(collection, from?.index === index ? from : null)) {
        const read = await this.read(chunk.map(({ id }) => id))
        for (const [offset, { score, id }] of chunk.entries()) {
          const job = read[offset]
          if (!job || listedIds.has(id) || (status && !status.includes(job.status))) continue
          if (jobs.length === first) return { jobs, cursors, next: cursors.at(-1) ?? null }
          jobs.push(job)
          listedIds.add(id)
          cursors.push(`${index}.${score}.${id}`)
        }
      }
    }
    return { jobs, cursors, next: null }
  }

  /** Reads the positions in a collection after `from`. */
  async *#chunks(collection: Collection, from: Position | null): AsyncGenerator<Position[]> {
    if (collection.isList) {
      const positions = await this.#listPositions(collection, from)
      if (positions.length > 0) yield positions
      return
    }
    for (let offset = 0; ; offset += CHUNK_SIZE) {
      const positions = await this.#sortedPositions(collection, from, offset)
      const unseen = positions.filter((position) => from === null || isAfter(position, from, collection))
      if (unseen.length > 0) yield unseen
      if (positions.length < CHUNK_SIZE) return
    }
  }

  /** A list has at most as many ids as jobs may run, but its order changes. So page through it by id. */
  async #listPositions({ key }: Collection, from: Position | null): Promise<Position[]> {
    const ids = (await this.#link.client.lrange(this.#prefix + key, 0, -1)).sort()
    return ids.filter((id) => !from || id > from.id).map((id) => ({ score: '0', id }))
  }

  async #sortedPositions(
    { key, latestFirst }: Collection,
    from: Position | null,
    offset: number,
  ): Promise<Position[]> {
    const bounds = latestFirst ? [from?.score ?? '+inf', '-inf'] : [from?.score ?? '-inf', '+inf']
    const direction = latestFirst ? ['REV'] : []
    const range = [...bounds, 'BYSCORE', ...direction, 'LIMIT', offset, CHUNK_SIZE, 'WITHSCORES']
    // Pairs or a flat list, numbers or text, depending on the protocol version.
    const reply = (await this.#link.client.call('ZRANGE', this.#prefix + key, ...range)) as unknown[]
    const texts = reply.flat().map(String)
    return Array.from({ length: texts.length / 2 }, (_, index) => ({
      id: texts[2 * index] ?? '',
      score: texts[2 * index + 1] ?? '',
    }))
  }
}

/** Members with the same score are sorted by id. */
function isAfter({ score, id }: Position, from: Position, { latestFirst }: Collection): boolean {
  return score !== from.score || (latestFirst ? id < from.id : id > from.id)
}

function toJob(id: string, fields: Record<string, string>, data: JobData, isLocked: boolean): PrecacheJob {
  const { trigger } = data
  const attempts = Number(fields.ats ?? 0)
  const progress = parseProgress(fields.progress)
  // A job that was just started again still stores what its last attempt has reported.
  const current = progress?.attempt === undefined || progress.attempt === attempts ? progress : null
  const failure = fields.failedReason === undefined ? null : parseFailedReason(fields.failedReason)
  const status = statusOf(fields, failure, isLocked, current)
  const isDone = status === 'DONE'
  const isRunning = isLocked && !fields.finishedOn
  return {
    id,
    ...jobPair(data),
    status,
    trigger,
    step: isRunning ? (current?.step ?? null) : null,
    progress: isDone ? 1 : (progress?.fraction ?? 0),
    attempts,
    error: isDone || status === 'CANCELLED' || isRunning ? null : failure,
    cached: isDone && fields.returnvalue === '"cached"',
    createdAt: new Date(Number(fields.timestamp)),
    startedAt: progress ? new Date(Number(fields.processedOn ?? fields.timestamp)) : null,
    finishedAt: fields.finishedOn ? new Date(Number(fields.finishedOn)) : null,
  }
}

function statusOf(
  fields: Record<string, string>,
  failure: Error | null,
  isLocked: boolean,
  progress: StoredProgress | null,
): JobStatus {
  if (!fields.finishedOn) return isLocked ? (progress?.status ?? 'RETRIEVING') : 'QUEUED'
  if (fields.returnvalue !== undefined) return 'DONE'
  return failure instanceof CancelledError ? 'CANCELLED' : 'FAILED'
}

/** BullMQ stores 0 for a job that has reported nothing. */
export function parseProgress(text: unknown): StoredProgress | null {
  const value: unknown = typeof text === 'string' ? JSON.parse(text) : text
  return typeof value === 'object' && value !== null && 'fraction' in value ? (value as StoredProgress) : null
}

function parseCursor(after: string): Position & { index: number } {
  const [, index, score = '', id = ''] = /^(\d)\.([\d.e+]{1,25})\.([\w-]{22})$/.exec(after) ?? []
  if (index === undefined || Number(index) >= COLLECTIONS.length) throw invalidCursor()
  return { index: Number(index), score, id }
}
