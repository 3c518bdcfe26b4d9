/** What there is to say of a report as a whole, and what one can do with it. */
import type { ComponentChildren } from 'preact'
import type { Pair } from '../pair.ts'
import { addressOf } from '../router.ts'
import { Downloads } from '../ui/downloads.tsx'
import { FilterSwitch } from '../ui/filter-switch.tsx'
import { count, counted, visible, words } from '../ui/format.ts'
import type { Report } from './report.ts'

export function ReportSummary({
  report,
  pair,
  changeFilter,
  children,
}: {
  report: Report
  pair: Pair
  changeFilter: (on: boolean) => void
  children?: ComponentChildren
}) {
  const { stat, hidden, filtered } = report
  return (
    <div class="toolbar">
      <p class="totals">
        <strong>{counted(stat.nodes - 1, 'thing')}</strong> {stat.nodes === 2 ? 'differs' : 'differ'} in{' '}
        {counted(stat.hunks, 'place')} <ins>+{count(stat.added)}</ins> <del>−{count(stat.removed)}</del>
      </p>
      <FilterSwitch on={filtered} changed={changeFilter} />
      {hidden && (
        <p class="hides">
          hides {counted(hidden.nodes, 'thing')}, {counted(hidden.hunks, 'place')},{' '}
          {counted(hidden.added + hidden.removed, 'line')}
        </p>
      )}
      {children}
      <Downloads of={report} name={`diffoscope_${pair.old}_${pair.new}`} />
    </div>
  )
}

const MEANINGS: Readonly<Record<Report['incompleteReasons'][number]['kind'], string>> = {
  TIMEOUT: 'The tool ran out of time',
  TOOL_MISSING: 'A program that compares such files is not installed',
  EXTRACTION_FAILED: 'An archive could not be opened',
  COMMAND_FAILED: 'A program that compares such files failed',
  DEPTH_LIMIT: 'An archive was nested too deeply',
  INPUT_CUT: 'Only the beginning of the files was compared',
  BLOCK_CUT: 'Lines were left out',
  LEGACY_UNVERIFIED: 'Made by an older service, which may have taken a shortened report for whole',
}

/** What the report lacks, and where. */
export function Incomplete({ report, pair }: { report: Report; pair: Pair }) {
  if (report.complete) return null
  const reasons = report.incompleteReasons
  return (
    <details class="incomplete">
      <summary>
        <span aria-hidden="true">⚠</span> Incomplete: {counted(report.incompleteCount, 'reason')}
      </summary>
      <ul>
        {reasons.map((reason, index) => (
          <li key={index}>
            {MEANINGS[reason.kind] ?? words(reason.kind)}
            {reason.tool !== null && (
              <>
                : <code>{visible(reason.tool)}</code>
              </>
            )}
            {reason.node && reason.node.ordinal > 0 && (
              <>
                {' at '}
                <a href={addressOf(['compare', pair.old, pair.new], { at: String(reason.node.ordinal) })}>
                  {visible(reason.node.path.at(-1) ?? '')}
                </a>
              </>
            )}
            {reason.comment !== null && <p class="comment">{visible(reason.comment)}</p>}
          </li>
        ))}
      </ul>
      {report.incompleteCount > reasons.length && (
        <p>and {counted(report.incompleteCount - reasons.length, 'more')}</p>
      )}
    </details>
  )
}
