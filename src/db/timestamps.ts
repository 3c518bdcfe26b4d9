/**
 * Times of the farm: UTC in columns without a time zone. They are read and written as text in one form,
 * whatever `DateStyle` and `TimeZone` of the database, its role or its server say.
 */
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { customType } from 'drizzle-orm/pg-core'

/** `2026-11-03 01:30:00.000000`, with ` BC` for a year before 1; or `infinity`, `-infinity`. */
const TIME = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?( BC)?$/
/** The years that PostgreSQL can store. */
const LAST_YEAR = 294_276
const FIRST_YEAR_BC = 4_713

/**
 * A column to compare with and to write. Select it with `timeText`: PostgreSQL writes a plain column in the
 * date style of the database.
 */
export const utcTimestamp = customType<{ data: Date; driverData: string }>({
  dataType: () => 'timestamp',
  toDriver: toTimestamp,
  fromDriver: () => {
    throw new Error('Select a time with timeText()')
  },
})

/** The time in a column as text with microseconds, which a `Date` would drop; null for null. */
export function timeText(column: SQLWrapper): SQL<string | null> {
  return sql<string | null>`CASE WHEN isfinite(${column})
    THEN to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US') || CASE WHEN ${column} < '0001-01-01' THEN ' BC' ELSE '' END
    ELSE ${column}::text END`
}

/** The time in a column, as `dateOf` reads it. */
export function timeOf(column: SQLWrapper): SQL<Date | null> {
  return timeText(column).mapWith(dateOf)
}

/**
 * Reads a text of `timeText`. Null for a time that RFC 3339 cannot express: `infinity`, and years before 1 or
 * after 9999.
 */
export function dateOf(text: string | null): Date | null {
  const [, year = '', , , , , , isBc] = TIME.exec(text ?? '') ?? []
  return text === null || year.length !== 4 || isBc ? null : new Date(`${text.replace(' ', 'T')}Z`)
}

/** Whether PostgreSQL can have written the text. Clients send cursors, so 30 February is possible here. */
export function isTimeText(text: string): boolean {
  if (text === 'infinity' || text === '-infinity') return true
  const [, ...parts] = TIME.exec(text) ?? []
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map(Number)
  const isBc = parts[6] !== undefined
  if (year < 1 || year > (isBc ? FIRST_YEAR_BC : LAST_YEAR)) return false
  // The calendar repeats every 400 years. 1 BC is the year before 1.
  const sameCalendar = 2000 + ((isBc ? 1 - year : year) % 400)
  const date = new Date(Date.UTC(sameCalendar, month - 1, day))
  const isDay = month >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return isDay && hour < 24 && minute < 60 && second < 60
}

/** The time as PostgreSQL reads it. JavaScript counts a year 0, which is 1 BC. */
function toTimestamp(time: Date): string {
  const year = time.getUTCFullYear()
  const [, rest = ''] = /^[+-]?\d+(-.*)Z$/.exec(time.toISOString()) ?? []
  const shownYear = String(year > 0 ? year : 1 - year).padStart(4, '0')
  return `${shownYear}${rest.replace('T', ' ')}${year > 0 ? '' : ' BC'}`
}
