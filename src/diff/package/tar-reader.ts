/**
 * Reads an uncompressed tar archive as it arrives: ustar, GNU (`L`, `K`, base-256 numbers) and pax headers, which is what dpkg-deb accepts.
 * It is written here and not taken from a library because every part of it must be bounded on a hostile archive, and because a member's
 * position in the archive is needed to read it again later.
 */

import { HiddenBytes } from './hidden-bytes.ts'
import { headerSlack } from './tar-slack.ts'

const BLOCK = 512
const EMPTY_BLOCK = Buffer.alloc(BLOCK)
/** A long name or a pax header. Linux paths end at 4 KB; xattr records of real packages stay far below this. */
const MAX_EXTENSION_BYTES = 1 << 20

export type EntryType =
  | 'file'
  | 'hardlink'
  | 'symlink'
  | 'character device'
  | 'block device'
  | 'directory'
  | 'fifo'
  | 'unknown'

/** A member's header. Text is one character per byte (Latin-1), so names compare exactly whatever their encoding. */
export interface TarHeader {
  /** Without a leading `./` and trailing slashes; the root directory is the empty string. */
  readonly path: string
  readonly type: EntryType
  /** Permission bits including set-user-id, set-group-id and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly owner: string
  readonly group: string
  readonly sizeBytes: number
  /** Seconds since 1970, whole. */
  readonly mtime: number
  /** Target of a symbolic link as written; of a hard link, the path of the other member, as `path`. Empty otherwise. */
  readonly link: string
  /** Major and minor number of a device; zeros otherwise. */
  readonly device: readonly [major: number, minor: number]
  /** Where the content begins in the uncompressed archive, in bytes. */
  readonly offset: number
  /** Pax records that dpkg does not need, such as extended attributes: `SCHILY.xattr.security.capability=…`. */
  readonly extra: string
}

export interface TarHandler {
  onEntry(header: TarHeader): void
  /** A piece of the content of the last entry; valid only during the call. */
  onData(chunk: Buffer): void
  onEntryEnd(): void
}

/** A damaged or hostile archive. The message completes the sentence "The archive …". */
export class TarError extends Error {}

const TYPES: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character device',
  '4': 'block device',
  '5': 'directory',
  '6': 'fifo',
}

export class TarReader {
  readonly #handler: TarHandler
  /** An incomplete header block. */
  #partial = Buffer.alloc(BLOCK)
  #partialBytes = 0
  /** Bytes of content, then of padding, still to come for the current member. */
  #content = 0
  #padding = 0
  #inEntry = false
  /** The extension header being collected; null between them. */
  #extension: { type: string; chunks: Buffer[] } | null = null
  #longName: string | null = null
  #longLink: string | null = null
  #pax: ReadonlyMap<string, string> = new Map()
  #globalPax: ReadonlyMap<string, string> = new Map()
  #position = 0
  #endBlocks = 0
  #entries = 0
  #lastPath = ''
  /** Whether the content of the current member is read by nothing. */
  #isUnread = false
  readonly #hidden = new HiddenBytes()

  constructor(handler: TarHandler) {
    this.#handler = handler
  }

  /** @throws TarError */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#content > 0) {
        const piece = chunk.subarray(at, at + this.#content)
        this.#take(piece)
        at += piece.length
      } else if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, chunk.length - at)
        this.#hidden.add(chunk.subarray(at, at + skipped))
        this.#padding -= skipped
        this.#position += skipped
        at += skipped
      } else {
        at += this.#collectHeader(chunk, at)
      }
    }
  }

  /**
   * Call after the last chunk.
   * @throws TarError where the archive ends within a member
   */
  end(): void {
    if (this.#endBlocks > 0) this.#hidden.add(this.#partial.subarray(0, this.#partialBytes))
    else if (this.#content > 0 || this.#partialBytes > 0 || this.#extension)
      throw new TarError('ends in the middle of a member')
  }

  get entries(): number {
    return this.#entries
  }

  /**
   * What programs skip when they unpack the archive: bytes after its end, in padding, between the fields of headers, and of members of unknown types.
   * Empty for what ordinary writers make.
   */
  get hidden(): string {
    return this.#hidden.describe()
  }

  #collectHeader(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#partial, this.#partialBytes, at, at + BLOCK - this.#partialBytes)
    this.#partialBytes += taken
    if (this.#partialBytes === BLOCK) {
      this.#partialBytes = 0
      this.#position += BLOCK
      this.#readHeader(this.#partial)
    }
    return taken
  }

  #take(piece: Buffer): void {
    this.#content -= piece.length
    this.#position += piece.length
    if (this.#extension) this.#extension.chunks.push(Buffer.from(piece))
    else this.#handler.onData(piece)
    if (this.#isUnread && !this.#extension) this.#hidden.add(piece)
    if (this.#content === 0) this.#finishMember()
  }

  #finishMember(): void {
    if (this.#extension) this.#readExtension(this.#extension)
    else if (this.#inEntry) this.#handler.onEntryEnd()
    this.#extension = null
    this.#inEntry = false
  }

  #readHeader(block: Buffer): void {
    if (block.equals(EMPTY_BLOCK)) {
      if (this.#endBlocks === 0) this.#hidden.beginPlace('')
      else this.#hidden.add(block)
      this.#endBlocks += 1
      return
    }
    // dpkg and tar stop at the first empty block.
    if (this.#endBlocks > 0) {
      this.#hidden.add(block)
      return
    }
    checkChecksum(block)
    const type = String.fromCharCode(block[156] ?? 0)
    this.#hidden.beginPlace(this.#lastPath)
    this.#hidden.add(headerSlack(block, type))
    const size = numberAt(block, 124, 12, 'size')
    if ('LKxg'.includes(type)) {
      if (size > MAX_EXTENSION_BYTES) throw new TarError(`has an extended header of ${size} bytes`)
      this.#extension = { type, chunks: [] }
      this.#expect(size)
      if (size === 0) this.#finishMember()
      return
    }
    const entry = this.#entryOf(block, type, size)
    this.#longName = this.#longLink = null
    this.#pax = new Map()
    this.#entries += 1
    this.#inEntry = true
    this.#isUnread = entry.type === 'unknown'
    this.#lastPath = entry.path
    this.#hidden.beginPlace(entry.path)
    this.#handler.onEntry(entry)
    // Only files have content; some writers give links the size of their target.
    this.#expect(entry.type === 'file' || entry.type === 'unknown' ? entry.sizeBytes : 0)
    if (this.#content === 0) this.#finishMember()
  }

  #expect(bytes: number): void {
    this.#content = bytes
    this.#padding = (BLOCK - (bytes % BLOCK)) % BLOCK
  }

  #entryOf(block: Buffer, type: string, size: number): TarHeader {
    const pax = (key: string) => this.#pax.get(key) ?? this.#globalPax.get(key)
    const paxNumber = (key: string) => {
      const text = pax(key)
      if (text === undefined) return undefined
      const value = Number(text)
      const isNumber = key === 'mtime' ? /^-?[0-9.]+$/ : /^[0-9.]+$/
      if (!Number.isFinite(value) || !isNumber.test(text)) throw new TarError(`has an invalid ${key}`)
      return Math.floor(value)
    }
    const isUstar = block.toString('latin1', 257, 263) === 'ustar\0'
    const prefix = isUstar ? textAt(block, 345, 155) : ''
    const name = textAt(block, 0, 100)
    const path = pax('path') ?? this.#longName ?? (prefix ? `${prefix}/${name}` : name)
    const link = pax('linkpath') ?? this.#longLink ?? textAt(block, 157, 100)
    const entryType = TYPES[type] ?? 'unknown'
    const isDevice = entryType === 'character device' || entryType === 'block device'
    return {
      path: normalised(path),
      // Old tar wrote directories as files whose name ends in a slash.
      type: entryType === 'file' && path.endsWith('/') ? 'directory' : entryType,
      mode: numberAt(block, 100, 8, 'mode') & 0o7777,
      uid: paxNumber('uid') ?? numberAt(block, 108, 8, 'user id'),
      gid: paxNumber('gid') ?? numberAt(block, 116, 8, 'group id'),
      owner: pax('uname') ?? textAt(block, 265, 32),
      group: pax('gname') ?? textAt(block, 297, 32),
      sizeBytes: entryType === 'file' || entryType === 'unknown' ? (paxNumber('size') ?? size) : 0,
      mtime: paxNumber('mtime') ?? numberAt(block, 136, 12, 'time'),
      link: entryType === 'symlink' ? link : entryType === 'hardlink' ? normalised(link) : '',
      device: isDevice ? [numberAt(block, 329, 8, 'device'), numberAt(block, 337, 8, 'device')] : [0, 0],
      offset: this.#position,
      extra: extraRecords(new Map([...this.#globalPax, ...this.#pax])) + this.#otherName(path, prefix, name),
    }
  }

  /** The name in the header where an extended one replaces it and does not begin with it: an old reader sees that one. */
  #otherName(path: string, prefix: string, name: string): string {
    const inHeader = normalised(prefix ? `${prefix}/${name}` : name)
    const plain = (text: string) => text.replace(/[^\x20-\x7e]|[?_]/g, '')
    const isSame =
      normalised(path).startsWith(inHeader) ||
      plain(normalised(path)).startsWith(plain(inHeader)) ||
      inHeader.startsWith('PaxHeader') ||
      inHeader.includes('/PaxHeader')
    return isSame ? '' : `name in the header=${inHeader}\n`
  }

  #readExtension({ type, chunks }: { type: string; chunks: Buffer[] }): void {
    const content = Buffer.concat(chunks)
    if (type === 'L') this.#longName = untilNul(content)
    else if (type === 'K') this.#longLink = untilNul(content)
    else if (type === 'x') this.#pax = parsePax(content)
    else this.#globalPax = parsePax(content)
  }
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record: POSIX.1-2001, pax. */
function parsePax(content: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const length = space < 0 ? Number.NaN : Number(content.toString('latin1', at, space))
    const end = at + length
    if (!Number.isInteger(length) || length < 5 || end > content.length || content[end - 1] !== 0x0a)
      throw new TarError('has a damaged extended header')
    const record = content.toString('latin1', space + 1, end - 1)
    const equals = record.indexOf('=')
    if (equals < 0) throw new TarError('has a damaged extended header')
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at = end
  }
  return records
}

/** Keys that are read above. */
const READ_KEYS = new Set(['path', 'linkpath', 'uid', 'gid', 'uname', 'gname', 'size', 'mtime'])
/** Times that are not read, and the commit that `git archive` names. */
const isIncidental = (key: string, value: string) =>
  ((key === 'atime' || key === 'ctime') && /^-?\d+(\.\d+)?$/.test(value)) ||
  (key === 'comment' && /^[0-9a-f]{40}$/.test(value))

function extraRecords(pax: ReadonlyMap<string, string>): string {
  return [...pax]
    .filter(([key, value]) => !READ_KEYS.has(key) && !isIncidental(key, value))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function checkChecksum(block: Buffer): void {
  let sum = 8 * 0x20
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += block[at] ?? 0
  if (numberAt(block, 148, 8, 'checksum') !== sum) throw new TarError('has a damaged member header')
}

/** Octal digits, or base 256 with the first bit set (GNU). Only a time may be negative: before 1970. */
function numberAt(block: Buffer, at: number, length: number, what: string): number {
  if ((block[at] ?? 0) & 0x80) {
    if (what === 'time' && block[at] === 0xff) {
      const time = Number(BigInt.asIntN(64, block.readBigUInt64BE(at + length - 8)))
      if (
        block.subarray(at, at + length - 8).every((byte) => byte === 0xff) &&
        Number.isSafeInteger(time) &&
        time < 0
      )
        return time
    }
    let value = (block[at] ?? 0) & 0x7f
    for (let index = at + 1; index < at + length; index += 1) value = value * 256 + (block[index] ?? 0)
    // The second bit is the sign: no size, mode or id is negative.
    if (!Number.isSafeInteger(value) || (block[at] ?? 0) & 0x40) throw new TarError(`has an invalid ${what}`)
    return value
  }
  const text = block
    .toString('latin1', at, at + length)
    .replace(/^ +/, '')
    .replace(/[\0 ].*$/s, '')
  if (!/^[0-7]*$/.test(text)) throw new TarError(`has an invalid ${what}`)
  return text === '' ? 0 : Number.parseInt(text, 8)
}

function textAt(block: Buffer, at: number, length: number): string {
  return untilNul(block.subarray(at, at + length))
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
}

function normalised(path: string): string {
  return path
    .replace(/^(\.\/)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '')
}
