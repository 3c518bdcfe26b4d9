/** The buttons that change how a report is shown, and move through it. */
import { changeQuery } from '../router.ts'
import type { Mode } from './items.ts'
import type { Navigator } from './navigator.ts'

export function changeMode(mode: Mode): void {
  changeQuery({ lines: mode === 'split' ? null : 'split', wrap: null }, 'replace')
}

export function changeWrap(wrap: boolean): void {
  changeQuery({ wrap: wrap ? '0' : '1' }, 'replace')
}

export function ReportTools({
  mode,
  wrap,
  treeIsOpen,
  toggleTree,
  navigator,
}: {
  mode: Mode
  wrap: boolean
  treeIsOpen: boolean
  toggleTree: () => void
  navigator: Navigator
}) {
  return (
    <>
      <button type="button" aria-pressed={mode === 'split'} onClick={() => changeMode(mode)} title="s">
        Side by side
      </button>
      <button type="button" aria-pressed={wrap} onClick={() => changeWrap(wrap)} title="w">
        Wrap lines
      </button>
      <button type="button" aria-expanded={treeIsOpen} onClick={toggleTree} aria-controls="tree" title="b">
        Files
      </button>
      <span class="steps">
        <button type="button" onClick={() => navigator.toHunk(-1)} title="Previous change (p)">
          ↑ <span class="hidden">Previous change</span>
        </button>
        <button type="button" onClick={() => navigator.toHunk(1)} title="Next change (n)">
          ↓ <span class="hidden">Next change</span>
        </button>
      </span>
    </>
  )
}
