/** The frame of all views: header, navigation, and what works everywhere. */
import { useState } from 'preact/hooks'
import { ComparisonPage } from './comparison/comparison-page.tsx'
import { QueuePage } from './queue/queue-page.tsx'
import { navigate, type Route, urlOf, useRoute } from './router.ts'
import { RunsPage } from './runs/runs-page.tsx'
import { HelpSheet } from './ui/help-sheet.tsx'
import { useKeys } from './ui/keys.ts'
import { applyTheme, nextTheme, type Theme, theme } from './ui/theme.ts'

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  auto: 'system',
  light: 'light',
  dark: 'dark',
}

export function App() {
  const route = useRoute()
  const [helpIsOpen, setHelpIsOpen] = useState(false)
  const [chosen, setChosen] = useState(theme())
  const [view = ''] = route.path
  const changeTheme = () => {
    const next = nextTheme()
    applyTheme(next)
    setChosen(next)
  }
  useKeys('Everywhere', [
    { key: '?', help: 'keyboard shortcuts', run: () => setHelpIsOpen(true) },
    { key: 'g', help: 'runs', run: () => navigate(urlOf([])) },
    { key: 'q', help: 'queue', run: () => navigate(urlOf(['queue'])) },
    { key: 't', help: 'theme: light, dark, system', run: changeTheme },
  ])
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to #main, by script because <base> would change the URL */}
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <header class="top">
        <a class="name" href={urlOf([])}>
          Differ
        </a>
        <nav class="main-nav" aria-label="Main">
          <a href={urlOf([])} aria-current={view === '' ? 'page' : undefined}>
            Runs
          </a>
          <a href={urlOf(['queue'])} aria-current={view === 'queue' ? 'page' : undefined}>
            Queue
          </a>
        </nav>
        <button type="button" onClick={changeTheme} title="Theme: light, dark, system (t)">
          <span aria-hidden="true">◐</span>
          <span class="hidden">Theme: {THEME_NAMES[chosen]}</span>
        </button>
        <button type="button" onClick={() => setHelpIsOpen(true)} title="Keyboard shortcuts (?)">
          <span aria-hidden="true">?</span>
          <span class="hidden">Keyboard shortcuts</span>
        </button>
      </header>
      <main id="main" tabindex={-1}>
        <View {...route} />
      </main>
      <div id="announcements" class="hidden" role="status" aria-live="polite" />
      <HelpSheet open={helpIsOpen} close={() => setHelpIsOpen(false)} />
    </>
  )
}

function View({ path, query }: Route) {
  const [view = '', old = '', newer = ''] = path
  if (view === '') return <RunsPage query={query} />
  if (view === 'queue') return <QueuePage query={query} />
  if (view === 'compare' && old && newer)
    return <ComparisonPage key={`${old}\n${newer}`} oldId={old} newId={newer} query={query} />
  return (
    <section class="page">
      <h1>Page not found</h1>
      <p>
        <a href={urlOf([])}>Back to runs</a>
      </p>
    </section>
  )
}

function skipToMain(event: Event): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}
