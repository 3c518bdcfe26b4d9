/** The route: the path below `<base>` and the query. The URL is the only place that stores it. */
import { useLayoutEffect, useState } from 'preact/hooks'

export interface Route {
  /** The decoded parts of the path: `['compare', OLD, NEW]`. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

const base = () => new URL(document.baseURI).pathname.replace(/\/$/, '')
const ROUTE_CHANGED = 'differ:route'

function routeOf({ pathname, search }: Location): Route {
  const path = pathname.slice(base().length).split('/').filter(Boolean).map(decode)
  return { path, query: new URLSearchParams(search) }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The URL of a route. Query values that are null, false or empty are omitted. */
export function urlOf(
  path: readonly string[],
  query: Readonly<Record<string, string | boolean | null | undefined>> = {},
): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value === true ? '1' : value)
  const text = search.toString()
  return `${base()}/${path.map(encodeURIComponent).join('/')}${text && `?${text}`}`
}

/** The list of runs. Where there are campaigns, these are the first page. */
export function urlOfRuns(query: Parameters<typeof urlOf>[1] = {}): string {
  return urlOf(hasCampaigns() ? ['runs'] : [], query)
}

/** Whether the service has a state, from which it knows campaigns. It says so in the page. */
export function hasCampaigns(): boolean {
  return document.querySelector('meta[name=differ-campaigns]') !== null
}

/** @param how `replace` for what should not be a step of the history, such as the scroll position */
export function navigate(url: string, how: 'push' | 'replace' = 'push'): void {
  if (url === location.pathname + location.search) return
  if (how === 'push') history.pushState(null, '', url)
  else history.replaceState(null, '', url)
  dispatchEvent(new Event(ROUTE_CHANGED))
}

/** Changes some query parameters and keeps the others. */
export function changeQuery(
  changes: Readonly<Record<string, string | boolean | null>>,
  how: 'push' | 'replace' = 'push',
): void {
  const { path, query } = routeOf(location)
  navigate(urlOf(path, { ...Object.fromEntries(query), ...changes }), how)
}

/** The first page was the list of runs, also where there are campaigns now: a link to it has filters. */
export function followOldLink(): void {
  const { path, query } = routeOf(location)
  if (path.length === 0 && query.size > 0 && hasCampaigns())
    history.replaceState(null, '', urlOfRuns() + location.search)
}

/** The current route. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location))
  // Before the first paint: a step back may come right after it.
  useLayoutEffect(() => {
    const update = () => setRoute(routeOf(location))
    addEventListener('popstate', update)
    addEventListener(ROUTE_CHANGED, update)
    return () => {
      removeEventListener('popstate', update)
      removeEventListener(ROUTE_CHANGED, update)
    }
  }, [])
  return route
}

/** Makes links within the application change the route instead of loading the page again. */
export function followLinks(): void {
  addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a')
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (!link || !plain || event.defaultPrevented || link.target || link.download) return
    const url = new URL(link.href)
    if (url.origin !== location.origin || !isRoute(url.pathname)) return
    event.preventDefault()
    navigate(url.pathname + url.search)
  })
}

/** Whether the service answers a path with this page. */
function isRoute(pathname: string): boolean {
  if (!`${pathname}/`.startsWith(`${base()}/`)) return false
  const [first = '', ...others] = pathname.slice(base().length).split('/').filter(Boolean)
  // The feed of a campaign is none of these views.
  if (first === 'campaigns') return others.length === 1
  return ['', 'compare', 'queue', 'runs'].includes(first)
}
