/** Failures as the schema types them, each with what one can do. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { RequestRefused, ServiceUnreachable } from '../api/request.ts'
import { duration, size, visible, words } from './format.ts'

/** What all error types have, and what some do. */
export interface FailureFacts {
  readonly __typename: string
  readonly message: string
  readonly retryable: boolean
  readonly retryAfterMs?: number | null
  readonly command?: string
  readonly exitCode?: number | null
  readonly signal?: string | null
  readonly stderr?: string
  readonly limitMs?: number
  readonly limitBytes?: number
  readonly filename?: string
  readonly reason?: string
  readonly runId?: string
  readonly resultCode?: string | null
}

const TITLES: Readonly<Record<string, string>> = {
  RunNotFoundError: 'There is no such run',
  RunNotSuccessfulError: 'A run that failed has nothing to compare',
  ArtifactsMissingError: 'The packages of a run are not there',
  ArtifactRetrievalError: 'The packages could not be fetched',
  ArtifactRetrievalTimeoutError: 'The packages took too long to fetch',
  DiffCommandError: 'The tool failed',
  DiffCommandMemoryError: 'The tool needed more memory than it may have',
  DiffCommandTimeoutError: 'The tool took longer than it may',
  InvalidPackageError: 'A package is not what it should be',
  OverloadedError: 'The service is busy',
  QueueUnavailableError: 'The queue cannot be reached',
  DatabaseUnavailableError: 'The database cannot be reached',
  JobNotFoundError: 'There is no such job',
  ServiceUnreachable: 'The service does not answer',
}

/** What one can do about it. */
function advice({ __typename, retryable, retryAfterMs }: FailureFacts): string {
  if (__typename === 'RunNotFoundError') return 'Look at the id, or choose a run from the list.'
  if (__typename === 'RunNotSuccessfulError') return 'Choose a run that succeeded.'
  if (__typename === 'ArtifactsMissingError')
    return 'They may have been removed from the store; building the run again brings them back.'
  if (__typename === 'InvalidPackageError')
    return 'It is never given to a tool. Building the run again may help.'
  if (__typename === 'DiffCommandTimeoutError' || __typename === 'DiffCommandMemoryError')
    return 'Made in the background it may take more.'
  if (__typename === 'ServiceUnreachable') return 'It is asked again by itself.'
  if (retryable && retryAfterMs) return `Try again in ${duration(retryAfterMs)}.`
  return retryable ? 'It may work if you try again.' : 'Trying again will not help.'
}

/** Before a service that does not answer is asked again, in milliseconds. */
const AWAY_MS = 3000

export function factsOf(error: Error): FailureFacts {
  const retryable = error instanceof ServiceUnreachable || !(error instanceof RequestRefused)
  return { __typename: error.name, message: error.message, retryable }
}

export function Failure({
  of,
  retry,
  children,
}: {
  of: FailureFacts | Error
  /** Does again what failed. */
  retry?: (() => void) | undefined
  children?: ComponentChildren
}) {
  const facts = of instanceof Error ? factsOf(of) : of
  const [tried, setTried] = useState(false)
  const latest = useRef(retry)
  latest.current = retry
  // Whoever looks at this page when the service comes back should not have to do anything.
  useEffect(() => {
    if (facts.__typename !== 'ServiceUnreachable') return
    const timer = setTimeout(() => latest.current?.(), AWAY_MS)
    return () => clearTimeout(timer)
  }, [of])
  return (
    <section class="failure" role="alert" data-type={facts.__typename}>
      <h2>{TITLES[facts.__typename] ?? 'That did not work'}</h2>
      <p>{visible(facts.message)}</p>
      <Details of={facts} />
      <p class="advice">{advice(facts)}</p>
      {facts.stderr && (
        <details>
          <summary>What {words(facts.command ?? 'it')} said</summary>
          <pre>{visible(facts.stderr).replaceAll('␊', '\n')}</pre>
        </details>
      )}
      <p class="actions">
        {retry && facts.retryable && (
          <button
            type="button"
            disabled={tried}
            onClick={() => {
              setTried(true)
              setTimeout(() => setTried(false), 1000)
              retry()
            }}
          >
            Try again
          </button>
        )}
        {children}
      </p>
    </section>
  )
}

function Details({ of }: { of: FailureFacts }) {
  const rows: readonly (readonly [string, string | null | undefined])[] = [
    ['Run', of.runId],
    ['Result', of.resultCode],
    ['File', of.filename],
    ['Reason', of.reason],
    ['Tool', of.command && words(of.command)],
    ['Exit code', of.exitCode === null ? null : of.exitCode?.toString()],
    ['Signal', of.signal],
    ['Limit', of.limitMs === undefined ? of.limitBytes && size(of.limitBytes) : duration(of.limitMs)].map(
      (part) => (part ? String(part) : null),
    ) as [string, string | null],
  ]
  const known = rows.filter(([, value]) => value)
  if (known.length === 0) return null
  return (
    <dl class="facts">
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{visible(value ?? '')}</dd>
        </div>
      ))}
    </dl>
  )
}
