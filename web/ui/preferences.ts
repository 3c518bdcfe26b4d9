/** How the reader likes reports to be shown, kept in this browser. A URL that says otherwise is stronger. */
const KEY = 'differ-preferences'

export interface Preferences {
  readonly split: boolean
  /** Null: lines are wrapped if they are side by side. */
  readonly wrap: boolean | null
  /** Whether noise is shown. */
  readonly noise: boolean
  /** The width of the list of files, in pixels; null as the style sheet has it. */
  readonly treeWidth: number | null
  readonly tabSize: number
}

const DEFAULTS: Preferences = { split: false, wrap: null, noise: false, treeWidth: null, tabSize: 8 }
export const TAB_SIZES = [2, 4, 8] as const

export function preferences(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences> | null
    return {
      split: kept?.split === true,
      wrap: typeof kept?.wrap === 'boolean' ? kept.wrap : null,
      noise: kept?.noise === true,
      treeWidth: typeof kept?.treeWidth === 'number' ? kept.treeWidth : null,
      tabSize: TAB_SIZES.find((size) => size === kept?.tabSize) ?? DEFAULTS.tabSize,
    }
  } catch {
    // Something else was stored under this name.
    return DEFAULTS
  }
}

export function prefer(changes: Partial<Preferences>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...preferences(), ...changes }))
  } catch {
    // The browser's storage is full: the preference holds until the page is left.
  }
}

/** Tells the style sheet the preferences that only it follows. */
export function applyPreferences(): void {
  const { treeWidth, tabSize } = preferences()
  const { style } = document.documentElement
  style.setProperty('--tab', String(tabSize))
  if (treeWidth !== null) style.setProperty('--tree', `${treeWidth}px`)
}
