/** Compares what two archives hold, member by member, whatever kind of archive they are. */
import { fileKind, KIND_BYTES } from '../../package/file-kind.ts'
import type { NoiseClass } from '../types.ts'
import {
  type ContentComparer,
  type ContentDifference,
  change,
  combine,
  type FileContext,
  inside,
  onlyNoise,
} from './content.ts'

/** One member of an archive, as a comparer reads it. */
export interface ArchiveMember {
  readonly name: string
  readonly content: Buffer
  /** What must be equal besides the content: type, mode, link; as text for people. */
  readonly essence: string
  /** What may differ, by the class of noise that explains it. */
  readonly incidental: Readonly<Record<NoiseClass, string>>
}

/** Archives within archives; what lies deeper is compared as bytes. */
const MAX_DEPTH = 4

/** @param orderClass the class that explains another order of the members; null where the order matters */
export function compareMembers(
  old: readonly ArchiveMember[],
  newer: readonly ArchiveMember[],
  file: FileContext,
  compare: ContentComparer,
  orderClass: NoiseClass | null,
): ContentDifference {
  const oldByName = byName(old)
  const newByName = byName(newer)
  const names = [...new Set([...oldByName.keys(), ...newByName.keys()])]
  const parts = names.map((name) => compareOne(name, oldByName.get(name), newByName.get(name), file, compare))
  const order = (list: readonly ArchiveMember[]) => list.map(({ name }) => name).join('\0')
  if (names.length === old.length && old.length === newer.length && order(old) !== order(newer))
    parts.push(
      orderClass
        ? onlyNoise(orderClass)
        : {
            noise: new Set(),
            changes: [
              change('ORDER', order(old).replaceAll('\0', '\n'), order(newer).replaceAll('\0', '\n')),
            ],
          },
    )
  return combine(parts)
}

/** Members of one name get their number, so that each is compared. */
function byName(members: readonly ArchiveMember[]): Map<string, ArchiveMember> {
  const found = new Map<string, ArchiveMember>()
  const counts = new Map<string, number>()
  for (const member of members) {
    const count = (counts.get(member.name) ?? 0) + 1
    counts.set(member.name, count)
    found.set(count === 1 ? member.name : `${member.name} (${count})`, member)
  }
  return found
}

function compareOne(
  name: string,
  old: ArchiveMember | undefined,
  newer: ArchiveMember | undefined,
  file: FileContext,
  compare: ContentComparer,
): ContentDifference {
  if (!old || !newer) {
    const shown = (member: ArchiveMember | undefined) =>
      member ? `${member.name}\n${member.content.toString('latin1', 0, 400)}` : ''
    return inside(name, { noise: new Set(), changes: [change('LINES', shown(old), shown(newer))] })
  }
  const parts: ContentDifference[] = []
  if (old.essence !== newer.essence)
    parts.push({
      noise: new Set(),
      changes: [change('FACT', old.essence, newer.essence, { fact: 'member attributes' })],
    })
  for (const [name, value] of Object.entries(old.incidental))
    if (newer.incidental[name] !== value) parts.push(onlyNoise(name))
  if (!old.content.equals(newer.content)) {
    const kind = fileKind(newer.content.subarray(0, KIND_BYTES), name)
    const inner: FileContext = {
      ...file,
      path: name,
      kind: file.depth < MAX_DEPTH ? kind : 'data',
      depth: file.depth + 1,
    }
    parts.push(compare(old.content, newer.content, inner))
  }
  return inside(name, combine(parts))
}
