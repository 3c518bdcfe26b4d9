/** Whether dates that differ are one moment in two time zones, or one date in two languages. */
import type { NoiseClass } from '../types.ts'
import { datePattern } from './dates.ts'
import { lineDifference } from './line-difference.ts'

const ENGLISH_MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** The first letters of months that are others in French, German, Spanish and Italian. */
const OTHER_MONTHS: Readonly<Record<string, number>> = {
  fév: 1,
  fev: 1,
  mär: 2,
  mrz: 2,
  avr: 3,
  abr: 3,
  mai: 4,
  mag: 4,
  jui: 5,
  giu: 5,
  lug: 6,
  aoû: 7,
  aou: 7,
  ago: 7,
  set: 8,
  okt: 9,
  ott: 9,
  dez: 11,
  déc: 11,
  dic: 11,
  ene: 0,
  gen: 0,
}
const DAY_MS = 86_400_000
/** How many lines are examined. The dates that a build writes into a document are few. */
const MAX_LINES = 200

/** LOCALE and TIMEZONE, where a pair of lines that differ has dates of which this can be said. */
export function dateClasses(oldText: string, newText: string): Set<NoiseClass> {
  const classes = new Set<NoiseClass>()
  const [oldLines, newLines] = [oldText.split('\n'), newText.split('\n')]
  const { removed, added } = lineDifference(oldLines, newLines)
  for (const [index, at] of removed.slice(0, MAX_LINES).entries()) {
    const [one, other] = [datesOf(oldLines[at]), datesOf(newLines[added[index] ?? -1])]
    for (const [position, date] of one.entries()) {
      const partner = other[position]
      if (!partner || date.text === partner.text) continue
      if (date.isEnglish !== partner.isEnglish) classes.add('LOCALE')
      if (isSameMoment(date, partner)) classes.add('TIMEZONE')
    }
  }
  return classes
}

interface ReadDate {
  readonly text: string
  /** False where a month or day has a name of another language. */
  readonly isEnglish: boolean
  /** Milliseconds since 1970, as if it were UTC; null where the month is not known. */
  readonly time: number | null
  /** Minutes east of UTC; null without a zone. */
  readonly zone: number | null
  readonly hasTime: boolean
}

function datesOf(line = ''): ReadDate[] {
  return [...line.slice(0, 2_000).matchAll(datePattern())].map(([text]) => readDate(text))
}

function readDate(text: string): ReadDate {
  const [, year = ''] = /\b((?:19|20)\d{2})\b/.exec(text) ?? []
  const iso = /^\s*\d{4}[-/.](\d{1,2})[-/.](\d{1,2})/.exec(text)
  const [, day = ''] =
    /(?<![\d:])(\d{1,2})(?![\d:])/.exec(text.replace(/\d{1,2}:\d{2}(?::\d{2})?.*$/, '')) ?? []
  const words = (text.match(/[a-zà-ÿ]{3,}/gi) ?? []).map((word) => word.toLowerCase())
  const months = words.map((word) => monthOf(word.slice(0, 3)))
  const month = iso ? Number(iso[1]) - 1 : (months.find((one) => one !== null) ?? null)
  const [, hours, minutes, seconds = '0'] = /(\d{1,2}):(\d{2})(?::(\d{2}))?/.exec(text) ?? []
  const date = month === null ? null : Date.UTC(Number(year), month, Number(iso?.[2] ?? day))
  return {
    text,
    isEnglish: words.every((word) => ENGLISH.some((known) => known.startsWith(word))),
    time:
      date === null
        ? null
        : date + (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds)) * 1000,
    zone: zoneOf(text),
    hasTime: hours !== undefined,
  }
}

/** What a word in a date may be the beginning of: `janvier` is none of these, though `jan` is one. */
const ENGLISH = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october'],
  ...['november', 'december', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
  ...['utc', 'gmt', 'cet', 'est', 'edt', 'pst', 'pdt'],
]

function monthOf(word: string): number | null {
  const english = ENGLISH_MONTHS.indexOf(word)
  return english >= 0 ? english : (OTHER_MONTHS[word] ?? null)
}

/** Minutes east of UTC. `GMT+5` is what people write; zones with other names are not known. */
function zoneOf(text: string): number | null {
  if (/\d(?:Z| ?(?:UTC|GMT))(?![+-])/.test(text) || /\b(?:UTC|GMT)\b(?![+-])/.test(text)) return 0
  const [, sign, hours, minutes = '0'] =
    /(?:\d ?|GMT|[ ])([+-])(\d{2}):?(\d{2})?\b(?!-)/.exec(text.replace(/^\s*\d{4}-\d\d-\d\d/, '')) ?? []
  return hours === undefined ? null : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** With zones: the same instant. Without a time of day, as mdate-sh writes it: neighbouring days. */
function isSameMoment(one: ReadDate, other: ReadDate): boolean {
  if (one.time === null || other.time === null) return false
  if (one.hasTime && other.hasTime)
    return (
      one.zone !== null &&
      other.zone !== null &&
      one.zone !== other.zone &&
      one.time - one.zone * 60_000 === other.time - other.zone * 60_000
    )
  return !one.hasTime && !other.hasTime && Math.abs(one.time - other.time) === DAY_MS
}
