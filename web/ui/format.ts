/** Numbers, sizes, times and untrusted text for people. */
import { INVISIBLE_CLASS } from '../generated/invisible-characters.ts'

const numbers = new Intl.NumberFormat('en')

export function count(value: number): string {
  return numbers.format(value)
}

/** `1 file`, `2 files`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** @param bytes may be negative */
export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = Math.abs(bytes)
  let unit = 0
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${bytes < 0 ? '−' : ''}${value.toFixed(digits)} ${units[unit]}`
}

export function sizeChange(bytes: number): string {
  return bytes === 0 ? '±0' : bytes > 0 ? `+${size(bytes)}` : size(bytes)
}

const times = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

export function time(iso: string): string {
  return times.format(new Date(iso))
}

export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `LINTIAN_FIXES` → `lintian fixes`. */
export function words(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ')
}

/** Replaces invisible characters of untrusted text by visible ones; spaces and tabs are kept. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x20) return String.fromCodePoint(CONTROL_PICTURES + code)
    return code === DELETE ? '␡' : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
  })
}

/** The Unicode block that depicts U+0000 to U+001F. */
const CONTROL_PICTURES = 0x2400
const DELETE = 0x7f
const INVISIBLE = new RegExp(`(?![ \\t])[${INVISIBLE_CLASS}]`, 'gu')

const ages = new Intl.RelativeTimeFormat('en', { style: 'narrow' })
const MINUTE_MS = 60_000
const UNITS = [
  ['day', 1440],
  ['hour', 60],
  ['minute', 1],
] as const

/** How long ago a time was: `3 h ago`; a date after a month. */
export function age(iso: string): string {
  const minutes = Math.round((Date.now() - Date.parse(iso)) / MINUTE_MS)
  const [unit, length] = UNITS.find(([, length]) => minutes >= length) ?? UNITS[2]
  return minutes > 30 * 1440 ? iso.slice(0, 10) : ages.format(-Math.floor(minutes / length), unit)
}
