/** Dates and times as tools write them into files, in the languages and forms that build machines are set to. */

const MONTHS = [
  'jan(?:uary|vier|uar|\\.)?',
  'feb(?:ruary|ruar|braio|\\.)?|f[\\xe9]v(?:rier|r\\.|\\.)?|fév(?:rier|r\\.|\\.)?',
  'mar(?:ch|s|zo|\\.)?|m(?:\\xe4|ä)rz|mrz',
  'apr(?:il|ile|\\.)?|avr(?:il|\\.)?',
  'may|mai|mag(?:gio)?|mayo',
  'jun[ei]?(?:\\.)?|juin',
  'jul[iy]?(?:\\.)?|juil(?:let|\\.)?',
  'aug(?:ust|\\.)?|ao(?:\\xfb|û)t|ago(?:sto)?',
  'sep(?:t|tember|tembre|\\.)?',
  'o[ckt]t(?:ober|obre|\\.)?|okt(?:ober|\\.)?',
  'nov(?:ember|embre|\\.)?',
  'd[ei][cz](?:ember|\\.)?|d(?:\\xe9|é)c(?:embre|\\.)?',
].join('|')
const DAYS =
  '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|(?:lun|mar|mer|jeu|ven|sam|dim)(?:di|edi|credi|dredi|anche|\\.)?|(?:mo|di|mi|do|fr|sa|so)(?:ntag|enstag|ttwoch|nnerstag|eitag|mstag|nntag|\\.)?'
const TIME = '\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?(?: ?[AP]M\\b)?'
const ZONE = '(?:[A-Z]{2,5}|[+-]\\d{2}(?::?\\d{2})?|GMT[+-]\\d+|Z)'
const YEAR = '(?:19|20)\\d{2}'

/**
 * One date with, before or without a time: `Sat Jan 10 08:00:00 UTC 2026`, `10 January 2026`, `Jan 10, 2026`, `ven 09 jan 2026 20:00:00 -12`,
 * `2026-01-10T08:00:00Z`, `2026/01/10`, `20260110` is not one (it is a number first).
 */
export const DATE = [
  `(?:\\b(?:${DAYS}),? +)?\\b(?:${MONTHS}) +\\d{1,2}(?:st|nd|rd|th)?,? +(?:${TIME} +(?:${ZONE} +)?)?${YEAR}(?:,? +(?:at +)?${TIME}(?: +${ZONE})?)?`,
  `(?:\\b(?:${DAYS}),? +)?\\b\\d{1,2}\\.?(?:st|nd|rd|th)?[ -]+(?:of +)?(?:${MONTHS})[ ,-]+${YEAR}(?:,? +(?:at +)?${TIME}(?:,? *${ZONE})?)?`,
  `\\b${YEAR}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\\d|3[01])\\b(?:[T ]+${TIME}(?: ?${ZONE})?)?`,
  `\\b(?:0?[1-9]|[12]\\d|3[01])[./](?:0?[1-9]|1[0-2])[./]${YEAR}\\b(?:,? +${TIME}(?: ?${ZONE})?)?`,
  // The month first: DocBook XSL and asciidoctor write man pages so.
  `\\b(?:0?[1-9]|1[0-2])/(?:1[3-9]|2\\d|3[01])/${YEAR}\\b(?:,? +${TIME}(?: ?${ZONE})?)?`,
  `\\b(?:${MONTHS}) +${YEAR}\\b`,
].join('|')

/** A new expression each time, because a global one holds where it stands. */
export function datePattern(flags = 'gi'): RegExp {
  return new RegExp(DATE, flags)
}

const WHOLE_DATE = new RegExp(`^\\s*(?:${DATE})\\s*$`, 'i')
const DAY_FIRST = new RegExp(`^\\s*(?:${DAYS})[ ,]`, 'i')

/** Whether a text is what `date` prints: it begins with the name of a day. */
export function isPrintedDate(text: string): boolean {
  return isDate(text) && DAY_FIRST.test(text)
}

/** Whether a text is one date and nothing else. */
export function isDate(text: string): boolean {
  return WHOLE_DATE.test(text)
}

/** The pattern of a date within another pattern. */
export const DATE_SOURCE = `(?:${DATE})`

/** Words that give a date a meaning besides "when this was made". */
const MEANING =
  /\b(until|till|expir\w*|valid\w*|before|after|since|deadline|due|ends?|ending|starts?|starting|effective|supported|support|released?|required?|requires|born|died|not|no later|license\w*|licence\w*|copyright)\b/i
const MAX_GAP = 90

/** Replaces the dates that stand after a word in the same line, close to it, if nothing between them gives them another meaning. */
export function replaceDatesAfter(line: string, words: RegExp, replacement: string): string {
  if (!words.test(line)) return line
  const all = new RegExp(words.source, words.flags.includes('g') ? words.flags : `${words.flags}g`)
  const ends = [...line.matchAll(all)].map((match) => match.index + match[0].length)
  let passed = 0
  return line.replace(datePattern(), (...match: (string | number)[]) => {
    const date = String(match[0])
    const at = match.find((part): part is number => typeof part === 'number') ?? 0
    // Dates come from left to right: each word is passed once, however long the line is.
    while ((ends[passed] ?? Number.POSITIVE_INFINITY) <= at) passed += 1
    const end = ends[passed - 1]
    const isStamp = end !== undefined && at - end <= MAX_GAP && !MEANING.test(line.slice(end, at))
    return isStamp ? replacement : date
  })
}
