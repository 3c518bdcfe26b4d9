import { useEffect, useRef } from 'preact/hooks'
import { keyGroups } from './keys.ts'
import { applyPreferences, prefer, preferences, TAB_SIZES } from './preferences.ts'

const NAMES: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
}

/** The keyboard shortcuts that work in the current view. */
export function HelpSheet({ open, close }: { open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="help-title" class="help">
      <header>
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button type="button" onClick={close} aria-label="Close">
          ✕
        </button>
      </header>
      {open &&
        keyGroups().map(({ title, bindings }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {bindings
                .filter(({ help }) => help)
                .map(({ key, shift, help }) => (
                  <div key={`${key}${shift}`}>
                    <dt>
                      {shift && key.length > 1 && <kbd>Shift</kbd>} <kbd>{NAMES[key] ?? key}</kbd>
                    </dt>
                    <dd>{help}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      <TabSize />
      <p>
        Tab moves between controls. Lists and the report scroll with the arrow keys when they have the focus.
      </p>
    </dialog>
  )
}

/** How wide a tab is. Only the style sheet follows it. */
function TabSize() {
  return (
    <label class="tab-size">
      Tab size
      <select
        value={preferences().tabSize}
        onChange={(event) => {
          prefer({ tabSize: Number(event.currentTarget.value) })
          applyPreferences()
        }}
      >
        {TAB_SIZES.map((size) => (
          <option key={size} value={size}>
            {size}
          </option>
        ))}
      </select>
    </label>
  )
}
