/** Files that have another path on the other side: moved, named after a version, or after a build id. */
import { ElfFile } from '../package/elf.ts'
import { ElfError } from '../package/elf-types.ts'
import type { Entry } from '../package/entry-record.ts'
import type { MemberReader } from '../package/member-reader.ts'
import type { SideContext } from './content/content.ts'
import { escapeRegExp } from './content/normalisers/file-types.ts'
import { isUnmistakable, versionsOf } from './content/normalisers/version-echo.ts'

/** Smaller files are too often equal by chance to say that one moved. */
const MIN_MOVED_BYTES = 16
/** Shorter versions are too often a number of something else. */
const MIN_VERSION_LENGTH = 3

interface Unpaired {
  readonly removed: readonly Entry[]
  readonly added: readonly Entry[]
}

/** From the path of an added file to the removed one of the same content, where there is exactly one on each side. */
export function movedFiles({ removed, added }: Unpaired): Map<string, Entry> {
  return pairsByKey(removed, added, ({ sha256, sizeBytes }) => (sizeBytes >= MIN_MOVED_BYTES ? sha256 : null))
}

/**
 * From the path of an added member to the removed one whose path is the same but for the own version of each side, or for what follows the first number
 * of a shared library.
 */
export function versionedFiles(
  { removed, added }: Unpaired,
  old: SideContext,
  newer: SideContext,
): Map<string, Entry> {
  const sides = new Map([
    ...removed.map((entry) => [entry, withoutVersions(entry.path, old, newer, false)] as const),
    ...added.map((entry) => [entry, withoutVersions(entry.path, newer, old, false)] as const),
  ])
  return pairsByKey(removed, added, (entry) => {
    const library = entry.path.replace(/(\.so\.\d+)\.[\d.]+$/, '$1.\0')
    const key = library === entry.path ? (sides.get(entry) ?? entry.path) : library
    return key === entry.path ? null : `${entry.type} ${key}`
  })
}

/**
 * A path or target of a link without the versions of its own side that the other side does not have.
 * @param isCertain whether only versions count that nothing else looks like
 */
export function withoutVersions(
  path: string,
  side: SideContext,
  other: SideContext,
  isCertain: boolean,
): string {
  const foreign = versionsOf(other)
  return versionsOf(side)
    .filter(
      (version) =>
        version.length >= MIN_VERSION_LENGTH &&
        !foreign.includes(version) &&
        (!isCertain || isUnmistakable(version)),
    )
    .reduce(
      (rest, version) =>
        rest.replace(new RegExp(`(?<![A-Za-z0-9])${escapeRegExp(version)}(?![A-Za-z0-9])`, 'g'), '\0'),
      path,
    )
}

function pairsByKey(
  removed: readonly Entry[],
  added: readonly Entry[],
  keyOf: (entry: Entry) => string | null,
): Map<string, Entry> {
  const single = (entries: readonly Entry[]) => {
    const found = new Map<string, Entry | null>()
    for (const entry of entries) {
      const key = keyOf(entry)
      if (key !== null) found.set(key, found.has(key) ? null : entry)
    }
    return found
  }
  const before = single(removed)
  return new Map(
    [...single(added)].flatMap(([key, entry]) => {
      const partner = before.get(key)
      return entry && partner ? [[entry.path, partner] as const] : []
    }),
  )
}

/**
 * Debug symbols lie at a path made of the build id of their program. From the path of an added one to the removed one that is for the same program: the
 * only one on each side, or the one with the same size of everything but the id.
 */
export async function debugFiles(
  { removed, added }: Unpaired,
  oldReader: MemberReader,
  newReader: MemberReader,
): Promise<Map<string, Entry>> {
  const isDebug = ({ path, type }: Entry) =>
    type === 'file' && /^usr\/lib\/debug\/\.build-id\/[0-9a-f]{2}\/[0-9a-f]+\.debug$/.test(path)
  const before: { entry: Entry; signature: string }[] = []
  for (const entry of removed.filter(isDebug))
    before.push({ entry, signature: await sectionNames(entry, oldReader) })
  const found = new Map<string, Entry>()
  const taken = new Set<Entry>()
  for (const entry of added.filter(isDebug)) {
    const signature = await sectionNames(entry, newReader)
    const partners = before.filter((other) => !taken.has(other.entry) && other.signature === signature)
    const distance = (other: Entry) => Math.abs(other.sizeBytes - entry.sizeBytes)
    const [closest] = partners.map((other) => other.entry).sort((a, b) => distance(a) - distance(b))
    if (!closest) continue
    found.set(entry.path, closest)
    taken.add(closest)
  }
  return found
}

async function sectionNames(entry: Entry, reader: MemberReader): Promise<string> {
  try {
    const elf = new ElfFile(await reader.bytes(entry))
    return elf.sections
      .filter(({ flags }) => flags & 2)
      .map(({ name, memoryBytes }) => `${name} ${memoryBytes}`)
      .join('\n')
  } catch (error) {
    // Files that are no programs are for one another only if they are equal.
    if (error instanceof ElfError) return entry.sha256 ?? entry.path
    throw error
  }
}
