/** Bodies as lines that can be compared: of each form what the contract says of it, and no more. */
import type { CheckRequest } from './requests.ts'

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
}

/** Entities as the characters that they stand for. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (entity, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? entity
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : entity
  })
}

/** JSON with its keys in order, a line for each value; null for what is no JSON. */
export function jsonLines(body: string): string[] | null {
  try {
    return JSON.stringify(JSON.parse(body, inOrder), null, 1)
      .split('\n')
      .map((line) => line.replace(/,$/, ''))
  } catch {
    return null
  }
}

function inOrder(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The single page of either shows so many rows of a table. */
const CUT_ROWS = 128
const CUT = '…'
const TABLE_END = 'end of the table'

/**
 * What a diffoscope page says: its title, then in order the names of what is compared, comments, hunks, and of each table the lines of the left side
 * and those of the right. How lines are paired into rows is free, so a table that was cut may show more lines of a side on one page than on the other: `…` stands
 * where its last lines end.
 */
export function reportPageLines(html: string): string[] {
  const lines: string[] = [`title: ${textOf(/<title>([\s\S]*?)<\/title>/i.exec(html)?.[1] ?? '')}`]
  const table: { left: string[]; right: string[]; rows: number } = { left: [], right: [], rows: 0 }
  const flush = () => {
    const cut = table.rows >= CUT_ROWS ? [CUT] : []
    lines.push(...table.left, ...cut, ...table.right, ...cut)
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

/** The body as lines to compare, by its request and its content type. */
export function linesOf(request: CheckRequest, contentType: string, body: string): string[] {
  if (/json/.test(contentType)) return jsonLines(body) ?? body.split('\n')
  if (request.about === 'diffoscope' && /html/.test(contentType)) return reportPageLines(body)
  return body.split('\n')
}

/**
 * Where two lists of lines first differ; -1 where they do not. Where one page's table ends by a cut, the rest of that table is passed over on
 * both.
 */
export function firstDifference(old: readonly string[], fresh: readonly string[]): number {
  let [i, j] = [0, 0]
  while (i < old.length || j < fresh.length) {
    if (old[i] !== fresh[j]) {
      if (old[i] !== CUT && fresh[j] !== CUT) return i
      i = old.indexOf(TABLE_END, i)
      j = fresh.indexOf(TABLE_END, j)
    }
    i++
    j++
  }
  return -1
}
