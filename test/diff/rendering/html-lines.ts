/** The lines that a report's page shows, whoever made it. */
import { expect } from 'vitest'

/** The numbers and texts of each side, in order; changed or not, and beside what, is not in it. */
export interface Hunk {
  header: string
  old: string[]
  new: string[]
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'" }
/** Control characters of changed lines are dots in diffoscope's page; here they are spelled out everywhere, and marks that turn text as well. */
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+|#x27);/g, (_, name: string) => ENTITIES[name] ?? '?')
    .replace(/\\x[0-9a-f]{1,2}/g, '.')
    .replace(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** Every hunk of every table of a page, this project's or diffoscope's own. */
export function hunksOf(html: string): Hunk[][] {
  return html
    .split('<table class="diff">')
    .slice(1)
    .map((table) => {
      const hunks: Hunk[] = []
      for (const [, kind, row] of table
        .slice(0, table.indexOf('</table>'))
        .matchAll(/<tr class="diff(\w+)">(.*?)<\/tr>/gs) as Iterable<[string, string, string]>) {
        const cells = [...row.matchAll(/<td([^>]*)>(.*?)<\/td>/gs)] as unknown as [string, string, string][]
        if (kind === 'hunk') {
          hunks.push({ header: cells.map((cell) => textOf(cell[2])).join('/'), old: [], new: [] })
          continue
        }
        const sides: (string | null)[] = []
        for (let i = 0; i < cells.length; i += 1) {
          const [, attributes, content] = cells[i] as [string, string, string]
          if (attributes.includes('colspan')) sides.push(null)
          else sides.push(`${content}${textOf((cells[++i] as [string, string, string])[2])}`)
        }
        const hunk = hunks.at(-1) as Hunk
        if (typeof sides[0] === 'string') hunk.old.push(sides[0])
        if (typeof sides[1] === 'string') hunk.new.push(sides[1])
      }
      return hunks
    })
}

/** A page's table at this place. */
function tableOf(page: string, at: number): string {
  return page.split('<table class="diff">')[at + 1]?.split('</table>')[0] ?? ''
}

/** Whether it ends with a row that leads on. */
const isCut = (table: string) => table.includes('"ondemand"')
const rowsOf = (table: string) => table.match(/<tr class="diff(?!note)/g)?.length ?? 0

/** A table's lines on one side, one after the other, with the headings between them. */
function sideOf(hunks: readonly Hunk[], side: 'old' | 'new'): string[] {
  return hunks.flatMap((hunk) => [hunk.header, ...hunk[side]])
}

/**
 * Holds a page's lines against diffoscope's, which may stop early in long ones. Where a table is cut it depends on which lines stand side by side
 * how far each side goes, and that is free: as far as both go, they are to be the same.
 */
export function expectSameLines(page: string, theirs: string): void {
  const [found, want] = [hunksOf(page), hunksOf(theirs)]
  expect(want.flat().length).toBeGreaterThan(0)
  expect(found.length).toBe(want.length)
  want.forEach((hunks, table) => {
    const cut = isCut(tableOf(page, table))
    if (cut) expect(rowsOf(tableOf(page, table))).toBe(rowsOf(tableOf(theirs, table)))
    for (const side of ['old', 'new'] as const) {
      const [ours, others] = [sideOf(found[table] ?? [], side), sideOf(hunks, side)]
      const both = cut ? Math.min(ours.length, others.length) : undefined
      const begun = others.map((text, at) => {
        const shown = /^(.*)\[·\.\.\.·truncated·by·diffoscope/s.exec(text)?.[1]
        return shown !== undefined && ours[at]?.startsWith(shown) ? ours[at] : text
      })
      expect(ours.slice(0, both)).toEqual(begun.slice(0, both))
    }
  })
}
