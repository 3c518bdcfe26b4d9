/** The toolbar of a report with its totals, and the reasons why it may be incomplete. */
import type { ComponentChildren } from 'preact'
import type { Pair } from '../pair.ts'
import { urlOf } from '../router.ts'
import { Downloads } from '../ui/downloads.tsx'
import { FilterSwitch } from '../ui/filter-switch.tsx'
import { count, counted, visible, words } from '../ui/format.ts'
import { Menu } from '../ui/menu.tsx'
import { NO_PLACE } from './anchor.ts'
import { MissingPackages } from './missing-packages.tsx'
import type { Report } from './report.ts'

export interface ReportBarProps {
  readonly report: Report
  /** Of downloads, without an extension. */
  readonly name: string
  readonly changeFilter: (on: boolean) => void
  /** See `ReportViewProps`. */
  readonly makeSummary: (() => void) | undefined
  /** More tools. */
  readonly children?: ComponentChildren
}

export function ReportBar({ report, name, changeFilter, makeSummary, children }: ReportBarProps) {
  return (
    <div class="toolbar">
      {!makeSummary && <FilterSwitch on={report.filtered} changed={changeFilter} />}
      {children}
      <Downloads of={report} name={name} />
    </div>
  )
}

interface TotalsProps extends Pick<ReportBarProps, 'makeSummary'> {
  readonly of: Report
}

/** How much differs, and how much of it is hidden. */
export function Totals({ of: { stat, filtered, hidden }, makeSummary }: TotalsProps) {
  return (
    <>
      <p class="totals">
        <strong>{counted(stat.nodes - 1, 'file')}</strong> changed, {counted(stat.hunks, 'hunk')}{' '}
        <ins>+{count(stat.added)}</ins> <del>−{count(stat.removed)}</del>
      </p>
      {makeSummary && (
        <p class="no-summary" title="Without a summary it is not known what noise is">
          Noise is shown, because there is no summary yet.{' '}
          <button type="button" onClick={makeSummary}>
            Generate it
          </button>
        </p>
      )}
      {filtered && (
        <p class="hides" title={hiddenText(hidden)}>
          {hiddenText(hidden)}
        </p>
      )}
    </>
  )
}

/** Instead of the totals of a report that shows nothing. */
export function NoDifferences({ in: { complete, hidden, filtered } }: { in: Report }) {
  if (hidden.length > 0)
    return (
      <div>
        <h2>No differences apart from noise</h2>
        <p class="hides">{hiddenText(hidden)}</p>
      </div>
    )
  if (!complete) return <h2>No differences in what was compared</h2>
  return <h2>No differences{filtered ? ': both builds are identical' : ''}</h2>
}

/** Classes that the line names; the others are in its count. */
const MAX_CLASSES = 4

function hiddenText(hidden: Report['hidden']): string {
  if (hidden.length === 0) return 'No noise to hide'
  const byFiles = [...hidden].sort((a, b) => b.files - a.files)
  const named = byFiles.slice(0, MAX_CLASSES).map((one) => `${one.class} ${counted(one.files, 'file')}`)
  const left = hidden.length - named.length
  return `Hidden: ${[...named, ...(left > 0 ? [counted(left, 'more class', 'more classes')] : [])].join(', ')}`
}

const MEANINGS: Readonly<Record<Report['incompleteReasons'][number]['kind'], string>> = {
  NOT_COMPARED: 'diffoscope failed at a package',
  TIMEOUT: 'diffoscope ran out of time',
  TOOL_MISSING: 'A program that compares such files is not installed',
  EXTRACTION_FAILED: 'An archive could not be opened',
  COMMAND_FAILED: 'A program that compares such files failed',
  COMMAND_WARNED: 'A program that compares such files printed warnings',
  PARSING_FAILED: 'diffoscope did not understand a file',
  DEPTH_LIMIT: 'An archive was nested too deeply',
  INPUT_CUT: 'Only the beginning of the files was compared',
  BLOCK_CUT: 'Lines were omitted',
  NOT_SHOWN: 'The packages differ in something that is not shown',
  LEGACY_UNVERIFIED: 'Imported from the previous service; it may be truncated',
}

/** What the report lacks, and where. */
export function Incomplete({ report, pair }: { report: Report; pair: Pair }) {
  if (report.complete) return null
  const reasons = report.incompleteReasons
  return (
    <Menu
      class="incomplete"
      label={
        <>
          <span aria-hidden="true">⚠</span> Incomplete
          <span class="if-room"> report ({counted(report.incompleteCount, 'reason')})</span>
        </>
      }
    >
      {report.retry && <MissingPackages retry={report.retry} pair={pair} />}
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
                <a
                  href={urlOf(['compare', pair.old, pair.new], {
                    ...Object.fromEntries(new URLSearchParams(location.search)),
                    ...NO_PLACE,
                    noise: !report.filtered,
                    at: String(reason.node.ordinal),
                  })}
                >
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
    </Menu>
  )
}
