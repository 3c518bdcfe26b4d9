import { changeQuery } from '../router.ts'

/** Switches the filter of what every rebuild changes. @param changed instead of changing the URL */
export function FilterSwitch({ on, changed }: { on: boolean; changed?: (on: boolean) => void }) {
  return (
    <label class="switch" title="Hides what every rebuild changes, such as version numbers">
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
      <span>Hide rebuild noise</span>
    </label>
  )
}
