/** Checks a package's own list of checksums, deb-md5sums(5), against what it holds. Debian's debsums and dpkg --verify trust that list. */
import { createHash } from 'node:crypto'
import type { Entry } from '../package/entry-record.ts'
import type { PackageSide, SidePair } from './changes.ts'
import type { Match } from './rules/rule.ts'

const PATH = 'control/md5sums'
/** A checksum, a blank, a blank or an asterisk, and the path, which some writers begin with `./`. */
const LINE = /^([0-9a-f]{32}) [ *](?:\.\/)?(.+)$/
const LINE_FEED = 0x0a
/** Of lines that are no checksum, so many bytes are shown; the rest is compared by its SHA-256. */
const MAX_ODD_BYTES = 8_000
/** More wrong lines are not listed: the first ones say enough. */
const MAX_MATCHES = 1_000

export interface Md5sumsComparison {
  readonly matches: readonly Match[]
  /** Whether the lists differ, in lines or order, by nothing but what the files explain. */
  readonly isEcho: boolean
}

/**
 * Each line that differs, and each line of a file that differs, is held against the file. A line that was wrong before and is still wrong in the same
 * way is not a change.
 * @param md5Of computes the checksum of a file of the new package, in hexadecimal
 * @throws as `md5Of`
 */
export async function compareMd5sums(
  pair: SidePair,
  md5Of: (file: Entry) => Promise<string>,
): Promise<Md5sumsComparison> {
  const before = new Md5sums(pair.old)
  const after = new Md5sums(pair.new)
  if (!after.exists) return { matches: [], isEcho: false }
  const matches: Match[] = []
  for (const one of differences(before, after, pair)) {
    if (matches.length === MAX_MATCHES) break
    const match = 'message' in one ? one : await wrongSum(one, md5Of)
    if (match) matches.push(match)
  }
  return { matches, isEcho: matches.length === 0 && !before.isSameText(after) }
}

/** A line for a file that differs, or another line than before. */
interface ChangedLine {
  readonly path: string
  readonly listed: string
  /** What the old list has for the path; null if it does not list it. */
  readonly before: string | null
  /** Null where the new package has no file at the path. */
  readonly entry: Entry | null
  readonly isFileChanged: boolean
}

function* differences(before: Md5sums, after: Md5sums, pair: SidePair): Generator<Match | ChangedLine> {
  if (before.odd !== after.odd)
    yield {
      path: PATH,
      old: before.odd,
      new: after.odd,
      severity: 'VERIFY',
      message: 'md5sums has lines that are no checksum, or several for one file.',
    }
  for (const [path, sum] of after) {
    const entry = fileAt(pair.new, path)
    const line = { path, listed: sum, before: before.find(path), entry }
    const isFileChanged = fileAt(pair.old, path)?.sha256 !== entry?.sha256
    if (isFileChanged || line.before !== sum) yield { ...line, isFileChanged }
  }
  // debhelper leaves configuration files out.
  for (const [path, sum] of before.missingIn(after))
    if (!pair.new.conffiles.has(path) && fileAt(pair.new, path))
      yield {
        path: PATH,
        old: `${sum}  ${path}`,
        new: '',
        severity: 'VERIFY',
        message: `md5sums does not list ${path} any more.`,
      }
}

async function wrongSum(
  { path, listed, before, entry, isFileChanged }: ChangedLine,
  md5Of: (file: Entry) => Promise<string>,
): Promise<Match | null> {
  if (!entry)
    return {
      path: PATH,
      old: before ?? '',
      new: `${listed}  ${path}`,
      severity: 'VERIFY',
      message: `md5sums lists ${path}, which is no file of the package.`,
    }
  const md5 = await md5Of(entry)
  if (md5 === listed) return null
  return {
    path: isFileChanged ? path : PATH,
    old: `${before ?? ''}  ${path}`,
    new: `${listed}  ${path}`,
    severity: isFileChanged ? 'BAD' : 'VERIFY',
    message: `md5sums has ${listed} for ${path}; it is ${md5}.`,
  }
}

/** The file at a path, or the one that a hard link at it stands for. */
function fileAt({ contents: { data } }: PackageSide, path: string): Entry | null {
  const entry = data.find(path)
  const file = entry?.type === 'hardlink' ? data.find(entry.link) : entry
  return file?.type === 'file' ? file : null
}

/** The list of one package: its text, and where each line begins, so that 300,000 lines take little more than their text. */
class Md5sums {
  readonly exists: boolean
  /** Lines that are no checksum, or not the first one of a file: they are read by nothing, or by some programs only. */
  readonly odd: string
  readonly #text: Buffer
  /** Where lines with a checksum begin, sorted by their paths; of equal paths the later line is later. */
  readonly #starts: Uint32Array

  constructor({ contents }: PackageSide) {
    const file = contents.controlFiles.get('md5sums')
    this.exists = file !== undefined
    this.#text = file?.content ?? Buffer.alloc(0)
    const starts: number[] = []
    const odd: number[] = []
    for (let at = 0; at < this.#text.length; at = this.#endOf(at) + 1)
      if (LINE.test(this.#line(at))) starts.push(at)
      else if (this.#line(at) !== '') odd.push(at)
    this.#starts = Uint32Array.from(starts).sort((a, b) => this.#compare(a, b) || a - b)
    for (let index = 1; index < this.#starts.length; index += 1)
      if (this.#compare(this.#at(index - 1), this.#at(index)) === 0) odd.push(this.#at(index))
    this.odd = this.#joined(odd.sort((a, b) => a - b))
  }

  isSameText(other: Md5sums): boolean {
    return this.#text.equals(other.#text)
  }

  /** Each path once, with the checksum that the last line has for it. */
  *[Symbol.iterator](): Generator<[path: string, sum: string]> {
    for (let index = 0; index < this.#starts.length; index += 1) {
      const isLast =
        index + 1 === this.#starts.length || this.#compare(this.#at(index), this.#at(index + 1)) !== 0
      if (isLast) yield this.#parsed(this.#at(index))
    }
  }

  /** The paths that only this list has, with their checksums. */
  *missingIn(other: Md5sums): Generator<[path: string, sum: string]> {
    let index = 0
    for (const [path, sum] of this) {
      const bytes = Buffer.from(path, 'latin1')
      while (index < other.#starts.length && other.#path(other.#at(index)).compare(bytes) < 0) index += 1
      if (index === other.#starts.length || !other.#path(other.#at(index)).equals(bytes)) yield [path, sum]
    }
  }

  /** The checksum that the list has for a path, or null. */
  find(path: string): string | null {
    const wanted = Buffer.from(path, 'latin1')
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#path(this.#at(middle)).compare(wanted) <= 0) low = middle + 1
      else high = middle
    }
    if (low === 0 || !this.#path(this.#at(low - 1)).equals(wanted)) return null
    return this.#parsed(this.#at(low - 1))[1]
  }

  #at(index: number): number {
    return this.#starts[index] ?? 0
  }

  #endOf(start: number): number {
    const end = this.#text.indexOf(LINE_FEED, start)
    return end < 0 ? this.#text.length : end
  }

  #line(start: number): string {
    return this.#text.toString('latin1', start, this.#endOf(start))
  }

  #parsed(start: number): [path: string, sum: string] {
    const [, sum = '', path = ''] = LINE.exec(this.#line(start)) ?? []
    return [path, sum]
  }

  #path(start: number): Buffer {
    const from = start + 34
    const hasDot = this.#text[from] === 0x2e && this.#text[from + 1] === 0x2f && this.#endOf(start) > from + 2
    return this.#text.subarray(hasDot ? from + 2 : from, this.#endOf(start))
  }

  #compare(a: number, b: number): number {
    return this.#path(a).compare(this.#path(b))
  }

  #joined(starts: readonly number[]): string {
    let shown = ''
    const rest = createHash('sha256')
    let hidden = 0
    for (const start of starts) {
      const line = this.#line(start)
      if (hidden === 0 && shown.length + line.length < MAX_ODD_BYTES)
        shown += shown === '' ? line : `\n${line}`
      else {
        rest.update(`${line}\n`, 'latin1')
        hidden += 1
      }
    }
    return hidden === 0 ? shown : `${shown}\nand ${hidden} more, SHA-256 ${rest.digest('hex')}`
  }
}
