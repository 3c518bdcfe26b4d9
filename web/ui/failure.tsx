/** Errors, each with advice. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { RequestRefused } from '../api/request.ts'
import { clock, duration, size, visible, words } from './format.ts'

/** The fields of all error types of the schema. */
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
  RunNotSuccessfulError: 'This run has nothing to compare',
  ArtifactsMissingError: 'Packages missing',
  ArtifactRetrievalError: 'The packages could not be fetched',
  ArtifactRetrievalTimeoutError: 'Fetching the packages took too long',
  DiffCommandError: 'The tool failed',
  DiffCommandMemoryError: 'The tool exceeded its memory limit',
  DiffCommandTimeoutError: 'The tool exceeded its time limit',
  InvalidPackageError: 'Not a valid .deb',
  OverloadedError: 'The service is busy',
  QueueUnavailableError: 'The queue is unavailable',
  DatabaseUnavailableError: 'The database is unavailable',
  JobNotFoundError: 'There is no such job',
  ServiceUnreachable: 'The service does not respond',
}

const ADVICE: Readonly<Record<string, string>> = {
  RunNotFoundError: 'Check the id, or choose a run from the list.',
  RunNotSuccessfulError: 'Choose a run that succeeded.',
  ArtifactsMissingError: 'They may have been removed from the store. Rebuild this run.',
  InvalidPackageError: 'Differ did not run the tools on it. Rebuild this run.',
  DiffCommandTimeoutError: 'Retry in the background, with higher limits.',
  DiffCommandMemoryError: 'Retry in the background, with higher limits.',
  ServiceUnreachable: 'Reconnecting automatically …',
}

/** What failed, in the page's words where these are clearer. */
export function sentenceOf({ __typename, message, runId }: FailureFacts): string {
  return __typename === 'ArtifactsMissingError' && runId ? `No packages are stored for run ${runId}` : message
}

function adviceFor({ __typename, retryable, retryAfterMs }: FailureFacts): string {
  const advice = ADVICE[__typename]
  if (advice) return advice
  if (retryable && retryAfterMs) return `Try again in ${duration(retryAfterMs)}.`
  return retryable ? 'Trying again may help.' : 'This will fail again until its cause is removed.'
}

/** The pause before a request to a service that does not respond is repeated, in milliseconds. */
const RECONNECT_MS = 3000
/** How long the button is disabled after a click, in milliseconds. */
const RETRY_PAUSE_MS = 1000

export function factsOf(error: Error): FailureFacts {
  if (error instanceof RequestRefused) {
    const { typename: __typename, message, retryable, retryAfterMs } = error
    return { __typename, message, retryable, retryAfterMs }
  }
  return { __typename: error.name, message: error.message, retryable: true }
}

export interface FailureProps {
  readonly of: FailureFacts | Error
  /** Repeats what failed. */
  readonly retry?: (() => void) | undefined
  /** More actions. */
  readonly children?: ComponentChildren
}

export function Failure({ of, retry, children }: FailureProps) {
  const facts = of instanceof Error ? factsOf(of) : of
  useAutomaticRetry(of, retry)
  return (
    <section class="failure" role="alert" data-type={facts.__typename}>
      <h2>{TITLES[facts.__typename] ?? 'Something went wrong'}</h2>
      <p>{visible(sentenceOf(facts))}</p>
      <Details of={facts} />
      <p class="advice">{adviceFor(facts)}</p>
      {facts.stderr && (
        <details>
          <summary>Output of {words(facts.command ?? 'the tool')}</summary>
          <pre>{visible(facts.stderr).replaceAll('␊', '\n')}</pre>
        </details>
      )}
      <p class="actions">
        {retry && facts.retryable && <RetryButton retry={retry} />}
        {children}
      </p>
    </section>
  )
}

/** Repeats a request to a service that did not respond, so that the page recovers without the user. */
function useAutomaticRetry(of: FailureFacts | Error, retry: (() => void) | undefined): void {
  const latest = useRef(retry)
  latest.current = retry
  useEffect(() => {
    const name = of instanceof Error ? of.name : of.__typename
    if (name !== 'ServiceUnreachable') return
    const timer = setTimeout(() => latest.current?.(), RECONNECT_MS)
    return () => clearTimeout(timer)
  }, [of])
}

function RetryButton({ retry }: { retry: () => void }) {
  const [isDisabled, setIsDisabled] = useState(false)
  /** So that the same failure is not taken for the first one. */
  const [triedAt, setTriedAt] = useState<string | null>(null)
  return (
    <>
      <button
        type="button"
        disabled={isDisabled}
        onClick={() => {
          setIsDisabled(true)
          setTimeout(() => setIsDisabled(false), RETRY_PAUSE_MS)
          setTriedAt(clock(new Date()))
          retry()
        }}
      >
        Try again
      </button>
      {triedAt !== null && <small>Tried again at {triedAt}</small>}
    </>
  )
}

function Details({ of }: { of: FailureFacts }) {
  const named: readonly (readonly [string, string | null | undefined])[] = [
    ['Run', of.runId],
    ['Result', of.resultCode],
    ['File', of.filename],
    ['Reason', of.reason],
  ]
  const rows: typeof named = [
    // What the message says is not said twice.
    ...named.filter(([, value]) => value && !sentenceOf(of).includes(value)),
    ['Tool', of.command && words(of.command)],
    ['Exit code', of.exitCode?.toString()],
    ['Signal', of.signal],
    ['Limit', limitOf(of)],
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

function limitOf({ limitMs, limitBytes }: FailureFacts): string | null {
  if (limitMs !== undefined) return duration(limitMs)
  return limitBytes ? size(limitBytes) : null
}
