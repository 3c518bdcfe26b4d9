/** The filters of the list of runs. They change the URL, which the list follows. */
import { useEffect, useRef, useState } from 'preact/hooks'

const TEXTS = [
  ['campaign', 'Campaign'],
  ['codebase', 'Codebase'],
  ['source', 'Source package'],
  ['result', 'Result, for example “success”'],
] as const
const DATES = [
  ['since', 'Finished since'],
  ['until', 'Finished until'],
] as const

/** A pause in typing that applies the filters, in milliseconds. */
const TYPING_PAUSE_MS = 300

export interface RunFiltersProps {
  readonly query: URLSearchParams
  readonly change: (changes: Record<string, string>) => void
}

export function RunFilters({ query, change }: RunFiltersProps) {
  const form = useRef<HTMLFormElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  // Fields follow the URL, except the one that the user is typing in.
  useEffect(() => {
    for (const field of form.current?.querySelectorAll('input') ?? [])
      if (field !== document.activeElement) field.value = query.get(field.name) ?? ''
  }, [query])
  const applyLater = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      const entries = form.current ? [...new FormData(form.current)] : []
      change(Object.fromEntries(entries.map(([name, value]) => [name, String(value).trim()])))
    }, TYPING_PAUSE_MS)
  }
  const isFiltered = [...TEXTS, ...DATES].some(([name]) => query.get(name))
  const [isOpen, setIsOpen] = useState(isFiltered)
  // Opens, but never closes by itself: the user may be typing in it.
  useEffect(() => {
    if (isFiltered) setIsOpen(true)
  }, [isFiltered])
  return (
    <search>
      <form ref={form} class="filters" onInput={applyLater} onSubmit={(event) => event.preventDefault()}>
        <label class="search">
          <span>Search</span>
          <input
            id="search"
            name="search"
            type="search"
            maxLength={200}
            placeholder="source, campaign or run id"
          />
        </label>
        <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
          <summary>More filters</summary>
          <div class="fields">
            {TEXTS.map(([name, label]) => (
              <label key={name}>
                <span>{label}</span>
                <input name={name} maxLength={200} autocomplete="off" />
              </label>
            ))}
            {DATES.map(([name, label]) => (
              <label key={name}>
                <span>{label}</span>
                <input name={name} type="date" />
              </label>
            ))}
          </div>
        </details>
      </form>
    </search>
  )
}
