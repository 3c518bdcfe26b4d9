import { useKeys } from '../ui/keys.ts'
import type { Mode } from './items.ts'
import type { Navigator } from './navigator.ts'
import type { DocumentHandle } from './report-document.tsx'
import { changeMode, changeWrap } from './report-tools.tsx'

/** The keyboard shortcuts of a report. */
export function useReportKeys({
  navigator,
  handle,
  mode,
  wrap,
  fold,
  toggleTree,
}: {
  navigator: Navigator
  handle: { readonly current: DocumentHandle | null }
  mode: Mode
  wrap: boolean
  fold: (ordinal: number) => void
  toggleTree: () => void
}): void {
  useKeys('Report', [
    { key: 'n', help: 'next change', run: () => navigator.toHunk(1) },
    { key: 'p', help: 'previous change', run: () => navigator.toHunk(-1) },
    { key: ']', help: 'next file', run: () => navigator.toNode(1) },
    { key: '[', help: 'previous file', run: () => navigator.toNode(-1) },
    { key: 'j', help: 'next line', run: () => navigator.toLine(1, false) },
    { key: 'k', help: 'previous line', run: () => navigator.toLine(-1, false) },
    { key: 'J', shift: true, help: 'extend the selection', run: () => navigator.toLine(1, true) },
    { key: 'K', shift: true, help: 'shrink the selection', run: () => navigator.toLine(-1, true) },
    { key: 'x', help: 'fold or unfold the file', run: () => fold(navigator.start().ordinal) },
    { key: 's', help: 'unified or side by side', run: () => changeMode(mode) },
    { key: 'w', help: 'wrap lines or not', run: () => changeWrap(wrap) },
    { key: '/', help: 'find text', run: () => document.getElementById('find-text')?.focus() },
    { key: 'e', help: 'go to a file', run: () => focusPath(toggleTree) },
    { key: 'b', help: 'show or hide the files', run: toggleTree },
    { key: 'y', help: 'copy a link to the selection', run: () => void navigator.copyLink() },
    { key: 'o', help: 'scroll the report with the arrow keys', run: () => handle.current?.focus() },
  ])
}

/** The field is above the tree, which may be closed. */
export function focusPath(openTree: () => void): void {
  const field = () => document.getElementById('find-path')
  if (field()) {
    field()?.focus()
    return
  }
  openTree()
  requestAnimationFrame(() => requestAnimationFrame(() => field()?.focus()))
}
