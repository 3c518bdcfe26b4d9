/** Where in the application one is: the path below <base>, and what the query says. The address bar is the only place that holds it. */
import { useEffect, useState } from 'preact/hooks'

export interface Place {
  /** Decoded pieces of the path: `['compare', OLD, NEW]`. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

const base = () => new URL(document.baseURI).pathname.replace(/\/$/, '')
const CHANGED = 'differ:place'

function placeOf({ pathname, search }: Location): Place {
  const path = pathname.slice(base().length).split('/').filter(Boolean).map(decoded)
  return { path, query: new URLSearchParams(search) }
}

function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece)
  } catch {
    return piece
  }
}

/** The address of a place. Values that are null, false or empty are left out. */
export function addressOf(
  path: readonly string[],
  query: Readonly<Record<string, string | boolean | null | undefined>> = {},
): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value === true ? '1' : value)
  const text = search.toString()
  return `${base()}/${path.map(encodeURIComponent).join('/')}${text && `?${text}`}`
}

/** @param how `replace` for what is no step of its own, such as where one has scrolled to */
export function go(address: string, how: 'push' | 'replace' = 'push'): void {
  if (address === location.pathname + location.search) return
  if (how === 'push') history.pushState(null, '', address)
  else history.replaceState(null, '', address)
  dispatchEvent(new Event(CHANGED))
}

/** Changes what the query says and leaves the rest. */
export function changeQuery(
  changes: Readonly<Record<string, string | boolean | null>>,
  how: 'push' | 'replace' = 'push',
): void {
  const { path, query } = placeOf(location)
  go(addressOf(path, { ...Object.fromEntries(query), ...changes }), how)
}

/** The place, as it changes. */
export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location))
  useEffect(() => {
    const look = () => setPlace(placeOf(location))
    addEventListener('popstate', look)
    addEventListener(CHANGED, look)
    return () => {
      removeEventListener('popstate', look)
      removeEventListener(CHANGED, look)
    }
  }, [])
  return place
}

/** Lets links within the application change the place instead of loading the page again. */
export function followLinks(): void {
  addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a')
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (!link || !plain || event.defaultPrevented || link.target || link.download) return
    const url = new URL(link.href)
    if (url.origin !== location.origin || !isOurs(url.pathname)) return
    event.preventDefault()
    go(url.pathname + url.search)
  })
}

/** The paths that the service answers with this page; what else it answers is its own. */
function isOurs(pathname: string): boolean {
  if (!`${pathname}/`.startsWith(`${base()}/`)) return false
  const [first = ''] = pathname.slice(base().length).split('/').filter(Boolean)
  return ['', 'compare', 'queue'].includes(first)
}
