/** The result of one check. */
export interface Finding {
  /** What was checked: `debdiff`, `database` … */
  readonly name: string
  /** `failed`: something required does not work; `warning`: something optional does not. */
  readonly status: 'ok' | 'warning' | 'failed'
  /** A version, a location, or what is wrong; without secrets. */
  readonly found: string
  /** What to do, as a sentence; null if nothing is to be done. */
  readonly advice: string | null
}

export function ok(name: string, found: string): Finding {
  return { name, status: 'ok', found, advice: null }
}

export function warning(name: string, found: string, advice: string): Finding {
  return { name, status: 'warning', found, advice }
}

export function failed(name: string, found: string, advice: string): Finding {
  return { name, status: 'failed', found, advice }
}
