import { addressOf, go } from '../router.ts'

/** Any two runs side by side, not only one and its baseline. */
export function CompareForm() {
  return (
    <form
      class="compare-two"
      onSubmit={(event) => {
        event.preventDefault()
        const form = new FormData(event.currentTarget)
        const [old, fresh] = ['old', 'new'].map((name) => String(form.get(name)).trim())
        if (old && fresh) go(addressOf(['compare', old, fresh]))
      }}
    >
      <h2>Compare any two runs</h2>
      <label>
        <span>Without the change</span>
        <input name="old" required placeholder="run id" autocomplete="off" />
      </label>
      <label>
        <span>With it</span>
        <input name="new" required placeholder="run id" autocomplete="off" />
      </label>
      <button type="submit">Compare</button>
    </form>
  )
}
