import { useState } from 'preact/hooks'
import { RequestRefused, request } from '../api/request.ts'
import { CancelJobDocument } from '../generated/graphql.ts'
import { Failure, type FailureFacts } from '../ui/failure.tsx'
import { TokenForm } from '../ui/token-form.tsx'

/** Stops a job. Whoever watches it hears of that. */
export function CancelButton({ jobId }: { jobId: string }) {
  const [failure, setFailure] = useState<FailureFacts | Error | null>(null)
  const [waits, setWaits] = useState(false)
  const cancel = async () => {
    setWaits(true)
    try {
      const { cancelPrecache } = await request(CancelJobDocument, { jobId })
      setFailure(cancelPrecache.__typename === 'PrecacheJob' ? null : cancelPrecache)
    } catch (error) {
      setFailure(error as Error)
      setWaits(false)
    }
  }
  if (failure instanceof RequestRefused && failure.code === 'UNAUTHORIZED')
    return <TokenForm given={() => void cancel()} />
  return (
    <>
      <button type="button" disabled={waits} onClick={() => void cancel()}>
        {waits ? 'Stopping …' : 'Cancel'}
      </button>
      {failure && <Failure of={failure} />}
    </>
  )
}
