import { navigate, urlOf } from '../router.ts'

/** Opens the comparison of any two runs, not only of a run and its baseline. */
export function CompareForm() {
  return (
    <form
      class="compare-two"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        const [old, newer] = ['old', 'new'].map((name) => String(form.get(name)).trim())
        if (old && newer) navigate(urlOf(['compare', old, newer]))
      }}
    >
      <h2>Compare any two runs</h2>
      <label>
        <span>Old run</span>
        <input name="old" required placeholder="run id" autocomplete="off" />
      </label>
      <label>
        <span>New run</span>
        <input name="new" required placeholder="run id" autocomplete="off" />
      </label>
      <button type="submit">Compare</button>
    </form>
  )
}
