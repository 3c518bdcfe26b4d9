/** What narrows the list of runs. Each change goes to the address bar, which the list follows. */
import { useEffect, useRef, useState } from 'preact/hooks'

const TEXTS = [
  ['campaign', 'Campaign'],
  ['codebase', 'Codebase'],
  ['source', 'Source package'],
  ['result', 'Result, like “success”'],
] as const
const DATES = [
  ['since', 'Finished since'],
  ['until', 'Finished until'],
] as const

/** For a person to stop writing, in milliseconds. */
const PAUSE = 300

export function RunFilters({
  query,
  change,
}: {
  query: URLSearchParams
  change: (changes: Record<string, string>) => void
}) {
  const form = useRef<HTMLFormElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  // The fields follow the address bar, but never under somebody's hands.
  useEffect(() => {
    for (const field of form.current?.querySelectorAll('input') ?? [])
      if (field !== document.activeElement) field.value = query.get(field.name) ?? ''
  }, [query])
  const later = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      const entries = form.current ? [...new FormData(form.current)] : []
      change(Object.fromEntries(entries.map(([name, value]) => [name, String(value).trim()])))
    }, PAUSE)
  }
  const isNarrowed = [...TEXTS, ...DATES].some(([name]) => query.get(name))
  const [isOpen, setOpen] = useState(isNarrowed)
  // It never closes by itself: somebody may be writing in it.
  useEffect(() => {
    if (isNarrowed) setOpen(true)
  }, [isNarrowed])
  return (
    <form
      ref={form}
      class="filters"
      role="search"
      onInput={later}
      onSubmit={(event) => event.preventDefault()}
    >
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
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
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
  )
}
