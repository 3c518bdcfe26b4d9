/** Rules about the fields of the control file that are no relations. */
import { compareVersions, parseVersion } from '../../package/debian-version.ts'
import type { PackagePairChanges, PackageSide } from '../changes.ts'
import { invisibleCharacters } from '../content/invisible.ts'
import type { Severity } from '../types.ts'
import { DEPENDENCY_FIELDS } from './relation-rules.ts'
import { type Match, NO_MATCH, type Rule } from './rule.ts'

/** Have a rule of their own, or are noise: `noise.ts`. */
const OWN_RULE = [
  'Version',
  'Architecture',
  'Essential',
  'Protected',
  'Multi-Arch',
  'Maintainer',
  'Breaks',
  'Conflicts',
  'Replaces',
  'Provides',
  ...DEPENDENCY_FIELDS,
].map((name) => name.toLowerCase())

interface FieldChange {
  readonly name: string
  readonly old: string
  readonly new: string
}

/** Fields whose values differ in more than how they are folded. */
export function changedFields({ old, new: newer }: PackagePairChanges): FieldChange[] {
  const names = new Map(
    [...old.fields.names(), ...newer.fields.names()].map((name) => [name.toLowerCase(), name]),
  )
  return [...names.values()]
    .map((name) => ({ name, old: old.fields.get(name) ?? '', new: newer.fields.get(name) ?? '' }))
    .filter((field) => unfolded(field.name, field.old) !== unfolded(field.name, field.new))
}

/** The lines of a description are content; elsewhere a line's end is a blank (Debian policy 5.1). */
export function unfolded(name: string, value: string): string {
  return name.toLowerCase() === 'description' ? value : value.replace(/[ \t\r\n]+/g, ' ')
}

/** Lines that are no field, and fields that are given twice: whatever reads the file may see another value. */
function malformed({ fields }: PackagePairChanges['old']): string {
  const names = fields.names().map((name) => name.toLowerCase())
  const twice = fields.fields.filter(
    ({ name }, index) =>
      names.indexOf(name.toLowerCase()) !== index || names.lastIndexOf(name.toLowerCase()) !== index,
  )
  return [...fields.strayLines, ...twice.map(({ name, value }) => `${name}: ${value}`)].join('\n')
}

function field(...names: string[]): (pair: PackagePairChanges) => FieldChange[] {
  const wanted = names.map((name) => name.toLowerCase())
  return (pair) => changedFields(pair).filter(({ name }) => wanted.includes(name.toLowerCase()))
}

const match = (change: FieldChange, message: string, severity?: Severity): Match => ({
  path: `control:${change.name}`,
  old: change.old,
  new: change.new,
  message,
  ...(severity && { severity }),
})

export const controlRules: readonly Rule[] = [
  {
    id: 'EPOCH_CHANGED',
    severity: 'VERIFY',
    finds: 'The epoch of the version differs.',
    why: 'An epoch can never be taken back, and dependencies must name it.',
    source: 'Debian policy 5.6.12',
    package: (pair) =>
      parseVersion(pair.old.version).epoch === parseVersion(pair.new.version).epoch
        ? NO_MATCH
        : [
            {
              path: 'control:Version',
              old: pair.old.version,
              new: pair.new.version,
              message: `The epoch was "${parseVersion(pair.old.version).epoch}" and is "${parseVersion(pair.new.version).epoch}".`,
            },
          ],
  },
  {
    id: 'VERSION_WENT_BACK',
    severity: 'VERIFY',
    finds: 'The new version is older than the old one.',
    why: 'Systems that have the old package do not upgrade. Builds of one source that differ in a suffix after "~" or "+" alone are not compared.',
    source: 'Debian policy 5.6.12',
    package: (pair) =>
      isOlder(pair)
        ? [
            {
              path: 'control:Version',
              old: pair.old.version,
              new: pair.new.version,
              message: `${pair.new.version} is older than ${pair.old.version}.`,
            },
          ]
        : NO_MATCH,
  },
  {
    id: 'VERSION_CHANGED',
    severity: 'INFO',
    finds: 'The upstream version differs.',
    why: 'The sources are others, so much may differ.',
    source: 'differ',
    package: (pair) =>
      isNewUpstream(pair)
        ? [
            {
              path: 'control:Version',
              old: pair.old.version,
              new: pair.new.version,
              message: `The upstream version was ${parseVersion(pair.old.version).upstream} and is ${parseVersion(pair.new.version).upstream}.`,
            },
          ]
        : NO_MATCH,
  },
  {
    id: 'ESSENTIAL_CHANGED',
    severity: 'BAD',
    finds: 'Essential or Protected differs.',
    why: 'An essential package cannot be removed, and others need not depend on it.',
    source: 'Debian policy 3.8',
    package: (pair) =>
      field(
        'Essential',
        'Protected',
      )(pair).map((change) => match(change, `${change.name} was "${change.old}" and is "${change.new}".`)),
  },
  {
    id: 'MULTI_ARCH_CHANGED',
    severity: 'VERIFY',
    finds: 'Multi-Arch differs.',
    why: 'Whether the package can satisfy dependencies of another architecture changes.',
    source: 'Debian policy 7.1; the Multi-Arch specification',
    package: (pair) =>
      field('Multi-Arch')(pair).map((change) =>
        match(change, `Multi-Arch was "${change.old}" and is "${change.new}".`),
      ),
  },
  {
    id: 'MAINTAINER_CHANGED',
    severity: 'VERIFY',
    finds: 'The maintainer is another one.',
    why: 'Who answers for the package has changed.',
    source: 'rpminspect, inspection "metadata"',
    package: (pair) =>
      field('Maintainer')(pair).map((change) =>
        match(change, `The maintainer was ${change.old} and is ${change.new}.`),
      ),
  },
  {
    id: 'ARCHITECTURE_CHANGED',
    severity: 'VERIFY',
    finds: 'The architecture is another one.',
    why: 'A package for all architectures became one for a single architecture, or the reverse; Multi-Arch and dependencies may have to follow.',
    source: 'Debian policy 5.6.8',
    package: (pair) =>
      field('Architecture')(pair).map((change) =>
        match(change, `The architecture was ${change.old} and is ${change.new}.`),
      ),
  },
  {
    id: 'INVISIBLE_UNICODE',
    severity: 'BAD',
    finds:
      'A field of the control file has a character that cannot be seen, or that changes the order of what is shown.',
    why: 'The names of packages and people in it are not what they seem to be.',
    source: 'CVE-2021-42574; Unicode, UTS 39',
    package: (pair) =>
      changedFields(pair).flatMap((change) => {
        const invisible = (text: string) => invisibleCharacters(Buffer.from(text, 'latin1').toString('utf8'))
        const fresh = invisible(change.new).filter((name) => !invisible(change.old).includes(name))
        return fresh.length === 0
          ? []
          : [match(change, `${change.name} has characters that cannot be seen: ${fresh.join(', ')}.`)]
      }),
  },
  {
    id: 'FIELD_CHANGED',
    severity: 'VERIFY',
    finds: 'Another field of the control file differs.',
    why: 'Package managers and archives read them: Priority and Section decide what is installed by default, the description is what people search.',
    source: 'Debian policy 5.3; rpminspect, inspection "metadata"',
    package: (pair) => [
      ...(malformed(pair.old) === malformed(pair.new)
        ? []
        : [
            {
              path: 'control:',
              old: malformed(pair.old),
              new: malformed(pair.new),
              message: 'The control file has lines that are no field, or a field twice.',
            },
          ]),
      ...changedFields(pair)
        .filter((change) => !OWN_RULE.includes(change.name.toLowerCase()) && !isEcho(change, pair))
        .map((change) =>
          match(
            change,
            `${change.name} has changed.`,
            /^(package|source|installed-size|build-ids|priority|description|built-using|section)$/i.test(
              change.name,
            )
              ? 'VERIFY'
              : 'INFO',
          ),
        ),
    ],
  },
]

/**
 * Fields that follow from others: a number of KiB, the build ids of debug symbols, the source with its version where it goes along with the version of
 * the package.
 */
function isEcho({ name, old, new: value }: FieldChange, pair: PackagePairChanges): boolean {
  switch (name.toLowerCase()) {
    case 'installed-size':
      return [old, value].every((size) => /^\d*$/.test(size))
    case 'build-ids':
      return pair.new.name.endsWith('-dbgsym') && [old, value].every((ids) => /^[0-9a-f ]*$/.test(ids))
    case 'source':
      return isSourceEcho(pair)
    default:
      return false
  }
}

/** The same source, whose version is that of the package, or differs from it by a binary-only rebuild, on both sides in the same way. */
function isSourceEcho({ old, new: newer }: PackagePairChanges): boolean {
  const nameOf = ({ fields, name }: PackageSide) => (fields.get('Source') ?? name).split(' ')[0]
  const isOwn = ({ version, sourceVersion }: PackageSide) => version.replace(/\+b\d+$/, '') === sourceVersion
  if (nameOf(old) !== nameOf(newer)) return false
  return isOwn(old) && isOwn(newer) ? true : old.version !== newer.version && !isOwn(old) && !isOwn(newer)
}

/** Suffixes such as `~jan+lint1` name builds; only what comes before them is compared. */
function isOlder({ old, new: newer }: PackagePairChanges): boolean {
  const base = (version: string) => version.replace(/~[a-z][\w.]*\+[\w.]+$/i, '').replace(/\+b\d+$/, '')
  return compareVersions(base(newer.version), base(old.version)) < 0
}

function isNewUpstream({ old, new: newer }: PackagePairChanges): boolean {
  const base = (version: string) => parseVersion(version).upstream.replace(/~[a-z][\w.]*\+[\w.]+$/i, '')
  return base(old.version) !== base(newer.version)
}
