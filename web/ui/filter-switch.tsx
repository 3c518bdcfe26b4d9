import { changeQuery } from '../router.ts'
import { prefer } from './preferences.ts'

/** Hides noise or shows it. @param changed instead of changing the URL */
export function FilterSwitch({ on, changed }: { on: boolean; changed?: (on: boolean) => void }) {
  return (
    <label
      class="switch"
      title="Hides differences that every rebuild causes, as far as the summary explains them"
    >
      <input
        id="filter"
        type="checkbox"
        checked={on}
        onChange={(event) => {
          const { checked } = event.currentTarget
          prefer({ noise: !checked })
          if (changed) changed(checked)
          else changeQuery({ noise: !checked, at: null, in: null, line: null })
        }}
      />
      <span>Noise hidden</span>
    </label>
  )
}
