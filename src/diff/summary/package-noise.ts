/** Noise in what belongs to no single file: the outer archive, fields that count or name the build, the order of members and lists. */
import { Paragraph, parseParagraphs } from '../package/deb822.ts'
import { EntryTable } from '../package/entry-table.ts'
import type { PackagePairChanges } from './changes.ts'
import { changedFields } from './rules/control-rules.ts'
import { hasRelationChanges } from './rules/relation-rules.ts'
import type { NoiseClass } from './types.ts'

const RELATIONS = [
  'depends',
  'pre-depends',
  'recommends',
  'suggests',
  'enhances',
  'breaks',
  'conflicts',
  'replaces',
  'provides',
]

/** Classes that explain differences of the package besides those of its files and fields. */
export function packageNoise(pair: PackagePairChanges): Set<NoiseClass> {
  return new Set([...outerNoise(pair), ...fieldOrderNoise(pair), ...orderNoise(pair)])
}

function outerNoise({ old, new: newer }: PackagePairChanges): NoiseClass[] {
  const classes: NoiseClass[] = []
  const find = (kind: 'control' | 'data') =>
    [old, newer].map(({ contents }) =>
      contents.outer.members.find(({ name }) => name.startsWith(`${kind}.tar`)),
    )
  for (const kind of ['control', 'data'] as const) {
    const [one, other] = find(kind)
    if (one?.name !== other?.name) classes.push('COMPRESSION_ONLY')
    if (one?.sizeBytes !== other?.sizeBytes) classes.push('OUTER_SIZES')
    if (one?.mtime !== other?.mtime) classes.push('MTIME')
    if (one?.uid !== other?.uid || one?.gid !== other?.gid) classes.push('OWNER_NUMBERS')
  }
  return classes
}

/** The class that explains another value of a field, or null. The rules decide whether it is more than noise. */
export function fieldNoise(name: string, pair: PackagePairChanges): NoiseClass | null {
  const lower = name.toLowerCase()
  if (lower === 'installed-size') return 'INSTALLED_SIZE'
  if (lower === 'version' || lower === 'source') return 'VERSION_ECHO'
  if (lower === 'build-ids') return 'BUILD_ID'
  if (!RELATIONS.includes(lower) || hasRelationChanges(name, pair)) return null
  return isReordered(pair, name) ? 'ORDER_ONLY' : 'VERSION_ECHO'
}

/** Fields whose order differs although both sides have the same ones. */
function fieldOrderNoise(pair: PackagePairChanges): NoiseClass[] {
  const names = ({ fields }: PackagePairChanges['old']) => fields.names().join()
  return names(pair.old) !== names(pair.new) &&
    changedFields(pair).every(({ old, new: value }) => old !== '' && value !== '')
    ? ['ORDER_ONLY']
    : []
}

function isReordered({ old, new: newer }: PackagePairChanges, name: string): boolean {
  const sorted = (value = '') =>
    value
      .split(',')
      .map((group) => group.trim())
      .sort()
      .join()
  return sorted(old.fields.get(name)) === sorted(newer.fields.get(name))
}

function orderNoise({ old, new: newer }: PackagePairChanges): NoiseClass[] {
  // Only where the same members are there: others are findings already.
  return EntryTable.isReordered(old.contents.data, newer.contents.data) ? ['FILE_ORDER'] : []
}

/** The control file's first paragraph, or an empty one; lines of further paragraphs count as lines that are no field. */
export function controlFields(contents: PackagePairChanges['old']['contents']): Paragraph {
  const text = contents.controlFiles.get('control')?.content.toString('latin1') ?? ''
  const [first = new Paragraph([]), ...more] = parseParagraphs(text)
  if (more.length === 0) return first
  const lines = more.flatMap(({ fields, strayLines }) => [
    ...fields.map(({ name, value }) => `${name}: ${value}`),
    ...strayLines,
  ])
  return new Paragraph(first.fields, [...first.strayLines, ...lines])
}
