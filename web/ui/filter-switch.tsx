import { changeQuery } from '../router.ts'

/** Whether what every rebuild changes is left out. */
export function FilterSwitch({ on, changed }: { on: boolean; changed?: (on: boolean) => void }) {
  return (
    <label class="switch">
      <input
        id="filter"
        type="checkbox"
        checked={on}
        onChange={(event) => {
          const { checked } = event.currentTarget
          if (changed) changed(checked)
          else changeQuery({ filter: checked })
        }}
      />
      <span>Leave out what every rebuild changes</span>
    </label>
  )
}
