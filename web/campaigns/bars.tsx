/** Charts: a table with a bar in each row, and one bar of several parts. The numbers are text beside them. */
import type { ComponentChildren } from 'preact'
import { count } from '../ui/format.ts'
import type { Outcome } from './verdicts.ts'

/** Parts of a bar are at least so wide that they can be seen, in percent. */
const LEAST_PERCENT = 0.6

/** How the comparisons of a campaign are divided. The text next to it says the same. */
export function OutcomeBar({ of, total }: { of: readonly Outcome[]; total: number }) {
  let from = 0
  return (
    <svg class="outcome-bar" width="100%" height="12" aria-hidden="true">
      {of.map(({ style, comparisons }) => {
        const percent = Math.max(LEAST_PERCENT, (100 * comparisons) / Math.max(total, 1))
        const x = Math.min(from, 100 - LEAST_PERCENT)
        from += percent
        return <rect key={style} class={`outcome-${style}`} x={`${x}%`} width={`${percent}%`} height="12" />
      })}
    </svg>
  )
}

export interface Bar {
  readonly key: string
  /** A class for its colour. */
  readonly style: string
  readonly label: ComponentChildren
  /** Where its runs are listed; null if they cannot be. */
  readonly href: string | null
  readonly value: number
  /** Further cells, in the order of `columns`. */
  readonly cells?: readonly ComponentChildren[]
}

export interface BarTableProps {
  readonly caption: string
  /** Headings of the label, the further cells and the value. */
  readonly columns: readonly string[]
  readonly bars: readonly Bar[]
  /** What the longest bar stands for. Default: the greatest value. */
  readonly full?: number
}

export function BarTable({ caption, columns, bars, full }: BarTableProps) {
  const longest = full ?? Math.max(1, ...bars.map(({ value }) => value))
  return (
    <table class="bars">
      <caption class="hidden">{caption}</caption>
      <thead class="hidden">
        <tr>
          {columns.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {bars.map(({ key, style, label, href, value, cells = [] }) => (
          <tr key={key}>
            <th scope="row" class="bar-label">
              {href === null ? (
                label
              ) : (
                <a class="bar-link" href={href}>
                  {label}
                </a>
              )}
            </th>
            {cells.map((cell, index) => (
              <td key={columns[index + 1]}>{cell}</td>
            ))}
            <td class="value">
              <svg class="bar" width="100%" height="18" aria-hidden="true">
                <rect
                  class={style}
                  width={`${Math.max(LEAST_PERCENT, (100 * value) / longest)}%`}
                  height="18"
                  rx="3"
                />
              </svg>
              <span class="number">{count(value)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
