/** Loads what a view needs: at first, when its parameters change, and on request. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'

export interface Loaded<T> {
  /** Of the last response; kept while the next one is loading. */
  readonly data: T | null
  /** Of the last response. */
  readonly error: Error | null
  readonly loading: boolean
  readonly reload: () => void
}

/**
 * @param load its signal is aborted when the response is no longer needed
 * @param about what the response depends on. When it changes, the previous response is dropped.
 */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, about: string): Loaded<T> {
  const [attempt, setAttempt] = useState(0)
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'> & { about: string }>({
    about,
    data: null,
    error: null,
    loading: true,
  })
  // `load` is a new function in every rendering. Only `about` says that it loads something else.
  const latest = useRef(load)
  latest.current = load
  // biome-ignore lint/correctness/useExhaustiveDependencies(attempt): each attempt loads again
  useEffect(() => {
    const abort = new AbortController()
    setState((old) =>
      old.about === about ? { ...old, loading: true } : { about, data: null, error: null, loading: true },
    )
    latest.current(abort.signal).then(
      (data) => setState({ about, data, error: null, loading: false }),
      (error: Error) => {
        if (!abort.signal.aborted) setState((old) => ({ ...old, error, loading: false }))
      },
    )
    return () => abort.abort()
  }, [about, attempt])
  const reload = useCallback(() => setAttempt((count) => count + 1), [])
  const isOld = state.about !== about
  return {
    data: isOld ? null : state.data,
    error: isOld ? null : state.error,
    loading: isOld || state.loading,
    reload,
  }
}
