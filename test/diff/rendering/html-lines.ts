/** Reads the lines that a report's page shows, whether Differ or diffoscope made it. */
import { expect } from 'vitest'

/** The numbers and texts of each side, in order, without whether they changed and what is beside them. */
export interface Hunk {
  header: string
  old: string[]
  new: string[]
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'" }
/**
 * The text of HTML. diffoscope shows control characters in changed lines as dots, while Differ spells them
 * out everywhere, and direction marks too.
 */
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+|#x27);/g, (_, name: string) => ENTITIES[name] ?? '?')
    .replace(/\\x[0-9a-f]{1,2}/g, '.')
    .replace(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** Every hunk of every table of a page. */
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

/** A page's table by its number, from 0. */
function tableOf(page: string, at: number): string {
  return page.split('<table class="diff">')[at + 1]?.split('</table>')[0] ?? ''
}

/** Whether the table ends with a link to its other rows. */
const isCut = (table: string) => table.includes('"ondemand"')
const rowsOf = (table: string) => table.match(/<tr class="diff(?!note)/g)?.length ?? 0

/** A table's lines on one side, with the hunk headers between them. */
function sideOf(hunks: readonly Hunk[], side: 'old' | 'new'): string[] {
  return hunks.flatMap((hunk) => [hunk.header, ...hunk[side]])
}

/**
 * Expects the same lines in a page as in diffoscope's, which may truncate long lines. If a table is cut, the
 * pairing of lines decides how far each side goes. The pairing may differ, so the sides are compared as far
 * as both go.
 */
export function expectSameLines(page: string, diffoscopePage: string): void {
  const [found, want] = [hunksOf(page), hunksOf(diffoscopePage)]
  expect(want.flat().length).toBeGreaterThan(0)
  expect(found.length).toBe(want.length)
  want.forEach((hunks, table) => {
    const cut = isCut(tableOf(page, table))
    // Fewer where its lines have very many changes each, which count for the size of a page.
    if (cut) {
      const rows = rowsOf(tableOf(page, table))
      expect(rows).toBeGreaterThan(0)
      expect(rows).toBeLessThanOrEqual(rowsOf(tableOf(diffoscopePage, table)))
    }
    for (const side of ['old', 'new'] as const) {
      const [lines, expected] = [sideOf(found[table] ?? [], side), sideOf(hunks, side)]
      const both = cut ? Math.min(lines.length, expected.length) : undefined
      const completed = expected.map((text, at) => {
        const shown = /^(.*)\[·\.\.\.·truncated·by·diffoscope/s.exec(text)?.[1]
        return shown !== undefined && lines[at]?.startsWith(shown) ? lines[at] : text
      })
      expect(lines.slice(0, both)).toEqual(completed.slice(0, both))
    }
  })
}
