/** Rules about files that came, went or moved. */
import type { FileChange, PackagePairChanges } from '../changes.ts'
import { describe } from './describe.ts'
import { type Match, NO_MATCH, type Rule } from './rule.ts'

/** A directory that is new or gone together with everything below it says nothing that its files do not say. */
function isParentOfOthers({ old, new: newer, path }: FileChange, { parents }: PackagePairChanges): boolean {
  return (newer ?? old)?.type === 'directory' && parents.has(path)
}

const isOnlyNoise = (change: FileChange) =>
  change.noise.size > 0 && change.content === null && change.change !== 'MOVED'

function added(change: FileChange, pair: PackagePairChanges): boolean {
  return (
    change.change === 'ADDED' &&
    !isOnlyNoise(change) &&
    change.place !== 'control file' &&
    !isParentOfOthers(change, pair)
  )
}

function removed(change: FileChange, pair: PackagePairChanges): boolean {
  return (
    change.change === 'REMOVED' &&
    !isOnlyNoise(change) &&
    change.place !== 'control file' &&
    !isParentOfOthers(change, pair)
  )
}

/** A new file with its text, where it has one. */
const shownNew = (change: FileChange) =>
  [describe(change.new), change.text].filter((text) => text !== '').join('\n')

export const presenceRules: readonly Rule[] = [
  {
    id: 'SECURITY_FILE_ADDED',
    severity: 'BAD',
    finds: 'A file that decides who may do what is new.',
    why: 'Sudo, PAM, polkit, udev and APT take it into account as soon as it is there.',
    source: 'rpminspect, inspection "addedfiles"',
    file: (change, pair) =>
      added(change, pair) && change.place === 'security' && change.new?.type !== 'directory'
        ? [{ new: shownNew(change), message: 'A file that decides about privileges is new.' }]
        : NO_MATCH,
  },
  {
    id: 'SERVICE_ADDED',
    severity: 'VERIFY',
    finds: 'A unit, init script, cron job or similar is new.',
    why: 'Something further runs on the system.',
    source: 'Debian policy 9.3',
    file: (change, pair) =>
      added(change, pair) && change.place === 'service' && change.new?.type !== 'directory'
        ? [{ new: shownNew(change), message: 'Something that the system starts is new.' }]
        : NO_MATCH,
  },
  {
    id: 'ETC_FILE_NOT_CONFFILE',
    severity: 'VERIFY',
    finds: 'A new file in /etc is not in the list of configuration files.',
    why: 'dpkg overwrites changes that administrators make to it.',
    source: 'Debian policy 10.7.2',
    file: (change, pair) => {
      const isEtcFile =
        (change.change === 'ADDED' || change.old?.type !== 'file') &&
        change.new?.type === 'file' &&
        change.path.startsWith('etc/')
      return isEtcFile && !pair.new.conffiles.has(change.path)
        ? [{ new: describe(change.new), message: 'A file in /etc is not listed in conffiles.' }]
        : NO_MATCH
    },
  },
  {
    id: 'FILE_ADDED',
    severity: 'INFO',
    finds: 'A file is new.',
    why: 'Whether it belongs there is for a person to say.',
    source: 'rpminspect, inspection "addedfiles"',
    file: (change, pair) =>
      added(change, pair)
        ? [
            {
              new: describe(change.new),
              severity:
                /(^|\/)(__MACOSX|\.DS_Store|\.git|\.svn)(\/|$)|(\.orig|\.rej|~|\.swp)$|^usr\/local\//.test(
                  change.path,
                )
                  ? 'VERIFY'
                  : 'INFO',
              message: `A ${change.new?.type ?? 'file'} is new.`,
            },
          ]
        : NO_MATCH,
  },
  {
    id: 'FILE_REMOVED',
    severity: 'VERIFY',
    finds: 'A file is gone.',
    why: 'Programs and people may use it.',
    source: 'rpminspect, inspection "removedfiles"',
    file: (change, pair) =>
      removed(change, pair)
        ? [{ old: describe(change.old), message: `A ${change.old?.type ?? 'file'} is gone.` }]
        : NO_MATCH,
  },
  {
    id: 'LIBRARY_REMOVED',
    severity: 'BAD',
    finds: 'A shared library is gone.',
    why: 'Programs that need it do not start.',
    source: 'Debian policy 8.1; rpminspect, inspection "removedfiles"',
    file: (change, pair) =>
      removed(change, pair) &&
      /^(usr\/)?lib\/(?:[^/]+\/)?lib[^/]+\.so\.\d[^/]*$/.test(change.path) &&
      change.old?.kind === 'elf'
        ? [{ old: describe(change.old), message: 'A shared library is gone.' }]
        : NO_MATCH,
  },
  {
    id: 'LICENCE_REMOVED',
    severity: 'BAD',
    finds: 'The copyright file of a package is gone.',
    why: 'Debian policy requires it, and most licences do.',
    source: 'Debian policy 12.5',
    file: (change, pair) =>
      removed(change, pair) && change.place === 'licence'
        ? [{ old: describe(change.old), message: 'A copyright notice or licence is gone.' }]
        : NO_MATCH,
  },
  {
    id: 'FILE_MOVED',
    severity: 'INFO',
    finds: 'A file has another path and the same content.',
    why: 'What looks for it at the old path does not find it.',
    source: 'rpminspect, inspection "movedfiles"',
    file: (change) =>
      change.change === 'MOVED'
        ? [{ old: change.oldPath ?? '', new: change.path, message: `It was ${change.oldPath} before.` }]
        : NO_MATCH,
  },
  {
    id: 'SIZE_GROWTH',
    severity: 'VERIFY',
    finds: 'A file grew to four times its size or more, by at least 32 KB.',
    why: 'Something was included that was not before, or a build step packs too much.',
    source: 'rpminspect, inspection "filesize"',
    file: ({ old, new: entry }) =>
      old?.type === 'file' &&
      entry?.type === 'file' &&
      entry.sizeBytes >= 4 * old.sizeBytes &&
      entry.sizeBytes - old.sizeBytes >= 32_768
        ? [
            {
              old: `${old.sizeBytes} bytes`,
              new: `${entry.sizeBytes} bytes`,
              message: `It grew from ${old.sizeBytes} to ${entry.sizeBytes} bytes.`,
            },
          ]
        : NO_MATCH,
  },
  {
    id: 'DUPLICATE_MEMBER',
    severity: 'BAD',
    finds: 'An archive has two members with one path.',
    why: 'Which of them counts depends on the program that unpacks; dpkg takes the last. It is VERIFY for directories.',
    source: 'differ',
    package: (pair) => duplicates(pair),
  },
]

function duplicates({ old, new: newer }: PackagePairChanges): Match[] {
  const matches = [
    { table: newer.contents.data, before: old.contents.data, prefix: '' },
    { table: newer.contents.control, before: old.contents.control, prefix: 'control/' },
  ].flatMap(({ table, before, prefix }) => {
    const known = new Set([...before.duplicates()].map(({ path }) => path))
    return [...table.duplicates()]
      .filter(({ path }) => !known.has(path))
      .map((entry) => ({
        path: prefix + entry.path,
        severity: entry.type === 'directory' ? ('VERIFY' as const) : ('BAD' as const),
        old: '',
        new: describe(entry),
        message: 'The archive has two members with this path.',
      }))
  })
  return matches
}
