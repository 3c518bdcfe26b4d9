/** From two packages to the files in which they differ, with what noise explains of each. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Entry } from '../package/entry-record.ts'
import { EntryTable } from '../package/entry-table.ts'
import type { MemberReader } from '../package/member-reader.ts'
import type { FileChange, SidePair } from './changes.ts'
import { compareContent } from './content/compare-content.ts'
import { compareLarge, isLarge } from './content/compare-large.ts'
import { type ContentDifference, excerpt, type FileContext, withFirstOfEach } from './content/content.ts'
import { compareJson } from './content/json.ts'
import { isCode } from './content/normalisers/file-types.ts'
import { commonKind, fileChange, shownText } from './file-change.ts'
import { differingFiles, isSameLinkGroup, keyOfContents } from './hard-links.ts'
import { isListOfMapping } from './listed-keys.ts'
import { isBuildIdDirectory, type Overview, pairedDifferences, readOverview } from './overview.ts'
import { type Readers, SharedComparisons } from './shared-comparisons.ts'
import { contextOf } from './side-context.ts'

/** Once all excerpts of a package have so many characters, further ones are shortened. */
const MAX_EXCERPTS = 8_000_000
const SHORT_EXCERPT = 200
/** How long files are compared without giving way. */
const TURN_MS = 2
/** Programs whose differences are remembered. */
const MAX_KNOWN = 100
/** Of a text that may list a mapping. */
const MAX_LISTED_BYTES = 1 << 20
/** Of a file on one side that is shown. */
const MAX_TEXT_BYTES = 8_000

export interface CompareOptions {
  /** Files are compared when this has resolved. Default: at once. */
  readonly after?: Promise<void>
  readonly signal?: AbortSignal
}

/** The files of two packages that differ. */
export class FileChanges {
  readonly #pair: SidePair
  readonly #oldReader: MemberReader
  readonly #newReader: MemberReader
  readonly #overview: Overview
  /** What two threads have compared already. */
  #shared: SharedComparisons | null = null
  readonly #options: CompareOptions
  /** Differences of programs that packages contain under several names, by both checksums. */
  readonly #ofPrograms = new Map<string, ContentDifference>()
  /** Characters of all excerpts so far. */
  #excerpts = 0
  #gaveWayAt = 0

  private constructor(pair: SidePair, readers: Readers, overview: Overview, options: CompareOptions) {
    this.#pair = pair
    this.#oldReader = readers.old
    this.#newReader = readers.new
    this.#overview = overview
    this.#options = options
  }

  /** @throws as `PackageContents.openMembers` */
  static async open(pair: SidePair, options: CompareOptions = {}): Promise<FileChanges> {
    const readers = await openReaders(pair)
    try {
      const overview = await readOverview(pair, readers.old, readers.new)
      const changes = new FileChanges(pair, readers, overview, options)
      changes.#shared = await SharedComparisons.run(pair, readers, overview, () => changes.#giveWay())
      return changes
    } catch (error) {
      await closeAll([readers.old, readers.new])
      throw error
    }
  }

  async close(): Promise<void> {
    await closeAll([this.#oldReader, this.#newReader])
  }

  get parents(): ReadonlySet<string> {
    return this.#overview.parents
  }

  /** MD5 of a file of the new package, in hexadecimal. @throws as `MemberReader.read` */
  async md5Of(file: Entry): Promise<string> {
    const known = this.#shared?.md5Of(file)
    if (known) return known
    const hash = createHash('md5')
    for await (const piece of this.#newReader.stream(file)) hash.update(piece)
    return hash.digest('hex')
  }

  /**
   * All members of both archives that differ, those of the control archive first; each is compared when it is requested.
   * @throws as `MemberReader.read`; `signal.reason`
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<FileChange, void, void> {
    yield* controlChanges(this.#pair)
    for (const { old, new: entry } of pairedDifferences(this.#pair, this.#overview)) {
      await this.#giveWay()
      yield await this.#change(old, entry)
    }
  }

  /** Lets other work of the thread have its turn: a message that cancels the job, the shell that reads scripts. */
  async #giveWay(): Promise<void> {
    await this.#options.after
    if (performance.now() - this.#gaveWayAt < TURN_MS) return
    await setImmediate()
    this.#options.signal?.throwIfAborted()
    this.#gaveWayAt = performance.now()
  }

  async #change(old: Entry | null, entry: Entry | null): Promise<FileChange> {
    const content = this.#bounded(await this.#compare(old, entry))
    const one = entry ?? (old as Entry)
    const change = fileChange({
      pair: this.#pair,
      path: one.path,
      old,
      new: entry,
      content,
      text: old && entry ? '' : await this.#text(old, entry),
      isUmask: this.#overview.isUmask,
      isLinkOrder: old !== null && entry !== null && isSameLinkGroup(old, entry, this.#overview.links),
    })
    // Directories of build ids come and go with the files in them.
    return change.change !== 'CHANGED' &&
      isBuildIdDirectory(one) &&
      this.#overview.buildIdDirectories.has(one.path)
      ? { ...change, noise: new Set([...change.noise, 'BUILD_ID']) }
      : change
  }

  #bounded(content: ContentDifference | null): ContentDifference | null {
    if (!content) return null
    const isShort = this.#excerpts > MAX_EXCERPTS
    const changes = withFirstOfEach(content.changes).map((one) =>
      isShort ? { ...one, old: excerpt(one.old, SHORT_EXCERPT), new: excerpt(one.new, SHORT_EXCERPT) } : one,
    )
    for (const { old, new: newer } of changes) this.#excerpts += old.length + newer.length
    return { ...content, changes }
  }

  /** What is in a file that is on one side only, as far as it is text. */
  async #text(old: Entry | null, entry: Entry | null): Promise<string> {
    const one = entry ?? (old as Entry)
    if (one.kind !== 'text' && one.kind !== 'script') return ''
    const reader = entry ? this.#newReader : this.#oldReader
    return shownText(await reader.read(one, 0, MAX_TEXT_BYTES), one)
  }

  async #compare(old: Entry | null, entry: Entry | null): Promise<ContentDifference | null> {
    const files = old && entry && differingFiles(old, entry, this.#overview.links)
    if (!files) return null
    const { old: oldFile, new: newFile } = files
    const key = keyOfContents(files)
    const known = this.#ofPrograms.get(key)
    if (known) return known
    const context = contextOf(this.#pair, entry.path, commonKind(oldFile, newFile))
    const compared =
      this.#shared?.differenceOf(files, entry.path) ?? (await this.#compareFiles(oldFile, newFile, context))
    const isNoise = isOnlyOrder(compared, context) && (await this.#isListOfMapping(oldFile, newFile))
    const difference = isNoise ? withoutOrder(compared) : compared
    if (context.kind === 'elf' && !dependsOnPath(difference) && this.#ofPrograms.size < MAX_KNOWN)
      this.#ofPrograms.set(key, difference)
    return difference
  }

  /** See `isListOfMapping`: of `kinds.txt`, the mapping is `kinds.json`. */
  async #isListOfMapping(old: Entry, newer: Entry): Promise<boolean> {
    const path = `${old.path.replace(/\.[a-z]+$/, '')}.json`
    const [oldJson, newJson] = [this.#pair.old, this.#pair.new].map(({ contents }) =>
      contents.data.find(path),
    )
    if (old.path !== newer.path || path === old.path || !oldJson || !newJson) return false
    if (Math.max(...[old, newer, oldJson, newJson].map(({ sizeBytes }) => sizeBytes)) > MAX_LISTED_BYTES)
      return false
    const sideOf = async (reader: MemberReader, text: Entry, json: Entry) => ({
      text: await reader.read(text),
      json: await reader.read(json),
    })
    const before = await sideOf(this.#oldReader, old, oldJson)
    const after = await sideOf(this.#newReader, newer, newJson)
    const mapping = compareJson(before.json, after.json, contextOf(this.#pair, path, newJson.kind))
    return mapping?.changes.length === 0 && isListOfMapping(before, after)
  }

  async #compareFiles(oldFile: Entry, newFile: Entry, context: FileContext): Promise<ContentDifference> {
    if (isLarge(context.kind, Math.max(oldFile.sizeBytes, newFile.sizeBytes)))
      return compareLarge(await this.#oldReader.bytes(oldFile), await this.#newReader.bytes(newFile), context)
    const [before, after] = [await this.#oldReader.view(oldFile), await this.#newReader.view(newFile)]
    return compareContent(before, after, context)
  }
}

/** At once: an archive that is not kept any more is unpacked again. */
async function openReaders({ old, new: newer }: SidePair): Promise<Readers> {
  const opening = [old.contents.openMembers(), newer.contents.openMembers()] as const
  const results = await Promise.allSettled(opening)
  try {
    const [before, after] = await Promise.all(opening)
    return { old: before, new: after }
  } catch (error) {
    await closeAll(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])))
    throw error
  }
}

async function closeAll(readers: readonly MemberReader[]): Promise<void> {
  await Promise.all(readers.map((reader) => reader.close()))
}

/** Whether a text that is no program and no setting differs in its order, besides noise. */
function isOnlyOrder({ changes }: ContentDifference, file: FileContext): boolean {
  const isData = file.kind === 'text' && /^usr\/share\//.test(file.path) && !isCode(file)
  return isData && changes.length === 1 && changes[0]?.nature === 'ORDER'
}

function withoutOrder({ noise }: ContentDifference): ContentDifference {
  return { noise: new Set([...noise, 'HASH_ORDER']), changes: [] }
}

/** The text in a note is compared as that of a file in this place. */
function dependsOnPath({ noise, changes }: ContentDifference): boolean {
  return noise.has('PACKAGE_NOTE') || changes.some(({ fact }) => fact === 'PACKAGE_NOTE')
}

/** Members of the control archive; `control` and `md5sums` are compared by what they say, elsewhere. */
function controlChanges(pair: SidePair): FileChange[] {
  return [...EntryTable.differences(pair.old.contents.control, pair.new.contents.control)].map(
    ({ old, new: entry }) => {
      const path = (entry ?? old).path
      const before = pair.old.contents.controlFiles.get(path)
      const after = pair.new.contents.controlFiles.get(path)
      const isReadElsewhere = path === 'control' || path === 'md5sums'
      const content =
        before && after && !isReadElsewhere && before.sha256 !== after.sha256
          ? compareContent(
              before.content,
              after.content,
              contextOf(pair, `control/${path}`, (entry ?? old).kind),
            )
          : null
      const one = before && after ? null : (before ?? after)
      const text = one ? shownText(one.content.subarray(0, MAX_TEXT_BYTES), one) : ''
      return fileChange({
        pair,
        path: path === '' ? 'control' : `control/${path}`,
        old,
        new: entry,
        content,
        text,
        isUmask: () => false,
      })
    },
  )
}
