/** The colour theme: the system's, unless the user has chosen one. */
const KEY = 'differ-theme'
const ORDER = ['auto', 'light', 'dark'] as const
export type Theme = (typeof ORDER)[number]

export function theme(): Theme {
  return ORDER.find((name) => name === localStorage.getItem(KEY)) ?? 'auto'
}

export function applyTheme(chosen: Theme = theme()): void {
  if (chosen === 'auto') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, chosen)
  document.documentElement.dataset.theme = chosen
}

export function nextTheme(): Theme {
  return ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length] ?? 'auto'
}
