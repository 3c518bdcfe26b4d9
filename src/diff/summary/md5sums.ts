/** Checks a package's own list of checksums, deb-md5sums(5), against what it holds. Debian's debsums and dpkg --verify trust that list. */
import { createHash } from 'node:crypto'
import { type ByteSource, bufferSource, sameContent } from '../package/byte-source.ts'
import type { Entry } from '../package/entry-record.ts'
import type { PackageSide, SidePair } from './changes.ts'
import type { Match } from './rules/rule.ts'

const PATH = 'control/md5sums'
/** A checksum, a blank, a blank or an asterisk, and the path, which some writers begin with `./`. */
const LINE = /^([0-9a-f]{32}) [ *](?:\.\/)?(.+)$/
const LINE_FEED = 0x0a
/** Of the list, what is read at once. */
const PIECE_BYTES = 1 << 16
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
  // They come last.
  const missing: Match[] = []
  for (const { path, before: old, after: listed } of eachPath(before, after)) {
    if (listed === null) {
      // debhelper leaves configuration files out.
      if (missing.length < MAX_MATCHES && !pair.new.conffiles.has(path) && fileAt(pair.new, path))
        missing.push({
          path: PATH,
          old: `${old}  ${path}`,
          new: '',
          severity: 'VERIFY',
          message: `md5sums does not list ${path} any more.`,
        })
      continue
    }
    const entry = fileAt(pair.new, path)
    const isFileChanged = fileAt(pair.old, path)?.sha256 !== entry?.sha256
    if (isFileChanged || old !== listed) yield { path, listed, before: old, entry, isFileChanged }
  }
  yield* missing
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

/** A line of a list: where its bytes are in the file. */
interface Line {
  readonly start: number
  readonly length: number
}

/** The checksum that a line has for a path. */
interface Sum {
  readonly path: string
  readonly sum: string
}

/** The list of one package. Of a sorted one, only the places of lines are in memory: the text of 300,000 has 30 MB. */
class Md5sums {
  readonly exists: boolean
  /** Lines that are no checksum, or not the first one of a file: they are read by nothing, or by some programs only. */
  readonly odd: string
  readonly #source: ByteSource
  /** Lines with a checksum, sorted by their paths; of equal paths the later line is later. */
  readonly #starts: Uint32Array
  readonly #lengths: Uint32Array

  constructor({ contents }: PackageSide) {
    const file = contents.controlFiles.get('md5sums')
    this.exists = file !== undefined
    let source = file?.source ?? bufferSource(Buffer.alloc(0))
    const odd = new OddLines()
    const starts: number[] = []
    const lengths: number[] = []
    const pathLengths: number[] = []
    let isSorted = true
    let last = ''
    for (const { start, length, text } of linesOf(source)) {
      const path = LINE.exec(text)?.[2]
      if (path === undefined) {
        if (text !== '') odd.add(text)
        continue
      }
      isSorted &&= last <= path
      last = path
      starts.push(start)
      lengths.push(length)
      pathLengths.push(path.length)
    }
    const order = Uint32Array.from(starts.keys())
    if (file && !isSorted) {
      // debhelper sorts the list. Any other would be read here and there, so its text is in memory.
      const text = file.content
      const pathOf = (index: number) => {
        const end = (starts[index] ?? 0) + (lengths[index] ?? 0)
        return text.subarray(end - (pathLengths[index] ?? 0), end)
      }
      order.sort((a, b) => pathOf(a).compare(pathOf(b)) || a - b)
      source = bufferSource(text)
    }
    this.#source = source
    this.#starts = order.map((index) => starts[index] ?? 0)
    this.#lengths = order.map((index) => lengths[index] ?? 0)
    for (const text of this.#repeated()) odd.add(text)
    this.odd = odd.toString()
  }

  isSameText(other: Md5sums): boolean {
    return sameContent(this.#source, other.#source)
  }

  /** Each path once, in their order, with the checksum that the last line has for it. */
  *[Symbol.iterator](): Generator<Sum, void, void> {
    let one: Sum | null = null
    for (let index = 0; index < this.#starts.length; index += 1) {
      const next = this.#sum(index)
      if (one && one.path !== next.path) yield one
      one = next
    }
    if (one) yield one
  }

  /** Lines for a path that a line before them has. */
  *#repeated(): Generator<string, void, void> {
    let last: string | null = null
    for (let index = 0; index < this.#starts.length; index += 1) {
      const { path, sum } = this.#sum(index)
      if (path === last) yield `${sum}  ${path}`
      last = path
    }
  }

  #sum(index: number): Sum {
    const text = textOf(this.#source, { start: this.#starts[index] ?? 0, length: this.#lengths[index] ?? 0 })
    const [, sum = '', path = ''] = LINE.exec(text) ?? []
    return { path, sum }
  }
}

/** Any number of lines: the first ones as they are, and the SHA-256 of the others. */
class OddLines {
  readonly #rest = createHash('sha256')
  #shown = ''
  #hidden = 0

  add(line: string): void {
    if (this.#hidden === 0 && this.#shown.length + line.length < MAX_ODD_BYTES)
      this.#shown += this.#shown === '' ? line : `\n${line}`
    else {
      this.#rest.update(`${line}\n`, 'latin1')
      this.#hidden += 1
    }
  }

  toString(): string {
    return this.#hidden === 0
      ? this.#shown
      : `${this.#shown}\nand ${this.#hidden} more, SHA-256 ${this.#rest.digest('hex')}`
  }
}

/** The paths that either list has, in their order, with both checksums; null where a list does not have the path. */
function* eachPath(
  before: Md5sums,
  after: Md5sums,
): Generator<{ path: string; before: string | null; after: string | null }, void, void> {
  const [old, newer] = [before[Symbol.iterator](), after[Symbol.iterator]()]
  let [one, other] = [old.next().value, newer.next().value]
  while (one || other) {
    const isOld = one !== undefined && (!other || one.path <= other.path)
    const isNew = other !== undefined && (!one || other.path <= one.path)
    const path = (isOld ? one?.path : other?.path) ?? ''
    yield { path, before: (isOld && one?.sum) || null, after: (isNew && other?.sum) || null }
    if (isOld) one = old.next().value
    if (isNew) other = newer.next().value
  }
}

function* linesOf(source: ByteSource): Generator<Line & { readonly text: string }, void, void> {
  let start = 0
  for (let at = 0; at < source.sizeBytes; at += PIECE_BYTES) {
    // The consumer of the lines may read others meanwhile.
    const piece = Buffer.from(source.read(at, PIECE_BYTES))
    for (let from = 0, end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, from)) {
      const line = { start, length: at + end - start }
      yield { ...line, text: start < at ? textOf(source, line) : piece.toString('latin1', from, end) }
      from = end + 1
      start = at + from
    }
  }
  const line = { start, length: source.sizeBytes - start }
  if (line.length > 0) yield { ...line, text: textOf(source, line) }
}

function textOf(source: ByteSource, { start, length }: Line): string {
  return source.read(start, length).toString('latin1')
}
