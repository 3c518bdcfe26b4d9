/** Text as PostgreSQL can store it: without NUL, and with whole surrogate pairs only. */
export function storable(text: string): string {
  return Buffer.from(text).toString('utf8').replaceAll('\0', '\\x00')
}
