import type { ComponentChildren } from 'preact'
import { Failure } from './failure.tsx'
import type { Loaded } from './use-loaded.ts'

/**
 * Shows what was loaded, that it is loading, or why it failed.
 * @param waiting what is shown while it is loading
 */
export function WhenLoaded<T>({
  of: { data, error, reload },
  waiting = <p role="status">Loading …</p>,
  children,
}: {
  of: Loaded<T>
  waiting?: ComponentChildren
  children: (data: T) => ComponentChildren
}) {
  if (error === null && data !== null) return <>{children(data)}</>
  return <div class="page">{error ? <Failure of={error} retry={reload} /> : waiting}</div>
}
