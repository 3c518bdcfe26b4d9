/** The buttons that change how a report is shown, and move through it. */
import { changeQuery } from '../router.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { prefer } from '../ui/preferences.ts'
import type { Mode } from './items.ts'

export function changeMode(mode: Mode): void {
  prefer({ split: mode !== 'split', wrap: null })
  changeQuery({ lines: mode === 'split' ? 'unified' : 'split', wrap: null }, 'replace')
}

export function changeWrap(wrap: boolean): void {
  prefer({ wrap: !wrap })
  changeQuery({ wrap: wrap ? '0' : '1' }, 'replace')
}

export function ReportTools({
  mode,
  wrap,
  treeIsOpen,
  toggleTree,
  move,
}: {
  mode: Mode
  wrap: boolean
  treeIsOpen: boolean
  toggleTree: () => void
  /** Goes to the next change, or the previous one. */
  move: (step: 1 | -1) => void
}) {
  return (
    <span class="tools">
      <Tool
        icon="tree"
        label="Files"
        hint="b"
        aria-expanded={treeIsOpen}
        aria-controls="tree"
        run={toggleTree}
      />
      <Tool
        icon="split"
        label="Side by side"
        hint="s"
        aria-pressed={mode === 'split'}
        run={() => changeMode(mode)}
      />
      <Tool icon="wrap" label="Wrap lines" hint="w" aria-pressed={wrap} run={() => changeWrap(wrap)} />
      <Tool icon="up" label="Previous change" hint="p" run={() => move(-1)} />
      <Tool icon="down" label="Next change" hint="n" run={() => move(1)} />
    </span>
  )
}

interface ToolProps {
  readonly icon: IconName
  readonly label: string
  /** The key. */
  readonly hint: string
  readonly run: () => void
  readonly 'aria-pressed'?: boolean
  readonly 'aria-expanded'?: boolean
  readonly 'aria-controls'?: string
}

function Tool({ icon, label, hint, run, ...state }: ToolProps) {
  return (
    <button type="button" class="tool" onClick={run} title={`${label} (${hint})`} {...state}>
      <Icon name={icon} />
      <span class="hidden">{label}</span>
    </button>
  )
}
