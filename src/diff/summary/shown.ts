/** Bytes of packages as text for people. */

/** Bytes as people read them: UTF-8 where it is, escapes where it is not. */
export function shownPath(path: string): string {
  const bytes = Buffer.from(path, 'latin1')
  const text = bytes.toString('utf8')
  const isUtf8 = Buffer.from(text, 'utf8').equals(bytes)
  return isUtf8
    ? text
    : path.replace(/[\x80-\xff\\]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Text that was read byte by byte, as UTF-8 where it is. */
export function shownText(text: string): string {
  const isBytes = Buffer.from(text, 'latin1').toString('latin1') === text
  if (!isBytes || !/[\x80-\xff]/.test(text)) return text
  return shownPath(text)
}
