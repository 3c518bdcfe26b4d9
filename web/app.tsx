/** The frame of all pages: where one can go, and what works everywhere. */
import { useState } from 'preact/hooks'
import { ComparisonPage } from './comparison/comparison-page.tsx'
import { QueuePage } from './queue/queue-page.tsx'
import { addressOf, go, usePlace } from './router.ts'
import { RunsPage } from './runs/runs-page.tsx'
import { HelpSheet } from './ui/help-sheet.tsx'
import { useKeys } from './ui/keys.ts'
import { applyTheme, nextTheme, type Theme, theme } from './ui/theme.ts'

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  auto: 'as the system',
  light: 'light',
  dark: 'dark',
}

export function App() {
  const { path, query } = usePlace()
  const [helpIsOpen, setHelp] = useState(false)
  const [chosen, setChosen] = useState(theme())
  const [view = '', old = '', fresh = ''] = path
  const changeTheme = () => {
    const next = nextTheme()
    applyTheme(next)
    setChosen(next)
  }
  useKeys('Everywhere', [
    { key: '?', help: 'this sheet', run: () => setHelp(true) },
    { key: 'g', help: 'the list of runs', run: () => go(addressOf([])) },
    { key: 'q', help: 'the queue', run: () => go(addressOf(['queue'])) },
    { key: 't', help: 'light, dark, or as the system has it', run: changeTheme },
  ])
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <a class="name" href={addressOf([])}>
          Differ
        </a>
        <nav aria-label="Main">
          <a href={addressOf([])} aria-current={view === '' ? 'page' : undefined}>
            Runs
          </a>
          <a href={addressOf(['queue'])} aria-current={view === 'queue' ? 'page' : undefined}>
            Queue
          </a>
        </nav>
        <button type="button" onClick={changeTheme} title="Light, dark, or as the system has it (t)">
          <span aria-hidden="true">◐</span>
          <span class="hidden">Colours: {THEME_NAMES[chosen]}</span>
        </button>
        <button type="button" onClick={() => setHelp(true)} title="Keys (?)">
          <span aria-hidden="true">?</span>
          <span class="hidden">Keys</span>
        </button>
      </header>
      <main id="main" tabindex={-1}>
        {view === '' ? (
          <RunsPage query={query} />
        ) : view === 'queue' ? (
          <QueuePage query={query} />
        ) : view === 'compare' && old && fresh ? (
          <ComparisonPage key={`${old}\n${fresh}`} oldId={old} newId={fresh} query={query} />
        ) : (
          <section class="page">
            <h1>There is nothing here</h1>
            <p>
              <a href={addressOf([])}>The list of runs</a> is a good place to begin.
            </p>
          </section>
        )}
      </main>
      <div id="announcements" class="hidden" role="status" aria-live="polite" />
      <HelpSheet open={helpIsOpen} close={() => setHelp(false)} />
    </>
  )
}

/** <base> would make the link lead away. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}
