/** Rules about files that came, went or moved. */

import type { Entry } from '../../package/entry-record.ts'
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

/** What builds leave behind by mistake, and directories where packages have no files: the FHS; Debian policy 9.1. */
const ODD_PATH =
  /(^|\/)(__MACOSX|__pycache__|\.DS_Store|\.(git|svn|hg|bzr|cache|pytest_cache|tox)\w*)(\/|$)|(\.(orig|rej|swp|bak|pyc|la|core)|~)$|^(usr\/local|tmp|var\/tmp|home|root|build|srv|mnt|media|run|var\/run|var\/lock|proc|sys|dev)(\/|$)|^(?!(bin|boot|etc|lib\w*|opt|sbin|usr|var)(\/|$))/

/** Directories that are links into /usr on current systems. */
const OUTSIDE_USR = /^(bin|sbin|lib|lib32|lib64|libx32)\//

/** A new file with its text, where it has one. */
const shownNew = (change: FileChange) =>
  [describe(change.new), change.text].filter((text) => text !== '').join('\n')

const BINNMU_CHANGELOG = /^usr\/share\/doc\/[^/]+\/changelog\.Debian\.[a-z0-9-]+\.gz$/

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
    why: 'Whether it belongs there is for a person to say. It is VERIFY for what builds leave behind by mistake, and in directories that belong to no package.',
    source: 'rpminspect, inspection "addedfiles"',
    file: (change, pair) =>
      added(change, pair)
        ? [
            {
              new: shownNew(change),
              severity: ODD_PATH.test(change.path) ? 'VERIFY' : 'INFO',
              message: `A ${change.new?.type ?? 'file'} is new.`,
            },
          ]
        : NO_MATCH,
  },
  {
    id: 'FILE_OUTSIDE_USR',
    severity: 'VERIFY',
    finds: 'A new file lies in /bin, /sbin or /lib, which are links into /usr.',
    why: 'dpkg knows it by this path only, so it does not see that another package has the same file below /usr.',
    source: 'Debian DEP 17; rpminspect, inspection "pathmigration"',
    file: (change, pair) =>
      added(change, pair) && OUTSIDE_USR.test(change.path) && change.new?.type !== 'directory'
        ? [{ new: describe(change.new), message: `It belongs at usr/${change.path}.` }]
        : NO_MATCH,
  },
  {
    id: 'MANPAGE_SECTION',
    severity: 'VERIFY',
    finds: 'A new man page lies in the directory of another section, or is empty.',
    why: 'man(1) does not find it there.',
    source: 'Debian policy 12.1; rpminspect, inspection "manpage"',
    file: (change) => {
      const [, section, ending] =
        /^usr\/share\/man\/(?:[^/]+\/)?man([0-9])[^/]*\/[^/]+\.([0-9a-z])[^/.]*(?:\.gz)?$/.exec(
          change.path,
        ) ?? []
      const isNew = change.change === 'ADDED' || change.change === 'MOVED'
      if (!isNew || section === undefined || change.new?.type !== 'file') return NO_MATCH
      if (section !== ending)
        return [
          {
            new: change.path,
            message: `A page of section ${ending} lies in the directory of section ${section}.`,
          },
        ]
      return change.new.sizeBytes === 0 ? [{ new: change.path, message: 'The man page is empty.' }] : NO_MATCH
    },
  },
  {
    id: 'FILE_REMOVED',
    severity: 'VERIFY',
    finds: 'A file is gone.',
    why: 'Programs and people may use it. It is INFO for the changelog of a binary-only upload, which the next upload does not have.',
    source: 'rpminspect, inspection "removedfiles"',
    file: (change, pair) =>
      removed(change, pair)
        ? [
            {
              old: describe(change.old),
              severity: BINNMU_CHANGELOG.test(change.path) ? 'INFO' : 'VERIFY',
              message: `A ${change.old?.type ?? 'file'} is gone.`,
            },
          ]
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

/** A member with its content: the first of two members is read by some programs. */
const inFull = (entry: Entry) => `${entry.path}\0${describe(entry)}\0${entry.sha256}\0${entry.extra}`

function duplicates({ old, new: newer }: PackagePairChanges): Match[] {
  const matches = [
    { table: newer.contents.data, before: old.contents.data, prefix: '' },
    { table: newer.contents.control, before: old.contents.control, prefix: 'control/' },
  ].flatMap(({ table, before, prefix }) => {
    const known = new Set([...before.duplicates()].map(inFull))
    return [...table.duplicates()]
      .filter((entry) => !known.has(inFull(entry)))
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
