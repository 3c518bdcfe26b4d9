/** What a member is, as lines for people: its attributes, and facts about a binary file. */
import { ElfFile } from '../package/elf.ts'
import { ElfError } from '../package/elf-types.ts'
import { shownPath } from '../summary/shown.ts'
import type { DocumentNode } from './document.ts'
import type { Member, MemberPair } from './find-members.ts'

const TYPE_BITS = 0o7777

/** Type, mode, owner, and what a link or device leads to; without the time, which every rebuild changes. */
function attributeLines({ entry }: Member): ReadonlyMap<string, string> {
  const { type, mode, uid, gid, owner, group, link, device } = entry
  const lines = new Map([
    ['type', type],
    ['mode', (mode & TYPE_BITS).toString(8).padStart(4, '0')],
    ['owner', `${owner || '?'} (${uid})`],
    ['group', `${group || '?'} (${gid})`],
  ])
  if (link !== '') lines.set('target', shownPath(link))
  if (type === 'character device' || type === 'block device') lines.set('device', device.join(', '))
  return lines
}

/** The attributes that differ, or all of a member on one side; null if both sides have the same. */
export function attributesNode(pair: MemberPair): DocumentNode | null {
  const [before, after] = [pair.old, pair.new].map((one) =>
    one ? attributeLines(one) : new Map<string, string>(),
  )
  if (!before || !after) return null
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const lines: string[] = []
  for (const name of names) {
    const [old, newer] = [before.get(name), after.get(name)]
    if (old === newer) lines.push(` ${name}: ${oneLine(old)}`)
    else {
      if (old !== undefined) lines.push(`-${name}: ${oneLine(old)}`)
      if (newer !== undefined) lines.push(`+${name}: ${oneLine(newer)}`)
    }
  }
  if (lines.every((line) => line.startsWith(' '))) return null
  return { ...attributesNames(pair), diff: hunk(before.size, after.size, lines) }
}

/** Names of the node of attributes. */
function attributesNames({ old, new: newer }: MemberPair): { source1: string; source2: string } {
  return {
    source1: `attributes of ${(old ?? newer)?.name}`,
    source2: `attributes of ${(newer ?? old)?.name}`,
  }
}

/** Size, kind and, for ELF, what it needs and exports, as lines of one side. */
export function binaryFacts(member: Member, content: Buffer, sign: '+' | '-'): string[] {
  const facts = [`kind: ${member.content?.kind ?? 'data'}`, `size: ${content.length} bytes`]
  if (member.content?.kind === 'elf') facts.push(...elfFacts(content))
  const lines = facts.map((line) => `${sign}${oneLine(line)}`)
  return sign === '+' ? hunk(0, lines.length, lines) : hunk(lines.length, 0, lines)
}

function elfFacts(content: Buffer): string[] {
  try {
    const { soname, needed, rpath, runpath, interpreter, exported, ...rest } = new ElfFile(content).facts()
    return [
      ...(soname === null ? [] : [`soname: ${soname}`]),
      ...(interpreter === null ? [] : [`interpreter: ${interpreter}`]),
      ...needed.map((name) => `needs: ${name}`),
      ...rpath.map((path) => `rpath: ${path}`),
      ...runpath.map((path) => `runpath: ${path}`),
      `relro: ${rest.relro}`,
      `position independent: ${rest.isPie}`,
      `executable stack: ${rest.hasExecutableStack}`,
      ...exported.toSorted().map((name) => `exports: ${name}`),
    ]
  } catch (error) {
    if (!(error instanceof ElfError)) throw error
    return [`damaged: the ELF file ${error.message}`]
  }
}

function oneLine(text = ''): string {
  return text.replaceAll('\n', '\\n')
}

function hunk(oldCount: number, newCount: number, lines: readonly string[]): string[] {
  return [`@@ -${range(oldCount)} +${range(newCount)} @@\n`, ...lines.map((line) => `${line}\n`)]
}

/** A range of lines in the head of a hunk. @param before how many lines come before it */
export function range(count: number, before = 0): string {
  if (count === 0) return `${before},0`
  return count === 1 ? `${before + 1}` : `${before + 1},${count}`
}
