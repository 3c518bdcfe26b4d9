import type { RunRowFragment } from '../generated/graphql.ts'
import { urlOf } from '../router.ts'
import { count, time, visible } from '../ui/format.ts'

/** The same list as in the service's `src/control-runs.ts`. */
const CONTROL_CAMPAIGNS = ['control', 'unchanged']

type Comparison = NonNullable<RunRowFragment['comparisonWithBaseline']>
type Diff = Comparison['debdiff'] | Comparison['diffoscope']

/** A run in the list of runs. */
export function RunRow({ run }: { run: RunRowFragment }) {
  const { runId, baseline, comparisonWithBaseline: comparison } = run
  return (
    <tr>
      <th scope="row">
        {visible(run.source ?? run.codebase)}
        <small title="Run id">{visible(runId)}</small>
      </th>
      <td>{visible(run.campaign)}</td>
      <td>{visible(run.version ?? '–')}</td>
      <td class="result">
        <span class={run.successful ? 'good' : 'bad'}>{visible(run.resultCode ?? 'running')}</span>
      </td>
      <td class="finished">
        {run.finishTime ? <time dateTime={run.finishTime}>{time(run.finishTime)}</time> : '–'}
      </td>
      <td class="baseline">
        {baseline && comparison ? (
          <a class="compare" href={urlOf(['compare', baseline.runId, runId])}>
            {visible(baseline.version ?? baseline.runId)}
          </a>
        ) : (
          <span class="none">{CONTROL_CAMPAIGNS.includes(run.campaign) ? 'control build' : '–'}</span>
        )}
      </td>
      <td>{comparison && <DiffStates of={comparison} />}</td>
    </tr>
  )
}

function DiffStates({ of: { debdiff, diffoscope } }: { of: Comparison }) {
  return (
    <ul class="states">
      <li>
        <DiffState name="debdiff" of={debdiff} />
      </li>
      <li>
        <DiffState name="diffoscope" of={diffoscope} />{' '}
        {diffoscope.__typename === 'Diffoscope' && (
          <span class="counts">
            <ins>+{count(diffoscope.stat.added)}</ins> <del>−{count(diffoscope.stat.removed)}</del>
          </span>
        )}
      </li>
    </ul>
  )
}

function DiffState({ name, of }: { name: string; of: Diff }) {
  const [className, text] = stateOf(of)
  return (
    <span class={`state ${className}`}>
      {name} {text}
    </span>
  )
}

/** A class for the colour, and the words. */
function stateOf(diff: Diff): readonly [className: string, text: string] {
  if (diff.__typename === 'Debdiff' || diff.__typename === 'Diffoscope') return ['ready', 'ready']
  if (diff.__typename !== 'DiffNotReadyError') return ['failed', 'failed']
  if (diff.job === null) return ['absent', 'not generated']
  switch (diff.job.status) {
    case 'FAILED':
      return ['failed', 'failed']
    case 'CANCELLED':
      return ['absent', 'cancelled']
    case 'QUEUED':
      return ['coming', 'queued']
    default:
      return ['coming', 'generating']
  }
}
