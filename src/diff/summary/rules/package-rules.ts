/** Rules about a package as a whole: its outer archive, its debug symbols, its size. */
import type { PackagePairChanges, PackageSide } from '../changes.ts'
import { type Match, NO_MATCH, type Rule } from './rule.ts'

const isOrdinary = (name: string) => /^(control|data)\.tar/.test(name)

const stem = (name: string) => name.split('.')[0]

/** Members besides the two archives, each with its size and checksum. */
function extraMembers({ contents }: PackageSide): string {
  return (
    contents.outer.members
      // dpkg reads the first archive of each kind.
      .filter(
        ({ name }, index, all) =>
          !isOrdinary(name) || all.findIndex((one) => stem(one.name) === stem(name)) !== index,
      )
      .map(({ name, sizeBytes, sha256 }) => `${name} (${sizeBytes} bytes, SHA-256 ${sha256})`)
      .join(', ')
  )
}

/** Bytes that dpkg does not read: after the last member, in the compressed archives, and in the archives once unpacked. */
function unread({ contents: { outer } }: PackageSide): string {
  const parts = [
    outer.trailingBytes > 0 &&
      `after the last member: ${outer.trailingBytes} bytes, SHA-256 ${outer.trailingSha256}`,
    ...outer.members.map(({ name, hidden, isProven }) => isProven && hidden && `${name}: ${hidden}`),
    outer.hiddenInControl && `in the control archive: ${outer.hiddenInControl}`,
    outer.hiddenInData && `in the data archive: ${outer.hiddenInData}`,
  ]
  return parts.filter((part) => part).join('\n')
}

const BUILD_ID_PATH = /^usr\/lib\/debug\/\.build-id\/([0-9a-f]{2})\/([0-9a-f]+)\.debug$/

function debugIds({ contents }: PackageSide): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { path } of contents.data) {
    const [, first, rest] = BUILD_ID_PATH.exec(path) ?? []
    if (first && rest) ids.add(first + rest)
  }
  return ids
}

/** Debug symbols, in files or in the control file, that are of no program of this build. */
function strayDebugSymbols({ new: newer, files }: PackagePairChanges): readonly Match[] {
  if (!newer.name.endsWith('-dbgsym')) return NO_MATCH
  // Without the programs, as a run may have been imported in part, the field must still name the files of the package.
  const ids = newer.run.buildIds.size > 0 ? newer.run.buildIds : debugIds(newer)
  if (ids.size === 0) return NO_MATCH
  const strayFiles = files.flatMap(({ path, oldPath, new: entry }) => {
    const id = BUILD_ID_PATH.exec(path)?.slice(1).join('')
    const isStray = entry?.type === 'file' && id !== undefined && !ids.has(id)
    return isStray
      ? [
          {
            path,
            old: oldPath ?? '',
            new: path,
            message: 'These debug symbols are of no program of this build.',
          },
        ]
      : []
  })
  const strayIds = (newer.fields.get('Build-Ids') ?? '')
    .split(/\s+/)
    .filter((id) => id !== '' && !ids.has(id))
  const message = 'The field names build ids of no program of this build.'
  return strayIds.length > 0
    ? [...strayFiles, { path: 'control:Build-Ids', new: strayIds.join(' '), message }]
    : strayFiles
}

/** In KiB, as dpkg-gencontrol counts. */
function installedSizeGrowth({ old, new: newer }: PackagePairChanges): readonly Match[] {
  const [before, after] = [old, newer].map(({ fields }) => Number(fields.get('Installed-Size') ?? 0)) as [
    number,
    number,
  ]
  if (!(after >= 2 * before && after - before >= 1024)) return NO_MATCH
  return [
    {
      path: 'control:Installed-Size',
      old: `${before} KiB`,
      new: `${after} KiB`,
      message: `The package takes ${after} KiB instead of ${before}.`,
    },
  ]
}

export const packageRules: readonly Rule[] = [
  {
    id: 'OUTER_MEMBER_ADDED',
    severity: 'VERIFY',
    finds: 'The package file has another member besides its control and data archives, or lost one.',
    why: 'dpkg does not read it, and tools that compare packages do not show it.',
    source: 'deb(5)',
    package: ({ old, new: newer }) =>
      extraMembers(old) === extraMembers(newer)
        ? NO_MATCH
        : [
            {
              old: extraMembers(old),
              new: extraMembers(newer),
              message: 'The members besides the control and data archives differ.',
            },
          ],
  },
  {
    id: 'TRAILING_DATA',
    severity: 'BAD',
    finds:
      'The package file has other bytes after its last member, in the padding of its archives, or behind their compressed data.',
    why: 'dpkg does not read them, and tools that compare packages do not show them.',
    source: 'deb(5)',
    package: ({ old, new: newer }) =>
      unread(old) === unread(newer)
        ? NO_MATCH
        : [
            {
              old: unread(old),
              new: unread(newer),
              message: 'Bytes of the package that dpkg does not read differ.',
            },
          ],
  },
  {
    id: 'DBGSYM_MISMATCH',
    severity: 'VERIFY',
    finds: 'Debug symbols have a build id that no program of this build has.',
    why: 'Debuggers do not find them.',
    source: 'Debian wiki, AutomaticDebugPackages',
    package: strayDebugSymbols,
  },
  {
    id: 'SIZE_GROWTH',
    severity: 'VERIFY',
    finds: 'The package takes twice as much room on the disk or more, and at least 1 MiB more.',
    why: 'Something was included that was not before.',
    source: 'rpminspect, inspection "filesize"',
    package: installedSizeGrowth,
  },
]
