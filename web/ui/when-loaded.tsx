import type { ComponentChildren } from 'preact'
import { Failure } from './failure.tsx'
import type { Loaded } from './use-loaded.ts'

/** Shows what was loaded, that it is loading, or why it failed. */
export function WhenLoaded<T>({
  of: { data, error, reload },
  children,
}: {
  of: Loaded<T>
  children: (data: T) => ComponentChildren
}) {
  if (error === null && data !== null) return <>{children(data)}</>
  return (
    <div class="page">{error ? <Failure of={error} retry={reload} /> : <p role="status">Loading …</p>}</div>
  )
}
