/** Queues a job that makes what is missing. */
import { useState } from 'preact/hooks'
import { RequestRefused, request } from '../api/request.ts'
import { MakeDiffsDocument } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import type { FailureFacts } from '../ui/failure.tsx'

/** A job, or why there is none. */
export type Started = { readonly job?: { readonly jobId: string } | null } & (
  | FailureFacts
  | { readonly job: { readonly jobId: string } }
)

/** Queues what is missing of both diffs of a pair and their summary. @returns null if nothing is */
export async function makeDiffs(pair: Pair): Promise<Started | null> {
  const { makeDiffs: made } = await request(MakeDiffsDocument, pair)
  if (made.__typename !== 'MakeDiffsPayload') return made
  return made.job && { job: made.job }
}

/**
 * @param start returns null if nothing is missing any more
 * @param started gets the job, or null
 */
export function useMaking(start: () => Promise<Started | null>, started: (jobId: string | null) => void) {
  const [failure, setFailure] = useState<FailureFacts | Error | null>(null)
  const [isStarting, setIsStarting] = useState(false)
  const make = async () => {
    setIsStarting(true)
    setFailure(null)
    try {
      const result = await start()
      if (result === null || result.job) started(result?.job?.jobId ?? null)
      else if ('message' in result) setFailure(result)
    } catch (error) {
      setFailure(error as Error)
    } finally {
      setIsStarting(false)
    }
  }
  const needsToken = failure instanceof RequestRefused && failure.code === 'UNAUTHORIZED'
  return { make, isStarting, needsToken, failure }
}
