/** How wide the lines of a report are without wrapping. */
import { useRef } from 'preact/hooks'
import type { Item } from './items.ts'
import type { ReportModel } from './model.ts'

/** The length of lines in view to which shorter ones are extended, in characters. */
const MIN_LENGTH = 40

/**
 * The length of the longest line so far, in characters. It never becomes less: if lines that go out of view made the
 * list narrower, its scroll bar would come and go, which changes the view, and so on for ever.
 */
export function useLongestLine(model: ReportModel, items: readonly Item[]): number {
  const longest = useRef({ model, length: 0 })
  const before = longest.current.model === model ? longest.current.length : 0
  const length = Math.max(before, longestLine(model, items))
  longest.current = { model, length }
  return length
}

/** A tab is up to eight columns wide. */
function longestLine(model: ReportModel, items: readonly Item[]): number {
  let longest = MIN_LENGTH
  for (const item of items) {
    const content = model.piece(item)?.content
    if (!content) continue
    const texts =
      'lines' in content
        ? content.lines.map(({ text }) => text)
        : content.rows.flatMap(({ old, new: newer }) => [old?.text ?? '', newer?.text ?? ''])
    for (const text of texts) longest = Math.max(longest, text.length + 7 * (text.split('\t').length - 1))
  }
  return longest
}
