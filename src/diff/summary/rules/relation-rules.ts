/** Rules about relations between packages: dependencies, conflicts and the like. */
import { groupText, parseRelations, type Relation, type RelationGroup } from '../../package/deb822.ts'
import { compareVersions, parseVersion } from '../../package/debian-version.ts'
import type { PackagePairChanges, PackageSide } from '../changes.ts'
import type { Severity } from '../types.ts'
import { NO_MATCH, type Rule } from './rule.ts'

export const DEPENDENCY_FIELDS = ['Depends', 'Pre-Depends', 'Recommends', 'Suggests', 'Enhances']

/**
 * A relation with the version of its own side's packages taken out: `libtea1 (= 1.2-1~jan+lint1)` is the same on both sides where `libtea1` is built by the
 * same run and has just that version. A version of anything else stays.
 */
function echoless(relation: Relation, side: PackageSide, field: string): string {
  const isOwnName = relation.name === side.name || (field === 'Provides' && relation.operator === '=')
  const own = side.run.versions.get(relation.name) ?? (isOwnName ? side.version : undefined)
  const bare = `${relation.name}${relation.qualifier && `:${relation.qualifier}`}`
  if (own === undefined || relation.version === '') return relation.text
  const upstream = parseVersion(own).upstream
  const isOwn = relation.version === own || relation.version === side.sourceVersion
  const isUpstream =
    ['>=', '>>', '<<', '<='].includes(relation.operator) &&
    relation.version === (parseVersion(own).epoch ? `${parseVersion(own).epoch}:${upstream}` : upstream)
  if (isOwn) return `${bare} (${relation.operator} own version)`
  return isUpstream ? `${bare} (${relation.operator} own upstream version)` : relation.text
}

const echolessGroup = (group: RelationGroup, side: PackageSide, field: string) =>
  group.map((relation) => echoless(relation, side, field)).join(' | ')
const namesOf = (group: RelationGroup) => group.map(({ name }) => name).join(' | ')

interface RelationChanges {
  readonly removed: RelationGroup[]
  readonly added: RelationGroup[]
  readonly changed: { old: RelationGroup; new: RelationGroup }[]
}

/** Groups that are on one side only, paired by the names that they have. */
export function relationChanges(name: string, { old, new: newer }: PackagePairChanges): RelationChanges {
  const oldGroups = parseRelations(old.fields.get(name) ?? '')
  const newGroups = parseRelations(newer.fields.get(name) ?? '')
  const oldTexts = oldGroups.map((group) => echolessGroup(group, old, name))
  const newTexts = newGroups.map((group) => echolessGroup(group, newer, name))
  const removed = oldGroups.filter((_, index) => !newTexts.includes(oldTexts[index] ?? ''))
  const added = newGroups.filter((_, index) => !oldTexts.includes(newTexts[index] ?? ''))
  const changed: { old: RelationGroup; new: RelationGroup }[] = []
  for (const group of [...removed]) {
    const partner =
      added.find((other) => namesOf(other) === namesOf(group)) ??
      added.find((other) => other.some((one) => group.some(({ name: same }) => same === one.name)))
    if (!partner) continue
    changed.push({ old: group, new: partner })
    removed.splice(removed.indexOf(group), 1)
    added.splice(added.indexOf(partner), 1)
  }
  return { removed, added, changed }
}

/** Whether a field of relations differs in more than order and its own versions. */
export function hasRelationChanges(name: string, pair: PackagePairChanges): boolean {
  const { removed, added, changed } = relationChanges(name, pair)
  return removed.length + added.length + changed.length > 0
}

function changedDependency(
  change: { old: RelationGroup; new: RelationGroup },
  pair: PackagePairChanges,
): { severity: Severity; message: string } {
  const [one, other] = [change.old[0], change.new[0]]
  const both = `${groupText(change.old)} became ${groupText(change.new)}`
  if (change.new.some(({ text }) => text.includes('${')))
    return { severity: 'BAD', message: `A variable was not replaced: ${groupText(change.new)}.` }
  if (!one || !other || change.old.length !== 1 || change.new.length !== 1)
    return { severity: 'VERIFY', message: `${both}.` }
  if (pair.new.run.versions.has(other.name) && one.operator === '=' && other.operator === '=')
    return { severity: 'BAD', message: `${both}, which is not the version that this build made.` }
  if (
    one.operator === '>=' &&
    other.operator === '>=' &&
    one.name === other.name &&
    one.qualifier === other.qualifier
  )
    return {
      severity: compareVersions(other.version, one.version) >= 0 ? 'INFO' : 'VERIFY',
      message: `${both}.`,
    }
  return { severity: 'VERIFY', message: `${both}.` }
}

function dependencies(
  kind: 'added' | 'removed',
  message: (group: string) => string,
): NonNullable<Rule['package']> {
  return (pair) =>
    DEPENDENCY_FIELDS.flatMap((name) =>
      relationChanges(name, pair)
        [kind].filter(() => kind !== 'added' || name !== 'Pre-Depends')
        .map((group) => ({
          path: `control:${name}`,
          old: kind === 'removed' ? groupText(group) : '',
          new: kind === 'added' ? groupText(group) : (pair.new.fields.get(name) ?? ''),
          ...(groupText(group).includes('${') && kind === 'added' && { severity: 'BAD' as const }),
          message: `${name}: ${message(groupText(group))}`,
        })),
    )
}

function relationRule(
  id: string,
  name: string,
  severity: Severity,
  lost: Severity,
  why: string,
  source: string,
): Rule {
  return {
    id,
    severity,
    finds: `The field ${name} differs.`,
    why,
    source,
    package: (pair) => {
      const { removed, added, changed } = relationChanges(name, pair)
      if (removed.length + added.length + changed.length === 0) return NO_MATCH
      return [
        {
          path: `control:${name}`,
          old: pair.old.fields.get(name) ?? '',
          new: pair.new.fields.get(name) ?? '',
          severity: removed.length > 0 ? lost : severity,
          message: `${name} has changed.`,
        },
      ]
    },
  }
}

export const relationRules: readonly Rule[] = [
  {
    id: 'DEPENDENCY_ADDED',
    severity: 'VERIFY',
    finds: 'The package depends on, recommends or suggests another one.',
    why: 'It is installed along.',
    source: 'rpminspect, inspection "rpmdeps"',
    package: dependencies('added', (group) => `${group} is new.`),
  },
  {
    id: 'DEPENDENCY_REMOVED',
    severity: 'VERIFY',
    finds: 'The package does not depend on, recommend or suggest another one any more.',
    why: 'What it used may be missing.',
    source: 'rpminspect, inspection "rpmdeps"',
    package: dependencies('removed', (group) => `${group} is gone.`),
  },
  {
    id: 'DEPENDENCY_CHANGED',
    severity: 'VERIFY',
    finds: 'A dependency has another version, alternative or order of alternatives.',
    why: 'A higher minimum version comes from other build dependencies: INFO. BAD where a variable was not replaced, or another version of a package of this build is required.',
    source: 'Debian policy 7.1; rpminspect, inspection "rpmdeps"',
    package: (pair) =>
      DEPENDENCY_FIELDS.flatMap((name) =>
        [
          ...relationChanges(name, pair).changed,
          ...relationChanges(name, pair)
            .added.filter((group) => groupText(group).includes('${'))
            .map((group) => ({ old: [] as RelationGroup, new: group })),
        ].map((change) => ({
          path: `control:${name}`,
          old: groupText(change.old),
          new: groupText(change.new),
          ...changedDependency(change, pair),
        })),
      ),
  },
  {
    id: 'PRE_DEPENDS_ADDED',
    severity: 'VERIFY',
    finds: 'Pre-Depends has another package.',
    why: 'It must be configured before this one is unpacked; policy asks for a discussion first.',
    source: 'Debian policy 3.5',
    package: (pair) =>
      relationChanges('Pre-Depends', pair).added.map((group) => ({
        path: 'control:Pre-Depends',
        new: groupText(group),
        message: `Pre-Depends: ${groupText(group)} is new.`,
      })),
  },
  relationRule(
    'BREAKS_CHANGED',
    'Breaks',
    'INFO',
    'VERIFY',
    'Packages that it names must be upgraded or removed first.',
    'Debian policy 7.3',
  ),
  relationRule(
    'CONFLICTS_CHANGED',
    'Conflicts',
    'VERIFY',
    'VERIFY',
    'Packages that it names are removed.',
    'Debian policy 7.4',
  ),
  relationRule(
    'REPLACES_CHANGED',
    'Replaces',
    'INFO',
    'VERIFY',
    'Without it, dpkg refuses to overwrite files of the other package.',
    'Debian policy 7.6',
  ),
  relationRule(
    'PROVIDES_CHANGED',
    'Provides',
    'VERIFY',
    'VERIFY',
    'Packages that depend on the virtual package find it, or do not.',
    'Debian policy 7.5',
  ),
]
