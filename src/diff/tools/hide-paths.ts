/**
 * Removes the names of temporary directories and of the packages' directories from what a tool prints, so
 * that a report shows nothing of the machine, and two reports about the same packages are equal. Removes
 * addresses in memory, too, which libarchive's errors have.
 */

/** A path to remove. */
export interface HiddenPath {
  readonly path: string
  /**
   * What the path is replaced with. Undefined for a temporary directory: then the directories with random
   * names below it are removed too.
   */
  readonly shownAs?: string
  /** Only if a directory with a random name is below it. */
  readonly onlyAboveRandom?: boolean
}

interface Needle {
  readonly bytes: Buffer
  readonly shownAs: string | undefined
  readonly onlyAboveRandom: boolean
}

/** diffoscope's own name for its temporary directory, in some comments. */
export const TEMP_OF_DIFFOSCOPE: HiddenPath = { path: '«TEMP»', onlyAboveRandom: true }
/** diffoscope shortens what a program printed, and so may cut a path. */
const CUT = Buffer.from('  [...]')
/** A cut path is recognized from this length on. */
const MIN_CUT_BYTES = 12
/** The part of a path below the temporary directory that is read; the rest is left as it is. */
const MAX_REST_BYTES = 512
/** In a comment: only there it is followed by a quote and the end of the string. */
const ADDRESS = Buffer.from(', archive_p=')
const ADDRESS_REST = /^\d+(?=\)\\"")/
/** Python's names of temporary files and directories, with what diffoscope appends to them. */
const RANDOM_NAME = /^(?:diffoscope_|tmp)[a-z0-9_]{8}/

export class PathHider {
  readonly #needles: readonly Needle[]
  /** The longest stretch that must be in memory to decide about a path. */
  readonly #span: number
  #held = Buffer.alloc(0)

  /** @param encode how the output writes a path, for example escaped as in JSON */
  constructor(hidden: readonly HiddenPath[], encode: (path: string) => string = (path) => path) {
    this.#needles = hidden.map(({ path, shownAs, onlyAboveRandom = false }) => ({
      bytes: Buffer.from(encode(path)),
      shownAs: shownAs === undefined ? undefined : encode(shownAs),
      onlyAboveRandom,
    }))
    const longest = Math.max(ADDRESS.length, ...this.#needles.map(({ bytes }) => bytes.length))
    this.#span = longest + MAX_REST_BYTES + CUT.length
  }

  /** What can be passed on of all output so far; the rest follows from later calls. */
  push(chunk: Buffer): Buffer {
    return this.#process(chunk, false)
  }

  /** The rest of the output. */
  end(): Buffer {
    return this.#process(Buffer.alloc(0), true)
  }

  #process(chunk: Buffer, isLast: boolean): Buffer {
    const input = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk
    const output: Buffer[] = []
    let done = 0
    for (let at = this.#next(input, 0); at < input.length; at = this.#next(input, Math.max(done, at + 1))) {
      if (!isLast && input.length - at < this.#span) {
        output.push(input.subarray(done, at))
        return this.#hold(input.subarray(at), output)
      }
      const found = this.#replace(input, at)
      if (!found) continue
      output.push(input.subarray(done, at), Buffer.from(found.text, 'latin1'))
      done = found.end
    }
    // A path may begin in the last bytes.
    const keep = isLast ? 0 : Math.min(MIN_CUT_BYTES, input.length - done)
    output.push(input.subarray(done, input.length - keep))
    return this.#hold(input.subarray(input.length - keep), output)
  }

  #hold(rest: Buffer, output: readonly Buffer[]): Buffer {
    // A copy: the chunk's memory may be used again.
    this.#held = Buffer.from(rest)
    return Buffer.concat(output)
  }

  /** Position of the next beginning of a path; the length of `input` if there is none. */
  #next(input: Buffer, from: number): number {
    const beginnings = [ADDRESS, ...this.#needles.map(({ bytes }) => bytes.subarray(0, MIN_CUT_BYTES))]
    const positions = beginnings.map((bytes) => input.indexOf(bytes, from))
    return Math.min(input.length, ...positions.filter((position) => position >= 0))
  }

  #replace(input: Buffer, at: number): { text: string; end: number } | null {
    if (commonLength(ADDRESS, input, at) === ADDRESS.length) {
      const from = at + ADDRESS.length
      const [digits] = ADDRESS_REST.exec(input.toString('latin1', from, from + MAX_REST_BYTES)) ?? []
      return digits === undefined ? null : { text: '', end: from + digits.length }
    }
    for (const { bytes, shownAs, onlyAboveRandom } of this.#needles) {
      const common = commonLength(bytes, input, at)
      const end = at + common
      if (common === bytes.length && shownAs !== undefined) return { text: shownAs, end }
      if (common === bytes.length) {
        const path = shortened(input, end)
        return onlyAboveRandom && !path.hasRandomNames ? null : path
      }
      if (common >= MIN_CUT_BYTES && isCut(input, end)) return { text: '', end }
    }
    return null
  }
}

/** What is shown of a path below the temporary directory, and where it ends. */
function shortened(input: Buffer, from: number): { text: string; end: number; hasRandomNames: boolean } {
  const rest = input.toString('latin1', from, from + MAX_REST_BYTES)
  const [path = ''] = /^(?:\/[A-Za-z0-9_.+-]*)*/.exec(rest) ?? []
  const end = from + path.length
  const names = path.split('/').filter((name) => name !== '')
  const kept = names.filter((name) => !RANDOM_NAME.test(name))
  const hasRandomNames = kept.length < names.length
  if (isCut(input, end)) return { text: '', end, hasRandomNames: true }
  return { text: kept.join('/') || 'tmp', end, hasRandomNames }
}

function isCut(input: Buffer, at: number): boolean {
  return input.subarray(at, at + CUT.length).equals(CUT)
}

/** How many bytes of `needle` are at a position. */
function commonLength(needle: Buffer, input: Buffer, at: number): number {
  let length = 0
  while (length < needle.length && needle[length] === input[at + length]) length++
  return length
}
