/** Rules about all packages of two runs together: packages that came and went, files that went from one to another. */
import { parseRelations } from '../../package/deb822.ts'
import type { Entry } from '../../package/entry-record.ts'
import type { PackageSide } from '../changes.ts'
import type { Severity } from '../types.ts'
import type { Match, RuleText } from './rule.ts'

/** One package of the two runs, as far as rules about runs need it. A side is null where there is none, or where it could not be read. */
export interface RunPackage {
  readonly label: string
  readonly kind: 'ADDED' | 'REMOVED' | 'CHANGED' | 'IDENTICAL' | 'RENAMED' | 'ARCHITECTURE_CHANGED'
  readonly oldFilename: string
  readonly newFilename: string
  readonly old: PackageSide | null
  readonly new: PackageSide | null
}

/** A finding of a rule about runs names its package. */
export interface RunMatch extends Match {
  readonly package: string
}

export interface RunRule extends RuleText {
  readonly run: (packages: readonly RunPackage[]) => readonly RunMatch[]
}

function packagesOf(
  kind: RunPackage['kind'],
  message: (one: RunPackage) => string,
  severity?: (one: RunPackage) => Severity,
): RunRule['run'] {
  return (packages) =>
    packages
      .filter((one) => one.kind === kind)
      .map((one) => ({
        package: one.label,
        path: '',
        old: one.oldFilename,
        new: one.newFilename,
        message: `${message(one)}${hasNoFiles(one) ? ' It has no files besides its documentation.' : ''}`,
        ...(severity && { severity: severity(one) }),
      }))
}

/** A new package of which a build step may have forgotten the files. */
function hasNoFiles({ kind, new: newer }: RunPackage): boolean {
  return kind === 'ADDED' && newer !== null && !hasFiles(newer)
}

/** Files besides the documentation. */
function* filesOf({ contents: { data } }: PackageSide): Generator<Entry, void, void> {
  for (const entry of data)
    if (entry.type !== 'directory' && !entry.path.startsWith('usr/share/doc/')) yield entry
}

function hasFiles(side: PackageSide): boolean {
  return !filesOf(side).next().done
}

function fileCount(side: PackageSide): number {
  let count = 0
  for (const _ of filesOf(side)) count += 1
  return count
}

/** Files whose path was in one package of the old run and is in another of the new one. */
function movedFiles(packages: readonly RunPackage[]): RunMatch[] {
  if (packages.length < 2) return []
  const owners = new Map<string, RunPackage>()
  for (const one of packages)
    if (one.old && one.kind !== 'IDENTICAL')
      for (const { path, type } of one.old.contents.data)
        if (type !== 'directory' && !one.new?.contents.data.find(path)) owners.set(path, one)
  if (owners.size === 0) return []
  return packages.flatMap((one) => {
    if (!one.new || one.kind === 'IDENTICAL') return []
    const newer = one.new
    const moved: RunMatch[] = []
    for (const { path, type } of newer.contents.data) {
      const from = owners.get(path)
      if (!from || from === one || type === 'directory' || one.old?.contents.data.find(path)) continue
      const isSafe = hasRelation(newer, 'Replaces', from) && hasRelation(newer, 'Breaks', from)
      moved.push({
        package: one.label,
        path,
        old: from.label,
        new: one.label,
        severity: isSafe ? 'INFO' : 'BAD',
        message: `It was in ${from.label} before${isSafe ? '' : ', which neither Replaces nor Breaks names: dpkg refuses the upgrade'}.`,
      })
    }
    return moved
  })
}

function hasRelation({ fields }: PackageSide, name: string, { old }: RunPackage): boolean {
  return parseRelations(fields.get(name) ?? '').some((group) =>
    group.some((relation) => relation.name === old?.name),
  )
}

/** Packages that had files besides their documentation and have none. */
function emptied(packages: readonly RunPackage[]): RunMatch[] {
  return packages.flatMap(({ label, kind, old, new: newer }) =>
    kind !== 'IDENTICAL' && old && newer && !hasFiles(newer) && hasFiles(old)
      ? [
          {
            package: label,
            path: '',
            old: `${fileCount(old)} files`,
            new: 'no files',
            message: 'The package has no files any more besides its documentation.',
          },
        ]
      : [],
  )
}

export const runRules: readonly RunRule[] = [
  {
    id: 'PACKAGE_ADDED',
    severity: 'VERIFY',
    finds: 'A package is new.',
    why: 'A new binary package needs a place in the archive.',
    source: 'rpminspect, inspection "subpackages"',
    run: packagesOf('ADDED', () => 'The package is new.'),
  },
  {
    id: 'PACKAGE_REMOVED',
    severity: 'VERIFY',
    finds: 'A package is not built any more.',
    why: 'Packages that depend on it cannot be installed, and systems keep the old one. It is BAD for a library.',
    source: 'rpminspect, inspection "subpackages"',
    run: packagesOf(
      'REMOVED',
      () => 'The package is not built any more.',
      ({ label }) => (/^lib[^:]*\d(t64)?(:|$)/.test(label) ? 'BAD' : 'VERIFY'),
    ),
  },
  {
    id: 'PACKAGE_RENAMED',
    severity: 'VERIFY',
    finds:
      'A package has another name and mostly the same files, or is the same library with another number.',
    why: 'Dependencies name the old package.',
    source: 'Debian policy 8.1',
    run: packagesOf('RENAMED', ({ oldFilename, newFilename }) => `${oldFilename} became ${newFilename}.`),
  },
  {
    id: 'PACKAGE_EMPTIED',
    severity: 'VERIFY',
    finds: 'A package has no files any more besides its documentation.',
    why: 'It is a transitional package, or a build step failed without a word.',
    source: 'rpminspect, inspections "emptyrpm" and "lostpayload"',
    run: emptied,
  },
  {
    id: 'FILE_MOVED_BETWEEN_PACKAGES',
    severity: 'BAD',
    finds: 'A file is in another package of the same build.',
    why: 'Without Breaks and Replaces on the package that had it, dpkg refuses to overwrite the file. With both it is INFO.',
    source: 'Debian policy 7.6.1',
    run: movedFiles,
  },
]
