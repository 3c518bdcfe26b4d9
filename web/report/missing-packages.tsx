/** Whether the packages that a report lacks are tried again. */
import { useState } from 'preact/hooks'
import { makeDiffs, useMaking } from '../jobs/use-making.ts'
import type { Pair } from '../pair.ts'
import { Failure } from '../ui/failure.tsx'
import { TokenForm } from '../ui/token-form.tsx'
import type { Report } from './report.ts'

type Retry = NonNullable<Report['retry']>

const TEXTS: Readonly<Record<Retry['state'], string>> = {
  PENDING: 'A background job tries the missing packages again. Reload the page later.',
  POSSIBLE: 'A background job has larger limits and may compare the missing packages.',
  NEVER: 'The missing packages are not tried again, because they would fail in the same way.',
}

export function MissingPackages({ retry, pair }: { retry: Retry; pair: Pair }) {
  const [state, setState] = useState(retry.state)
  const { make, isStarting, needsToken, failure } = useMaking(
    () => makeDiffs(pair),
    () => setState('PENDING'),
  )
  if (needsToken) return <TokenForm given={() => void make()} />
  return (
    <div>
      <p>{TEXTS[state]}</p>
      {failure && <Failure of={failure} />}
      {state === 'POSSIBLE' && (
        <button type="button" disabled={isStarting} onClick={() => void make()}>
          {isStarting ? 'Starting …' : 'Try again in the background'}
        </button>
      )}
    </div>
  )
}
