/** Queues a job that makes the diffs of a pair. */
import { useState } from 'preact/hooks'
import { RequestRefused, request } from '../api/request.ts'
import { MakeDiffsDocument } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import type { FailureFacts } from '../ui/failure.tsx'

export function useMaking(pair: Pair, started: (jobId: string) => void) {
  const [failure, setFailure] = useState<FailureFacts | Error | null>(null)
  const [isStarting, setIsStarting] = useState(false)
  const make = async () => {
    setIsStarting(true)
    setFailure(null)
    try {
      const { precache } = await request(MakeDiffsDocument, pair)
      if (precache.__typename === 'PrecacheJob') started(precache.jobId)
      else setFailure(precache)
    } catch (error) {
      setFailure(error as Error)
    } finally {
      setIsStarting(false)
    }
  }
  const needsToken = failure instanceof RequestRefused && failure.code === 'UNAUTHORIZED'
  return { make, isStarting, needsToken, failure }
}
