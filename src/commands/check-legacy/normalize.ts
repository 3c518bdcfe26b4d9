/** Turns bodies into lines that can be compared: only what the contract guarantees for each format. */
import type { CheckRequest } from './requests.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
}

/** Replaces HTML entities by their characters. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (entity, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? entity
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : entity
  })
}

/** JSON with sorted keys, one line for each value; null for invalid JSON. */
export function jsonLines(body: string): string[] | null {
  try {
    return JSON.stringify(JSON.parse(body, withSortedKeys), null, 1)
      .split('\n')
      .map((line) => line.replace(/,$/, ''))
  } catch {
    return null
  }
}

function withSortedKeys(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The single page of both services shows at most this many rows of a table. */
const MAX_ROWS = 128
/** Stands for the rows of a table that a page omits. */
const OMITTED = '…'
const TABLE_END = 'end of the table'

/**
 * The contents of a diffoscope page: its title, then in order the compared files, comments and hunks, and for
 * each table the lines of the left side and those of the right side. The contract does not fix which lines
 * share a row, so a table with omitted rows may show more lines of a side on one page than on the other; `…`
 * ends its lines.
 */
export function reportPageLines(html: string): string[] {
  const lines: string[] = [`title: ${textOf(/<title>([\s\S]*?)<\/title>/i.exec(html)?.[1] ?? '')}`]
  const table: { left: string[]; right: string[]; rows: number } = { left: [], right: [], rows: 0 }
  const flush = () => {
    const end = table.rows >= MAX_ROWS ? [OMITTED] : []
    lines.push(...table.left, ...end, ...table.right, ...end)
    Object.assign(table, { left: [], right: [] })
  }
  const parts = html.matchAll(
    /<(span|div) class="(source|comment)"[^>]*>([\s\S]*?)<\/\1>|<tr class="diff(hunk|changed|added|deleted|unmodified)"[^>]*>([\s\S]*?)<\/tr>|<\/table>/g,
  )
  for (const [whole, , what, text = '', row, cells = ''] of parts) {
    if (what) lines.push(`${what}: ${textOf(text)}`)
    else if (row === 'hunk') {
      flush()
      lines.push(`hunk: ${cellsOf(cells).join(' | ')}`)
    } else if (row) {
      const [leftNumber = '', left = '', rightNumber = '', right = ''] = cellsOf(cells)
      if (leftNumber) table.left.push(`- ${leftNumber} ${left}`)
      if (rightNumber) table.right.push(`+ ${rightNumber} ${right}`)
      table.rows++
    } else if (whole === '</table>') {
      flush()
      lines.push(TABLE_END)
      table.rows = 0
    }
  }
  return lines
}

function cellsOf(row: string): string[] {
  return [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].map(([, cell = '']) => textOf(cell))
}

function textOf(html: string): string {
  return decodeEntities(html.replace(/<[^>]*>/g, ''))
    .replace(/\u200b/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

/** The lines of a body to compare. */
export function linesOf(request: CheckRequest, contentType: string, body: string): string[] {
  if (/json/.test(contentType)) return jsonLines(body) ?? body.split('\n')
  if (request.about === 'diffoscope' && /html/.test(contentType)) return reportPageLines(body)
  return body.split('\n')
}

/**
 * The index of the first line that differs; -1 if none does. Where one page omits rows of a table, the rest
 * of that table is skipped on both.
 */
export function firstDifference(oldLines: readonly string[], newLines: readonly string[]): number {
  let [i, j] = [0, 0]
  while (i < oldLines.length || j < newLines.length) {
    if (oldLines[i] !== newLines[j]) {
      if (oldLines[i] !== OMITTED && newLines[j] !== OMITTED) return i
      i = oldLines.indexOf(TABLE_END, i)
      j = newLines.indexOf(TABLE_END, j)
    }
    i++
    j++
  }
  return -1
}
