/** What kind of file a member is, by its first bytes. Source of the signatures: the formats' own specifications, and file(1)'s output. */

export type FileKind =
  | 'empty'
  | 'elf'
  | 'script'
  | 'gzip'
  | 'xz'
  | 'zstd'
  | 'bzip2'
  | 'lzip'
  | 'zip'
  | 'ar'
  | 'png'
  | 'jpeg'
  | 'gif'
  | 'pdf'
  | 'mo'
  | 'pyc'
  | 'class'
  | 'elc'
  | 'sqlite'
  | 'tar'
  | 'text'
  | 'data'

/** Bytes that `fileKind` needs of a file's beginning. */
export const KIND_BYTES = 512

const SIGNATURES: readonly (readonly [FileKind, Buffer])[] = [
  ['elf', Buffer.from('\x7fELF', 'latin1')],
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['xz', Buffer.from('\xfd7zXZ\0', 'latin1')],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['bzip2', Buffer.from('BZh', 'latin1')],
  ['lzip', Buffer.from('LZIP', 'latin1')],
  ['zip', Buffer.from('PK\x03\x04', 'latin1')],
  ['zip', Buffer.from('PK\x05\x06', 'latin1')],
  ['ar', Buffer.from('!<arch>\n', 'latin1')],
  ['ar', Buffer.from('!<thin>\n', 'latin1')],
  ['png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
  ['jpeg', Buffer.from([0xff, 0xd8, 0xff])],
  ['gif', Buffer.from('GIF8', 'latin1')],
  ['pdf', Buffer.from('%PDF-', 'latin1')],
  ['mo', Buffer.from([0xde, 0x12, 0x04, 0x95])],
  ['mo', Buffer.from([0x95, 0x04, 0x12, 0xde])],
  ['class', Buffer.from([0xca, 0xfe, 0xba, 0xbe])],
  ['elc', Buffer.from(';ELC', 'latin1')],
  ['sqlite', Buffer.from('SQLite format 3\0', 'latin1')],
  ['script', Buffer.from('#!', 'latin1')],
]

/**
 * @param beginning the first `KIND_BYTES` bytes, or all of a shorter file
 * @param path for formats whose first bytes say little: Python's `.pyc`
 */
export function fileKind(beginning: Buffer, path: string): FileKind {
  if (beginning.length === 0) return 'empty'
  const found = SIGNATURES.find(([, bytes]) => beginning.subarray(0, bytes.length).equals(bytes))
  if (found) return found[0]
  // Since Python 1.5 the magic number ends in CR LF, so that text mode damages it noticeably.
  if (path.endsWith('.pyc') && beginning[2] === 0x0d && beginning[3] === 0x0a) return 'pyc'
  if (beginning.toString('latin1', 257, 262) === 'ustar') return 'tar'
  return looksLikeText(beginning) ? 'text' : 'data'
}

/** No NUL (but for UTF-16 with a byte order mark), and few other control characters. */
export function looksLikeText(bytes: Buffer): boolean {
  const hasUtf16Mark = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (hasUtf16Mark) return true
  let controls = 0
  for (const byte of bytes) {
    if (byte === 0) return false
    if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b) controls += 1
  }
  return controls * 50 <= bytes.length
}
