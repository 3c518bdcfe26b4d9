/**
 * Numbers, sizes, times and untrusted text for people. `Intl` is not used: to load its data takes a browser 20 to
 * 30 ms, before the first paint.
 */
import { INVISIBLE_CLASS } from '../generated/invisible-characters.ts'

/** `1,234,567`. @param value a whole number */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
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

const DAY_MS = 86_400_000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** `28 Nov 2026, 10:26`, where the reader is. */
export function time(iso: string): string {
  const date = new Date(iso)
  return `${day(date)} ${date.getFullYear()}, ${hourAndMinute(date)}`
}

/** When what is not over began: `10:26`; `28 Nov` after a day. */
export function since(iso: string): string {
  const start = new Date(iso)
  return Date.now() - start.getTime() < DAY_MS ? hourAndMinute(start) : day(start)
}

function day(date: Date): string {
  return `${date.getDate()} ${MONTHS[date.getMonth()]}`
}

function hourAndMinute(date: Date): string {
  return clock(date).slice(0, 5)
}

/** `10:26:03`. */
export function clock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
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

const MINUTE_MS = 60_000
const UNITS = [
  ['d', 1440],
  ['h', 60],
  ['m', 1],
] as const

/** How long ago a time was: `3h ago`; a date after a month. */
export function age(iso: string): string {
  const minutes = Math.round((Date.now() - Date.parse(iso)) / MINUTE_MS)
  const [unit, length] = UNITS.find(([, length]) => minutes >= length) ?? UNITS[2]
  return minutes > 30 * 1440 ? iso.slice(0, 10) : `${Math.max(0, Math.floor(minutes / length))}${unit} ago`
}
