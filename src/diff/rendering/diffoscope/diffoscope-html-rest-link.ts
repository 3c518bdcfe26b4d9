/** Links to what a page leaves out. Where scripts run, page/script.ts fetches it and puts it there. */
import { escapeAttribute } from '../escape.ts'
import type { PagePosition } from './page-position.ts'

/** The address of a page that begins at a place. */
export type PositionUrl = (place: PagePosition) => string

/** What is left out: rows of a table, a table, the text of a line, or nodes. */
export type Rest = 'rows' | 'table' | 'line' | 'nodes'

/** @param text is HTML; without an address it stands for itself */
export function restLink(rest: Rest, url: string | undefined, text: string): string {
  return url === undefined ? text : `<a href="${escapeAttribute(url)}" data-rest="${rest}">${text}</a>`
}
