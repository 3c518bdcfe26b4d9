/** Where the reader is in the list of runs, and the way to the next one. */
import { useEffect, useState } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import { runsInOrder } from '../review/order.ts'
import { pairOf, type RunList } from '../review/run-list.ts'
import { isRunViewed, markRun, onViewedChange } from '../review/viewed.ts'
import { navigate, urlOf } from '../router.ts'
import { announce } from '../ui/announce.ts'
import { count } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { useKeys } from '../ui/keys.ts'

/** More runs are loaded when fewer than this are left. */
const AHEAD = 5

/** @param query of the URL: the next run is shown in the same view */
export function SessionNav({ pair, list, query }: { pair: Pair; list: RunList; query: URLSearchParams }) {
  const { pairs, at, hasMore } = useSession(pair, list)
  const isViewed = useIsViewed(pair)
  const view = query.get('view')
  const urlAt = (index: number) => {
    const other = pairs[index]
    return other ? urlOf(['compare', other.old, other.new], { view }) : null
  }
  const [previous, next] = [urlAt(at - 1), urlAt(at + 1)]
  const go = (index: number) => {
    const [url, other] = [urlAt(index), pairs[index]]
    if (at < 0 || url === null || !other) return announce('There is no further run in the list', true)
    list.leave({ ...list.place, runId: other.new })
    // Back leads to the list from every run.
    navigate(url, 'replace')
  }
  const toggle = () => {
    markRun(pair, !isViewed)
    announce(isViewed ? 'Not viewed' : 'Viewed', true)
  }
  useKeys('Review', [
    { key: 'N', help: 'next run of the list', run: () => go(at + 1) },
    { key: 'P', help: 'previous run of the list', run: () => go(at - 1) },
    { key: 'v', help: 'viewed or not', run: toggle },
  ])
  return (
    <>
      {at >= 0 && (
        <nav class="session" aria-label="Runs of the list">
          <Step to={previous} icon="left" label="Previous run" hint="P" go={() => go(at - 1)} />
          <span class="place">
            {count(at + 1)} of {count(pairs.length)}
            {hasMore && '+'}
          </span>
          <Step to={next} icon="right" label="Next run" hint="N" go={() => go(at + 1)} />
        </nav>
      )}
      <label class="switch" title="Kept in this browser (v)">
        <input type="checkbox" checked={isViewed} onChange={toggle} />
        <span>Viewed</span>
      </label>
    </>
  )
}

interface StepProps {
  readonly to: string | null
  readonly icon: 'left' | 'right'
  readonly label: string
  /** The key. */
  readonly hint: string
  readonly go: () => void
}

function Step({ to, icon, label, hint, go }: StepProps) {
  return (
    <button type="button" class="plain" disabled={to === null} onClick={go} title={`${label} (${hint})`}>
      <Icon name={icon} />
      <span class="hidden">{label}</span>
    </button>
  )
}

/** The comparisons of the list in its order. `at` is -1 if this one is not among them. */
function useSession(pair: Pair, list: RunList) {
  const [state, setState] = useState(list.state)
  useEffect(() => list.onChange(() => setState(list.state)), [list])
  const pairs = runsInOrder(state).flatMap((run) => pairOf(run) ?? [])
  const at = pairs.findIndex((other) => other.old === pair.old && other.new === pair.new)
  const isNearEnd = at >= 0 && pairs.length - at <= AHEAD && state.next !== null && !state.failure
  useEffect(() => {
    if (isNearEnd) void list.more()
  }, [isNearEnd, list])
  return { pairs, at, hasMore: state.next !== null }
}

function useIsViewed(pair: Pair): boolean {
  const [isViewed, setIsViewed] = useState(() => isRunViewed(pair))
  const { old, new: newer } = pair
  useEffect(() => onViewedChange(() => setIsViewed(isRunViewed({ old, new: newer }))), [old, newer])
  return isViewed
}
