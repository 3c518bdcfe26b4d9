/** Bytes of packages as text for people. */

const NOT_ASCII = /[\u0080-\uffff]/

/** Bytes as people read them: UTF-8 where it is, escapes where it is not. */
export function shownPath(path: string): string {
  if (!NOT_ASCII.test(path)) return path
  const bytes = Buffer.from(path, 'latin1')
  const text = bytes.toString('utf8')
  const isUtf8 = Buffer.from(text, 'utf8').equals(bytes)
  return isUtf8
    ? text
    : path.replace(/[\x80-\xff\\]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Text that was read byte by byte, as UTF-8 where it is. */
export function shownText(text: string): string {
  if (!NOT_ASCII.test(text)) return text
  const isBytes = Buffer.from(text, 'latin1').toString('latin1') === text
  return isBytes ? shownPath(text) : text
}
