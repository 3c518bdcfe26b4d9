/** What a view asks for as it appears: asked again when what it depends on changes, and when told to. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

export interface Loaded<T> {
  /** Of the last answer; it stays while the next one is waited for. */
  readonly data: T | null
  /** Of the last answer, too. */
  readonly error: Error | null
  readonly loading: boolean
  readonly reload: () => void
}

/**
 * @param load asks; its signal aborts when the answer is not wanted any more
 * @param about what the answer depends on; with another one the earlier answer goes
 */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, about: string): Loaded<T> {
  const [times, setTimes] = useState(0)
  const [state, setState] = useState<{
    about: string
    data: T | null
    error: Error | null
    loading: boolean
  }>({
    about,
    data: null,
    error: null,
    loading: true,
  })
  const latest = useRef(load)
  latest.current = load
  // `load` is a new function at each rendering; `about` says when it asks for something else.
  useEffect(() => {
    const ends = new AbortController()
    setState((old) =>
      old.about === about ? { ...old, loading: true } : { about, data: null, error: null, loading: true },
    )
    latest.current(ends.signal).then(
      (data) => setState({ about, data, error: null, loading: false }),
      (error: Error) => {
        if (!ends.signal.aborted) setState((old) => ({ ...old, error, loading: false }))
      },
    )
    return () => ends.abort()
  }, [about, times])
  const reload = useCallback(() => setTimes((count) => count + 1), [])
  const isOld = state.about !== about
  return {
    data: isOld ? null : state.data,
    error: isOld ? null : state.error,
    loading: isOld || state.loading,
    reload,
  }
}
