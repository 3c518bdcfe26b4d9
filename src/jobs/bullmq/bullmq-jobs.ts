/** Jobs as BullMQ keeps them on Redis, read as ours: by id, and page by page. */
import { UsageError } from '../../errors.ts'
import type { RedisLink } from '../../redis/redis.ts'
import type { JobList, JobListRequest, JobPair, JobStatus, JobTrigger, PrecacheJob } from '../queue.ts'
import { CancelledError } from '../retry-policy.ts'
import { parseFailedReason } from './failed-reason.ts'

export interface JobData extends JobPair {
  readonly trigger: JobTrigger
}

/** What a job says of itself while it runs; kept when it waits again, so that its progress never falls. */
export interface StoredProgress {
  readonly status: JobStatus
  readonly step: string | null
  readonly fraction: number
}

/** BullMQ's lists and sorted sets, in the order in which jobs are listed, each with what its jobs may be. */
const PLACES: readonly {
  readonly key: string
  readonly isList?: boolean
  readonly latestFirst?: boolean
  readonly holds: readonly JobStatus[]
}[] = [
  { key: 'active', isList: true, holds: ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE', 'QUEUED'] },
  { key: 'wait', isList: true, holds: ['QUEUED'] },
  { key: 'prioritized', holds: ['QUEUED'] },
  { key: 'delayed', holds: ['QUEUED'] },
  { key: 'failed', latestFirst: true, holds: ['FAILED', 'CANCELLED'] },
  { key: 'completed', latestFirst: true, holds: ['DONE'] },
]

/** Jobs looked at between two answers of Redis. */
const CHUNK = 200

interface Place {
  readonly score: string
  readonly id: string
}

export class BullmqJobs {
  readonly #link: RedisLink
  readonly #prefix: string

  /** @param prefix what BullMQ puts ahead of its keys */
  constructor(link: RedisLink, prefix: string) {
    this.#link = link
    this.#prefix = prefix
  }

  async read(ids: readonly string[]): Promise<(PrecacheJob | null)[]> {
    const pipeline = this.#link.client.pipeline()
    for (const id of ids) pipeline.hgetall(this.#prefix + id).exists(`${this.#prefix}${id}:lock`)
    const answers = ((await pipeline.exec()) ?? []).map(([error, value]) => {
      if (error) throw error
      return value
    })
    return ids.map((id, index) => {
      const fields = answers[2 * index] as Record<string, string>
      return fields.data === undefined ? null : toJob(id, fields, answers[2 * index + 1] === 1)
    })
  }

  /** Those that run or wait for another attempt. */
  async lively(): Promise<Map<string, PrecacheJob>> {
    const { client } = this.#link
    const ids = await Promise.all([
      client.lrange(`${this.#prefix}active`, 0, -1),
      client.zrange(`${this.#prefix}delayed`, '0', '-1'),
    ])
    const jobs = (await this.read(ids.flat())).filter((job) => job !== null)
    return new Map(jobs.map((job) => [job.id, job]))
  }

  /** @throws UsageError for an `after` that is none */
  async list({ status, first, after }: JobListRequest): Promise<JobList> {
    const from = after === undefined ? null : positionOf(after)
    const jobs: PrecacheJob[] = []
    // One that goes on to its next place while we read is met there again.
    const listed = new Set<string>()
    let last: string | null = null
    for (const [index, place] of PLACES.entries()) {
      if ((from && index < from.index) || (status && !place.holds.some((one) => status.includes(one))))
        continue
      for await (const chunk of this.#chunks(index, from?.index === index ? from : null)) {
        const read = await this.read(chunk.map(({ id }) => id))
        for (const [position, job] of read.entries()) {
          if (!job || listed.has(job.id) || (status && !status.includes(job.status))) continue
          if (jobs.length === first) return { jobs, next: last }
          jobs.push(job)
          listed.add(job.id)
          last = `${index}.${chunk[position]!.score}.${job.id}`
        }
      }
    }
    return { jobs, next: null }
  }

  async *#chunks(index: number, from: Place | null): AsyncGenerator<Place[]> {
    const { key, isList, latestFirst } = PLACES[index]!
    if (isList) {
      // As long as there are places to work; its order is no order to page by.
      const ids = (await this.#link.client.lrange(this.#prefix + key, 0, -1)).sort()
      const places = ids.filter((id) => !from || id > from.id).map((id) => ({ score: '0', id }))
      if (places.length > 0) yield places
      return
    }
    const bounds = latestFirst ? [from?.score ?? '+inf', '-inf'] : [from?.score ?? '-inf', '+inf']
    for (let offset = 0; ; offset += CHUNK) {
      const range = [
        ...bounds,
        'BYSCORE',
        ...(latestFirst ? ['REV'] : []),
        'LIMIT',
        offset,
        CHUNK,
        'WITHSCORES',
      ]
      // Pairs or one flat list, numbers or text: as the protocol's version has it.
      const raw = (await this.#link.client.call('ZRANGE', this.#prefix + key, ...range)) as unknown[]
      const answer = raw.flat().map(String)
      const places: Place[] = []
      for (let at = 0; at < answer.length; at += 2) {
        const [id, score] = [answer[at]!, answer[at + 1]!]
        const seen = from !== null && from.score === score && (latestFirst ? id >= from.id : id <= from.id)
        if (!seen) places.push({ id, score })
      }
      if (places.length > 0) yield places
      if (answer.length < 2 * CHUNK) return
    }
  }
}

function toJob(id: string, fields: Record<string, string>, isLocked: boolean): PrecacheJob {
  const { oldId, newId, trigger } = JSON.parse(fields.data!) as JobData
  const progress = storedProgress(fields.progress)
  const isDone = fields.finishedOn !== undefined && fields.returnvalue !== undefined
  const failure = fields.failedReason === undefined ? null : parseFailedReason(fields.failedReason)
  const isCancelled = failure instanceof CancelledError
  const status = fields.finishedOn
    ? isDone
      ? 'DONE'
      : isCancelled
        ? 'CANCELLED'
        : 'FAILED'
    : isLocked
      ? (progress?.status ?? 'RETRIEVING')
      : 'QUEUED'
  const isRunning = isLocked && !fields.finishedOn
  return {
    id,
    oldId,
    newId,
    status,
    trigger,
    step: isRunning ? (progress?.step ?? null) : null,
    progress: isDone ? 1 : (progress?.fraction ?? 0),
    attempts: Number(fields.ats ?? 0),
    error: isDone || isCancelled || isRunning ? null : failure,
    cached: isDone && fields.returnvalue === '"cached"',
    createdAt: new Date(Number(fields.timestamp)),
    startedAt: progress ? new Date(Number(fields.processedOn ?? fields.timestamp)) : null,
    finishedAt: fields.finishedOn ? new Date(Number(fields.finishedOn)) : null,
  }
}

/** BullMQ keeps 0 where nothing was told. */
export function storedProgress(text: unknown): StoredProgress | null {
  const value: unknown = typeof text === 'string' ? JSON.parse(text) : text
  return typeof value === 'object' && value !== null && 'fraction' in value ? (value as StoredProgress) : null
}

function positionOf(after: string): Place & { index: number } {
  const [, index, score = '', id = ''] = /^(\d)\.([\d.e+]{1,25})\.([\w-]{22})$/.exec(after) ?? []
  if (index === undefined || Number(index) >= PLACES.length)
    throw new UsageError('"after" is not a cursor of this list')
  return { index: Number(index), score, id }
}
