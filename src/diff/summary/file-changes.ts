/** From two packages to the files in which they differ, with what noise explains of each. */
import type { Entry } from '../package/entry-record.ts'
import { EntryTable } from '../package/entry-table.ts'
import type { MemberReader } from '../package/member-reader.ts'
import type { FileChange, SidePair } from './changes.ts'
import { compareContent } from './content/compare-content.ts'
import { compareLarge, isLarge } from './content/compare-large.ts'
import { type ContentChange, type ContentDifference, excerpt, type FileContext } from './content/content.ts'
import { commonKind, fileChange, shownText } from './file-change.ts'
import { isSameLinkGroup } from './hard-links.ts'
import { differencesOf, isBuildIdDirectory, type Overview, readOverview } from './overview.ts'
import { sideContext } from './side-context.ts'

/** Of one file, such as an archive of very many; the first one of each kind is among them. */
const MAX_CHANGES = 200
/** Once all excerpts of a package have so many characters, further ones are shortened. */
const MAX_EXCERPTS = 8_000_000
const SHORT_EXCERPT = 200
/** Of a file on one side that is shown. */
const MAX_TEXT_BYTES = 8_000

/** The files of two packages that differ. */
export class FileChanges {
  readonly #pair: SidePair
  readonly #oldReader: MemberReader
  readonly #newReader: MemberReader
  readonly #overview: Overview
  /** Characters of all excerpts so far. */
  #excerpts = 0

  private constructor(pair: SidePair, oldReader: MemberReader, newReader: MemberReader, overview: Overview) {
    this.#pair = pair
    this.#oldReader = oldReader
    this.#newReader = newReader
    this.#overview = overview
  }

  /** @throws as `PackageContents.openMembers` */
  static async open(pair: SidePair): Promise<FileChanges> {
    const oldReader = await pair.old.contents.openMembers()
    try {
      const newReader = await pair.new.contents.openMembers()
      try {
        return new FileChanges(pair, oldReader, newReader, await readOverview(pair, oldReader, newReader))
      } catch (error) {
        await newReader.close()
        throw error
      }
    } catch (error) {
      await oldReader.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#oldReader.close(), this.#newReader.close()])
  }

  get parents(): ReadonlySet<string> {
    return this.#overview.parents
  }

  /** All members of both archives that differ, those of the control archive first; each is compared when it is requested. */
  async *[Symbol.asyncIterator](): AsyncGenerator<FileChange, void, void> {
    yield* controlChanges(this.#pair)
    const { counterparts, movedFrom } = this.#overview
    for (const { old, new: entry } of differencesOf(this.#pair)) {
      if (old && !entry && movedFrom.has(old.path)) continue
      yield await this.#change(old ?? counterparts.get(entry.path) ?? null, entry)
    }
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
    const changes = withFirstOfEach(content.changes, MAX_CHANGES).map((one) =>
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
    if (!old || !entry) return null
    // Two hard links to one path differ only if the file at that path does, which is compared itself.
    if (old.type === 'hardlink' && entry.type === 'hardlink' && old.link === entry.link) return null
    const { links } = this.#overview
    const [oldFile, newFile] = [links.old.fileOf(old), links.new.fileOf(entry)]
    if (!oldFile || !newFile || oldFile.sha256 === newFile.sha256) return null
    const context = contextOf(this.#pair, entry.path, { ...entry, kind: commonKind(oldFile, newFile) })
    if (isLarge(context.kind, Math.max(oldFile.sizeBytes, newFile.sizeBytes)))
      return compareLarge(await this.#oldReader.bytes(oldFile), await this.#newReader.bytes(newFile), context)
    const [before, after] = await Promise.all([this.#oldReader.read(oldFile), this.#newReader.read(newFile)])
    return compareContent(before, after, context)
  }
}

/** The first changes, and before them one of each nature and fact, so that every rule sees what it looks for. */
function withFirstOfEach(changes: readonly ContentChange[], max: number): readonly ContentChange[] {
  if (changes.length <= max) return changes
  const firsts = new Map(changes.toReversed().map((one) => [`${one.nature} ${one.fact}`, one]))
  return [...new Set([...firsts.values(), ...changes])].slice(0, max)
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
          ? compareContent(before.content, after.content, contextOf(pair, `control/${path}`, entry ?? old))
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

function contextOf(pair: SidePair, path: string, { kind }: Entry): FileContext {
  return { path, kind: kind ?? 'data', old: sideContext(pair.old), new: sideContext(pair.new), depth: 0 }
}
