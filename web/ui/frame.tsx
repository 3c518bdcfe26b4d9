/** The frame of every view: one header with the navigation and what the view puts there, and the view itself. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { hasCampaigns, navigate, urlOf, urlOfRuns } from '../router.ts'
import { HelpSheet } from './help-sheet.tsx'
import { Icon } from './icon.tsx'
import { useKeys } from './keys.ts'
import { applyTheme, nextTheme, type Theme, theme } from './theme.ts'

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  auto: 'system',
  light: 'light',
  dark: 'dark',
}

export interface FrameProps {
  /** The entry of the navigation that is marked. */
  readonly view?: 'campaigns' | 'runs' | 'queue'
  /** Where "Runs" leads: the list as it was left. */
  readonly runsUrl?: string
  /** What the header says about the view. */
  readonly title?: ComponentChildren
  /** Controls at the end of the header. */
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

export function Frame({ view, runsUrl = urlOfRuns(), title, actions, children }: FrameProps) {
  const [helpIsOpen, setHelpIsOpen] = useState(false)
  const [chosen, setChosen] = useState(theme())
  const main = useRef<HTMLElement>(null)
  const changeTheme = () => {
    const next = nextTheme()
    applyTheme(next)
    setChosen(next)
  }
  // After a link to another view, the focus would be on nothing, and a screen reader at the end of the page.
  useEffect(() => {
    const isFirst = document.documentElement.dataset.opened === undefined
    document.documentElement.dataset.opened = ''
    if (!isFirst && document.activeElement === document.body) main.current?.focus({ preventScroll: true })
  }, [])
  useKeys('Everywhere', [
    { key: '?', help: 'keyboard shortcuts', run: () => setHelpIsOpen(true) },
    ...(hasCampaigns() ? [{ key: 'c', help: 'campaigns', run: () => navigate(urlOf([])) }] : []),
    { key: 'g', help: 'runs', run: () => navigate(runsUrl) },
    { key: 'q', help: 'queue', run: () => navigate(urlOf(['queue'])) },
    { key: 't', help: 'theme: light, dark, system', run: changeTheme },
  ])
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to #main, by script because <base> would change the URL */}
      <a class="skip" href="#main" onClick={skipToContent}>
        Skip to the content
      </a>
      <header class="top">
        <nav class="main-nav" aria-label="Main">
          {hasCampaigns() && (
            <a href={urlOf([])} aria-current={view === 'campaigns' ? 'page' : undefined}>
              Campaigns
            </a>
          )}
          <a href={runsUrl} class="name" aria-current={view === 'runs' ? 'page' : undefined}>
            <span class="hidden">Differ: </span>Runs
          </a>
          <a href={urlOf(['queue'])} aria-current={view === 'queue' ? 'page' : undefined}>
            Queue
          </a>
        </nav>
        <div class="top-title">{title}</div>
        <div class="top-actions">{actions}</div>
        <button type="button" class="plain" onClick={changeTheme} title="Theme: light, dark, system (t)">
          <Icon name="theme" />
          <span class="hidden">Theme: {THEME_NAMES[chosen]}</span>
        </button>
        <button
          type="button"
          class="plain"
          onClick={() => setHelpIsOpen(true)}
          title="Keyboard shortcuts (?)"
        >
          <Icon name="help" />
          <span class="hidden">Keyboard shortcuts</span>
        </button>
      </header>
      <main id="main" tabindex={-1} ref={main}>
        {children}
      </main>
      <HelpSheet open={helpIsOpen} close={() => setHelpIsOpen(false)} />
    </>
  )
}

/** To the lines of a report, the files, or the view. */
function skipToContent(event: Event): void {
  event.preventDefault()
  const content = document.querySelector<HTMLElement>('.document, .cards') ?? document.getElementById('main')
  content?.focus()
}
