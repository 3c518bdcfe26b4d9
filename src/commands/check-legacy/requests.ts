/**
 * The requests that both services get: every route of the contract, in every format, with and without the
 * filter, and its errors.
 */

export interface Pair {
  readonly old: string
  readonly new: string
}

export interface CheckRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  /** As it is sent, below the path of the service's URL. */
  readonly path: string
  /** Null to send no `Accept`. */
  readonly accept: string | null
  readonly about: 'debdiff' | 'diffoscope' | 'other'
  readonly filtered: boolean
  /** The bodies may differ. */
  readonly statusOnly?: boolean
}

const UNKNOWN: Pair = { old: 'differ-check-no-such-run', new: 'differ-check-no-such-run-either' }
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

const ACCEPTS: Readonly<Record<'debdiff' | 'diffoscope', readonly (string | null)[]>> = {
  debdiff: [
    'text/plain',
    null,
    'text/x-diff',
    'text/markdown',
    'text/html',
    'application/json',
    BROWSER,
    'image/png',
    'text',
  ],
  // JSON comes first: it shows how the old service paired the packages, which explains the other formats.
  diffoscope: [
    'application/json',
    null,
    'text/plain',
    'text/markdown',
    'text/html',
    BROWSER,
    'image/png',
    'text',
  ],
}

/** The requests that need no pair of runs. */
export function generalRequests(): CheckRequest[] {
  const requests = [
    get('/health'),
    get('/health', { method: 'HEAD' }),
    get('/ready', { statusOnly: true }),
    get('/metrics', { statusOnly: true }),
    get('/differ-check-no-such-path'),
    get('/health/'),
    get('//health?x=1'),
    get('/precache-all'),
    get(`/precache/${UNKNOWN.old}/${UNKNOWN.new}`),
  ]
  for (const about of ['debdiff', 'diffoscope'] as const) {
    const path = diffPath(about, UNKNOWN)
    for (const accept of [null, 'text/plain', 'image/png']) requests.push(get(path, { about, accept }))
    requests.push(get(path, { about, method: 'HEAD' }))
    requests.push(get(`/${about}/a%00b/${UNKNOWN.new}`, { about, accept: 'text/plain' }))
    requests.push(get(`/${path}`, { about }), get(`${path}/`, { about }))
  }
  return requests
}

/** The requests for one pair. The first request of a kind may make the diff, so their order matters. */
export function pairRequests(pair: Pair, withPrecache: boolean): CheckRequest[] {
  const requests: CheckRequest[] = []
  for (const about of ['debdiff', 'diffoscope'] as const) {
    const path = diffPath(about, pair)
    for (const accept of ACCEPTS[about]) requests.push(get(path, { about, accept }))
    for (const accept of ACCEPTS[about].slice(0, -2))
      requests.push(get(`${path}?filter_boring=1`, { about, accept, filtered: true }))
    requests.push(get(path, { about, accept: 'text/plain', method: 'HEAD' }))
    requests.push(get(`${path}?filter_boring`, { about, accept: 'text/plain', filtered: true }))
    // The request of the Janitor's web site.
    requests.push(get(`${path}?jquery_url=%2Fjquery.js`, { about, accept: 'text/html' }))
    // Unknown runs: the header `unavailable_run_id` names the old or the new one.
    requests.push(get(diffPath(about, { ...pair, old: UNKNOWN.old }), { about }))
    requests.push(get(diffPath(about, { ...pair, new: UNKNOWN.new }), { about }))
  }
  const stream = `${diffPath('debdiff', pair)}/stream`
  requests.push(
    get(stream, { about: 'debdiff' }),
    get(stream, { about: 'debdiff', accept: 'text/html' }),
    get(`${stream}?filter_boring=1`, { about: 'debdiff', filtered: true }),
    get(`${diffPath('diffoscope', pair)}?css_url=%2Fstyle.css`, { about: 'diffoscope', accept: 'text/html' }),
  )
  if (withPrecache) requests.push(get(diffPath('precache', pair), { method: 'POST' }))
  return requests
}

function get(path: string, more: Partial<CheckRequest> = {}): CheckRequest {
  return { method: 'GET', path, accept: null, about: 'other', filtered: false, ...more }
}

function diffPath(route: string, pair: Pair): string {
  return `/${route}/${encodeURIComponent(pair.old)}/${encodeURIComponent(pair.new)}`
}
