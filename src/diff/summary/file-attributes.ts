/** Attributes of a member of an archive as `ls` shows them. */
import type { Entry } from '../package/entry-record.ts'
import { shownPath } from './shown.ts'
import type { FileAttributes } from './types.ts'

const TYPES: Readonly<Record<Entry['type'], string>> = {
  file: '-',
  hardlink: 'h',
  symlink: 'l',
  'character device': 'c',
  'block device': 'b',
  directory: 'd',
  fifo: 'p',
  unknown: '?',
}

export function fileAttributes({ type, mode, owner, group, uid, gid, link }: Entry): FileAttributes {
  const isLink = type === 'symlink' || type === 'hardlink'
  return {
    mode: TYPES[type] + permissions(mode),
    owner: owner === '' ? String(uid) : shownPath(owner),
    group: group === '' ? String(gid) : shownPath(group),
    target: isLink ? (type === 'hardlink' ? '/' : '') + shownPath(link) : null,
  }
}

/** `rwsr-xr-t`: the letter of an execute bit also shows set-user-id, set-group-id or sticky. */
function permissions(mode: number): string {
  const special = [0o4000, 0o2000, 0o1000]
  return [6, 3, 0]
    .map((shift, index) => {
      const bits = (mode >> shift) & 7
      const letter = index === 2 ? 't' : 's'
      const isSpecial = (mode & (special[index] ?? 0)) !== 0
      const execute = isSpecial ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? 'x' : '-'
      return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${execute}`
    })
    .join('')
}

/** Whether anything that `fileAttributes` shows differs. */
export function haveSameAttributes(old: Entry, entry: Entry): boolean {
  const [one, other] = [fileAttributes(old), fileAttributes(entry)]
  return (
    one.mode === other.mode &&
    one.owner === other.owner &&
    one.group === other.group &&
    one.target === other.target
  )
}
