import { useEffect, useState } from 'preact/hooks'
import type { RunList, RunListState } from '../review/run-list.ts'

/** How often the states of diffs that are not ready are asked for, in milliseconds. */
const UPDATE_MS = 10_000

/** The runs that match the filters of a URL, and their states as they change. @param query of the URL */
export function useRunList(list: RunList, query: string): RunListState {
  const [state, setState] = useState(list.state)
  useEffect(() => list.onChange(() => setState(list.state)), [list])
  useEffect(() => list.open(query), [list, query])
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void list.updateStates()
    }, UPDATE_MS)
    return () => clearInterval(timer)
  }, [list])
  return state
}
