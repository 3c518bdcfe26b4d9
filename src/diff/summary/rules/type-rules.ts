/** Rules about what kind of member a path is, and where links lead. */
import type { Entry } from '../../package/entry-record.ts'
import type { FileChange, PackagePairChanges } from '../changes.ts'
import { describe } from './describe.ts'
import { type Match, NO_MATCH, type Rule } from './rule.ts'

export const typeRules: readonly Rule[] = [
  {
    id: 'ATTRIBUTES_CHANGED',
    severity: 'BAD',
    finds: 'A member has other extended attributes, such as capabilities, or other device numbers.',
    why: 'A capability gives a program a part of what root may do.',
    source: 'capabilities(7); rpminspect, inspection "capabilities"',
    file: ({ old, new: entry }) => {
      const shown = (one: Entry | null) =>
        one ? `${one.extra}${one.device.join() === '0,0' ? '' : `device ${one.device.join(':')}`}` : ''
      const isNewOnly = !old && entry?.extra
      if (!isNewOnly && (!old || !entry || old.type !== entry.type || shown(old) === shown(entry)))
        return NO_MATCH
      return [
        { old: shown(old), new: shown(entry), message: 'Extended attributes or device numbers differ.' },
      ]
    },
  },
  {
    id: 'FILE_TYPE_CHANGED',
    severity: 'BAD',
    finds: 'A path is of another type: a device, a FIFO, a directory instead of a file.',
    why: 'dpkg cannot always replace one by the other, and devices do not belong into packages. It is VERIFY where a script became a program in machine code, or the reverse.',
    source: 'Debian policy 10.6; rpminspect, inspection "types"',
    file: (change) => {
      const { old, new: entry } = change
      if (!old || !entry || hasLinkRule(old.type, entry.type)) return NO_MATCH
      if (old.type === 'file' && entry.type === 'file') return otherKind(old, entry)
      if (old.type === entry.type) return NO_MATCH
      return [
        { old: describe(old), new: describe(entry), message: `It was a ${old.type} and is a ${entry.type}.` },
      ]
    },
  },
  {
    id: 'DIR_TO_SYMLINK',
    severity: 'BAD',
    finds: 'A directory became a symbolic link.',
    why: 'dpkg does not replace a directory by a link: without dpkg-maintscript-helper the upgrade leaves the directory.',
    source: 'dpkg-maintscript-helper(1); rpminspect, inspection "symlinks"',
    file: (change) => typed(change, 'directory', 'symlink', 'A directory became a symbolic link.'),
  },
  {
    id: 'SYMLINK_TO_DIR',
    severity: 'BAD',
    finds: 'A symbolic link became a directory.',
    why: 'dpkg does not replace a link to a directory by a directory.',
    source: 'dpkg-maintscript-helper(1)',
    file: (change) => typed(change, 'symlink', 'directory', 'A symbolic link became a directory.'),
  },
  {
    id: 'FILE_TO_SYMLINK',
    severity: 'VERIFY',
    finds: 'A file became a symbolic link, or the reverse.',
    why: 'Its content comes from elsewhere now.',
    source: 'rpminspect, inspection "symlinks"',
    file: (change) => [
      ...typed(change, 'file', 'symlink', 'A file became a symbolic link.'),
      ...typed(change, 'symlink', 'file', 'A symbolic link became a file.'),
    ],
  },
  {
    id: 'HARDLINK_CHANGED',
    severity: 'INFO',
    finds: 'Two paths are one file, and were two, or the reverse.',
    why: 'The content is the same; the package’s size on the disk is another.',
    source: 'differ',
    file: (change) => hardlinks(change),
  },
  {
    id: 'SYMLINK_CHANGED',
    severity: 'VERIFY',
    finds: 'A symbolic link points elsewhere.',
    why: 'Whatever goes through it gets something else. It is INFO where the target was renamed along.',
    source: 'rpminspect, inspection "symlinks"',
    file: ({ old, new: entry, noise }, pair) =>
      old?.type === 'symlink' &&
      entry?.type === 'symlink' &&
      old.link !== entry.link &&
      !noise.has('VERSION_ECHO')
        ? [
            {
              old: old.link,
              new: entry.link,
              severity: followsMove(old, entry, pair) ? ('INFO' as const) : ('VERIFY' as const),
              message: `It pointed to ${old.link} and points to ${entry.link}.`,
            },
          ]
        : NO_MATCH,
  },
  {
    id: 'SYMLINK_DANGLING',
    severity: 'VERIFY',
    finds:
      'A symbolic link points to what is not in the package, where it or its target was in the package before.',
    why: 'Whatever goes through it finds nothing.',
    source: 'rpminspect, inspection "symlinks"',
    package: (pair) => danglingLinks(pair),
  },
]

/** Whether the target of a link has another path now, and the link leads there. */
function followsMove(old: Entry, newer: Entry, { files }: PackagePairChanges): boolean {
  const [from, to] = [resolveLink(old.path, old.link), resolveLink(newer.path, newer.link)]
  return files.some(({ path, oldPath }) => oldPath === from && path === to)
}

/** A script that became a program, or a program that became something else. */
function otherKind({ kind: old }: Entry, { kind: newer }: Entry): readonly Match[] {
  const isRun = (kind: Entry['kind']) => kind === 'elf' || kind === 'script'
  if (old === newer || old === 'empty' || newer === 'empty') return NO_MATCH
  if (old !== 'elf' && newer !== 'elf' && !(isRun(newer) && old === 'data')) return NO_MATCH
  return [
    {
      severity: 'VERIFY',
      old: old ?? '',
      new: newer ?? '',
      message: `Its content was of the kind "${old}" and is of the kind "${newer}".`,
    },
  ]
}

function hasLinkRule(old: Entry['type'], newer: Entry['type']): boolean {
  const both = [old, newer].sort().join()
  return ['directory,symlink', 'file,symlink', 'file,hardlink'].includes(both)
}

function typed(
  { old, new: entry }: FileChange,
  from: Entry['type'],
  to: Entry['type'],
  message: string,
): readonly Match[] {
  return old?.type === from && entry?.type === to
    ? [{ old: describe(old), new: describe(entry), message }]
    : NO_MATCH
}

function hardlinks({ old, new: entry, noise }: FileChange): readonly Match[] {
  const link = (one: Entry | null) =>
    one?.type === 'hardlink' ? `hard link to ${one.link}` : (one?.type ?? '')
  if (!old || !entry || (old.type !== 'hardlink' && entry.type !== 'hardlink') || link(old) === link(entry))
    return NO_MATCH
  // The same paths are one file on both sides.
  if (noise.has('FILE_ORDER')) return NO_MATCH
  return [{ old: link(old), new: link(entry), message: `It was a ${link(old)} and is a ${link(entry)}.` }]
}

/** Links of the new side whose target lay in the old package and lies nowhere in the new one. */
function danglingLinks({ old, new: newer }: PackagePairChanges): Match[] {
  const found: Match[] = []
  for (const entry of newer.contents.data) {
    if (entry.type !== 'symlink') continue
    const target = resolveLink(entry.path, entry.link)
    if (newer.contents.data.find(target)) continue
    const before = old.contents.data.find(entry.path)
    // A link into another package may be right: only what led to a file of this package is known to lead nowhere now.
    const hadTarget =
      before?.type === 'symlink' && old.contents.data.find(resolveLink(before.path, before.link)) !== null
    if (old.contents.data.find(target) || hadTarget || before?.type === 'file')
      found.push({
        path: entry.path,
        old: entry.link,
        new: entry.link,
        message: `It points to ${entry.link}, which is not in the package.`,
      })
  }
  return found
}

function resolveLink(path: string, link: string): string {
  const parts = link.startsWith('/') ? [] : path.split('/').slice(0, -1)
  for (const part of link.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}
