/**
 * Links to the parts that a page omits. If scripts run, page/script.ts can load a part into the page instead.
 */
import { escapeAttribute } from '../escape.ts'
import type { PagePosition } from './page-position.ts'

/** Returns the URL of the page that begins at a position. */
export type PositionUrl = (position: PagePosition) => string

/** What is omitted: rows of a table, a table, the text of a line, or nodes. */
export type Rest = 'rows' | 'table' | 'line' | 'nodes'

/** @param html the link's content, which is returned without a link if there is no URL */
export function restLink(rest: Rest, url: string | undefined, html: string): string {
  return url === undefined ? html : `<a href="${escapeAttribute(url)}" data-rest="${rest}">${html}</a>`
}
