import type { RunRowFragment } from '../generated/graphql.ts'
import { type RunSummary, summaryOf } from '../review/order.ts'
import { isControl, pairOf, type RunState } from '../review/run-list.ts'
import { urlOf } from '../router.ts'
import { Chip } from '../ui/chip.tsx'
import { age, count, since, time, visible } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'

export interface RunRowProps {
  readonly run: RunRowFragment
  readonly state: RunState | undefined
  readonly isViewed: boolean
}

/** A run in the list of runs: one line, and a link if there is something to compare. */
export function RunRow({ run, state, isViewed }: RunRowProps) {
  const { runId, baseline, version, resultCode, startTime, finishTime } = run
  const pair = pairOf(run)
  const name = visible(run.source ?? run.codebase)
  const versions = baseline && `${visible(baseline.version ?? '–')} → ${visible(version ?? '–')}`
  return (
    <tr class={isViewed ? 'viewed' : undefined} data-run={runId}>
      <th scope="row">
        <span class="mark">{isViewed && <Icon name="check" />}</span>
        {isViewed && <span class="hidden">Viewed: </span>}
        {pair ? (
          <a class="compare" href={urlOf(['compare', pair.old, pair.new])}>
            {name}
          </a>
        ) : (
          name
        )}
      </th>
      <td class="versions" title={versions ?? undefined}>
        {versions ?? visible(version ?? '–')}
      </td>
      <td class="campaign" title={run.campaign}>
        {visible(run.campaign)}
      </td>
      <td class="verdict-cell">
        <Verdict run={run} state={state} />
      </td>
      <td class="result" title={resultCode ?? undefined}>
        <span class={resultCode === null ? 'coming' : run.successful ? 'good' : resultClass(resultCode)}>
          {visible(resultCode ?? 'running')}
        </span>
      </td>
      <td class="number">
        {state?.diffoscope.__typename === 'Diffoscope' && <Lines of={state.diffoscope.stat} />}
      </td>
      <td class="finished">
        {finishTime ? (
          <time dateTime={finishTime} title={time(finishTime)}>
            {age(finishTime)}
          </time>
        ) : startTime ? (
          <time dateTime={startTime} title={`Started ${time(startTime)}`} class="coming">
            since {since(startTime)}
          </time>
        ) : (
          '–'
        )}
      </td>
      <td class="id">
        <small title={`Run ${visible(runId)}`}>{visible(runId)}</small>
      </td>
    </tr>
  )
}

function Lines({ of: { added, removed } }: { of: { readonly added: number; readonly removed: number } }) {
  if (added === 0 && removed === 0) return <span class="none">–</span>
  return (
    <span class="counts">
      <ins>+{count(added)}</ins> <del>−{count(removed)}</del>
    </span>
  )
}

/** There was nothing to change: no failure. */
function resultClass(code: string): string {
  return code === 'nothing-to-do' ? 'none' : 'bad'
}

function Verdict({ run, state }: { run: RunRowFragment; state: RunState | undefined }) {
  if (isControl(run)) return <span class="chip none">control build</span>
  if (!pairOf(run)) return null
  const summary = summaryOf(state)
  if (summary) return <Chips of={summary} />
  return state ? <span class="state absent">{stateOf(state)}</span> : null
}

const PLAIN: Readonly<Record<RunSummary['verdict'], string>> = {
  IDENTICAL: 'identical',
  NOISE_ONLY: 'noise only',
  EXPECTED: 'expected',
  SUBSTANTIVE: 'changed',
  UNDECIDED: 'undecided',
}

function Chips({ of }: { of: RunSummary }) {
  const removed = of.packages.filter(({ change }) => change === 'REMOVED').length
  const bad = of.bad.totalCount
  const chips: readonly (readonly [name: string, text: string, isShown: boolean])[] = [
    ['bad', `${count(bad)} bad`, bad > 0],
    ['verify', `${count(of.verify.totalCount)} to verify`, of.verify.totalCount > 0],
    ['package', `−${count(removed)} ${removed === 1 ? 'package' : 'packages'}`, removed > 0],
    ['code', 'code', of.code.totalCount > 0],
  ]
  const shown = chips.filter(([, , isShown]) => isShown)
  return (
    <span class="chips" title={of.bad.nodes[0]?.message}>
      {shown.map(([name, text]) => (
        <Chip key={text} kind={name}>
          {text}
        </Chip>
      ))}
      {shown.length === 0 && <Chip kind={of.verdict.toLowerCase()}>{PLAIN[of.verdict]}</Chip>}
    </span>
  )
}

/** Why there is no summary, in words. */
function stateOf({ summary }: RunState): string {
  if (summary.__typename !== 'DiffNotReadyError') return 'failed'
  switch (summary.job?.status) {
    case undefined:
      return 'not generated'
    case 'FAILED':
      return 'failed'
    case 'CANCELLED':
      return 'cancelled'
    case 'QUEUED':
      return 'queued'
    default:
      return 'generating …'
  }
}
