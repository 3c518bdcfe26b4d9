/** The filters of the list of runs. They change the URL, which the list follows. */
import { useEffect, useRef } from 'preact/hooks'
import { VERDICTS } from '../review/order.ts'
import { count, visible } from '../ui/format.ts'
import { Menu } from '../ui/menu.tsx'

const MORE = [
  ['codebase', 'Codebase', 'text'],
  ['source', 'Source package', 'text'],
  ['since', 'Finished since', 'date'],
  ['until', 'Finished until', 'date'],
] as const

/** A pause in typing that applies the filters, in milliseconds. */
const TYPING_PAUSE_MS = 300

export interface RunFiltersProps {
  readonly query: URLSearchParams
  /** Campaigns and results, with the number of their runs. */
  readonly values: RunValues
  readonly change: (changes: Record<string, string>) => void
}

export interface RunValues {
  readonly campaigns: readonly (readonly [name: string, runs: number])[]
  readonly results: readonly (readonly [name: string, runs: number])[]
}

export function RunFilters({ query, values, change }: RunFiltersProps) {
  const form = useRef<HTMLFormElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  // Fields follow the URL, except the one that the user is typing in.
  useEffect(() => {
    for (const field of form.current?.querySelectorAll('input') ?? [])
      if (field !== document.activeElement && field.type !== 'checkbox')
        field.value = query.get(field.name) ?? ''
  }, [query])
  const applyLater = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      const fields = [...(form.current?.querySelectorAll('input') ?? [])].filter(
        ({ type }) => type !== 'checkbox',
      )
      change(Object.fromEntries(fields.map(({ name, value }) => [name, value.trim()])))
    }, TYPING_PAUSE_MS)
  }
  const moreCount = MORE.filter(([name]) => query.get(name)).length
  const select = { query, change }
  return (
    <search>
      <form
        ref={form}
        class="filters"
        onInput={(event) => (event.target as HTMLInputElement).type !== 'checkbox' && applyLater()}
        onSubmit={(event) => event.preventDefault()}
      >
        <label class="search">
          <span class="hidden">Search</span>
          <input
            id="search"
            name="search"
            type="search"
            maxLength={200}
            placeholder="Search source, binary, version, campaign, run (/)"
          />
        </label>
        <FilterSelect {...select} name="campaign" label="Campaign" options={values.campaigns} />
        <FilterSelect {...select} name="result" label="Result" options={values.results} />
        <FilterSelect {...select} name="verdict" label="Verdict" options={Object.entries(VERDICTS)} />
        <FindingSelect {...select} />
        <FilterSelect
          {...select}
          name="sort"
          label="Order"
          any="newest first"
          options={[['worst', 'worst first']]}
        />
        <label class="switch">
          <input
            type="checkbox"
            checked={query.has('control')}
            onChange={(event) => change({ control: event.currentTarget.checked ? '1' : '' })}
          />
          <span>Control runs</span>
        </label>
        <Menu label={moreCount > 0 ? `More filters (${moreCount})` : 'More filters'} class="left">
          {MORE.map(([name, label, type]) => (
            <Field key={name} name={name} label={label} isDate={type === 'date'} />
          ))}
        </Menu>
      </form>
    </search>
  )
}

function Field({ name, label, isDate }: { name: string; label: string; isDate: boolean }) {
  const id = `filter-${name}`
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {isDate ? (
        <input id={id} name={name} type="date" />
      ) : (
        <input id={id} name={name} maxLength={200} autocomplete="off" />
      )}
    </div>
  )
}

/** Findings that triage asks for most, as the conditions of the URL have them. */
const FINDINGS = [
  ['bad', 'severity', 'BAD'],
  ['to verify', 'severity', 'VERIFY'],
  ['package removed', 'rule', 'PACKAGE_REMOVED'],
  ['code changed', 'rule', 'ELF_CODE_CHANGED'],
] as const

function FindingSelect({ query, change }: Pick<RunFiltersProps, 'query' | 'change'>) {
  const chosen = FINDINGS.find(([, name, value]) => query.get(name) === value)
  return (
    <label class="select">
      <span class="hidden">Findings</span>
      <select
        name="finding"
        value={chosen?.[0] ?? ''}
        onInput={(event) => event.stopPropagation()}
        onChange={(event) => {
          const finding = FINDINGS.find(([label]) => label === event.currentTarget.value)
          change({ severity: '', rule: '', ...(finding && { [finding[1]]: finding[2] }) })
        }}
      >
        <option value="">Findings: any</option>
        {FINDINGS.map(([label]) => (
          <option key={label} value={label}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}

interface FilterSelectProps {
  readonly query: URLSearchParams
  readonly change: RunFiltersProps['change']
  readonly name: string
  readonly label: string
  /** The text of the value that does not filter. */
  readonly any?: string
  /** Values with their label, or the number of their runs. */
  readonly options: readonly (readonly [value: string, label: string | number])[]
}

function FilterSelect({ query, change, name, label, any = 'any', options }: FilterSelectProps) {
  const value = query.get(name) ?? ''
  // A link may name a value that no run has.
  const isKnown = value === '' || options.some(([one]) => one === value)
  return (
    <label class="select">
      <span class="hidden">{label}</span>
      <select
        name={name}
        value={value}
        onInput={(event) => event.stopPropagation()}
        onChange={(event) => change({ [name]: event.currentTarget.value })}
      >
        <option value="">
          {label}: {any}
        </option>
        {!isKnown && <option value={value}>{visible(value)}</option>}
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {typeof text === 'number' ? `${visible(one)} (${count(text)})` : text}
          </option>
        ))}
      </select>
    </label>
  )
}
