/** The web page of Differ. It uses only the public API. */
import { render } from 'preact'
import { App } from './app.tsx'
import { followLinks, followOldLink } from './router.ts'
import { listenToKeys } from './ui/keys.ts'
import { applyPreferences } from './ui/preferences.ts'
import { applyTheme } from './ui/theme.ts'

applyTheme()
applyPreferences()
followOldLink()
followLinks()
listenToKeys()
render(<App />, document.getElementById('app') as HTMLElement)
