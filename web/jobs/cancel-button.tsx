import { useState } from 'preact/hooks'
import { RequestRefused, request } from '../api/request.ts'
import { CancelJobDocument } from '../generated/graphql.ts'
import { Failure, type FailureFacts } from '../ui/failure.tsx'
import { TokenForm } from '../ui/token-form.tsx'

/** Cancels a job. Its new status arrives by the subscription of the view. */
export function CancelButton({ jobId }: { jobId: string }) {
  const [failure, setFailure] = useState<FailureFacts | Error | null>(null)
  const [isWaiting, setIsWaiting] = useState(false)
  const cancel = async () => {
    setIsWaiting(true)
    try {
      const { cancelPrecacheJob: cancelPrecache } = await request(CancelJobDocument, { jobId })
      setFailure(cancelPrecache.__typename === 'PrecacheJob' ? null : cancelPrecache)
    } catch (error) {
      setFailure(error as Error)
      setIsWaiting(false)
    }
  }
  if (failure instanceof RequestRefused && failure.code === 'UNAUTHORIZED')
    return <TokenForm given={() => void cancel()} />
  return (
    <>
      <button type="button" disabled={isWaiting} onClick={() => void cancel()}>
        {isWaiting ? 'Cancelling …' : 'Cancel'}
      </button>
      {failure && <Failure of={failure} />}
    </>
  )
}
