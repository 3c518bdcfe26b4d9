/** What one check found. */
export interface Finding {
  /** What was looked at: `debdiff`, `database` … */
  readonly name: string
  /** `failed`: something that is needed does not work; `warning`: what works could work better. */
  readonly status: 'ok' | 'warning' | 'failed'
  /** A version, a place, or what is wrong; without secrets. */
  readonly found: string
  /** A sentence: what to do; null where nothing is to be done. */
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
