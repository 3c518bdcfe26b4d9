/** Rules about modes and owners of files. */
import type { FileChange } from '../changes.ts'
import { octal, owner } from './describe.ts'
import { NO_MATCH, type Rule } from './rule.ts'

const SETID = 0o6000
const STICKY = 0o1000
const OTHER_WRITE = 0o002

/** A mode with what must not be in it, in an entry that is new or has another mode. */
function hasGained(change: FileChange, bits: number): boolean {
  const { old, new: entry } = change
  if (!entry || entry.type === 'symlink') return false
  const had = old?.type === entry.type ? old.mode & bits : 0
  return (entry.mode & bits & ~had) !== 0
}

function isWorldWritable(change: FileChange): boolean {
  const { new: entry } = change
  // A directory with the sticky bit is as /tmp is.
  return hasGained(change, OTHER_WRITE) && !(entry?.type === 'directory' && (entry.mode & STICKY) !== 0)
}

/** A member that is new and does not belong to root. */
function isNewOfOthers({ old, new: entry }: FileChange): boolean {
  return old === null && entry !== null && (entry.uid !== 0 || entry.gid !== 0)
}

export const modeRules: readonly Rule[] = [
  {
    id: 'MODE_SETUID',
    severity: 'BAD',
    finds: 'A file runs with the rights of its owner or group, and did not before.',
    why: 'Every user of the system can run it with these rights.',
    source: 'Debian policy 10.9; rpminspect, inspection "permissions"',
    file: (change) =>
      hasGained(change, SETID) && change.new?.type === 'file'
        ? [
            {
              old: octal(change.old),
              new: octal(change.new),
              message: `The mode is ${octal(change.new)}: it runs with the rights of ${(change.new.mode & 0o4000) !== 0 ? 'its owner' : 'its group'}.`,
            },
          ]
        : NO_MATCH,
  },
  {
    id: 'MODE_WORLD_WRITABLE',
    severity: 'BAD',
    finds: 'Every user can write to a file or directory, and could not before.',
    why: 'Any user can change what others read or run.',
    source: 'Debian policy 10.9; rpminspect, inspection "permissions"',
    file: (change) =>
      isWorldWritable(change)
        ? [
            {
              old: octal(change.old),
              new: octal(change.new),
              message: `The mode is ${octal(change.new)}: every user can write to it.`,
            },
          ]
        : NO_MATCH,
  },
  {
    id: 'MODE_CHANGED',
    severity: 'VERIFY',
    finds: 'A file or directory has another mode.',
    why: 'Who may read, write or run it is another question now. It is BAD where a directory for everybody loses its sticky bit.',
    source: 'rpminspect, inspection "permissions"',
    file: (change) => {
      if (!change.hasModeChange || hasGained(change, SETID) || isWorldWritable(change)) return NO_MATCH
      const lostSticky = ((change.old?.mode ?? 0) & STICKY & ~(change.new?.mode ?? 0)) !== 0
      return [
        {
          old: octal(change.old),
          new: octal(change.new),
          severity: lostSticky ? 'BAD' : 'VERIFY',
          message: `The mode was ${octal(change.old)} and is ${octal(change.new)}.`,
        },
      ]
    },
  },
  {
    id: 'OWNER_CHANGED',
    severity: 'BAD',
    finds: 'A file belongs to another user or group, or is new and does not belong to root.',
    why: 'That user may change it. Almost all files of packages belong to root. It is VERIFY for a file that is new.',
    source: 'Debian policy 10.9; rpminspect, inspection "ownership"',
    file: (change) =>
      isNewOfOthers(change)
        ? [
            {
              new: owner(change.new),
              severity: 'VERIFY',
              message: `It is new and belongs to ${owner(change.new)}.`,
            },
          ]
        : change.hasOwnerChange
          ? [
              {
                old: owner(change.old),
                new: owner(change.new),
                message: `It belonged to ${owner(change.old)} and belongs to ${owner(change.new)}.`,
              },
            ]
          : NO_MATCH,
  },
]
