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
  return {
    mode: TYPES[type] + permissions(mode),
    owner: shownPath(nameOr(owner, uid)),
    group: shownPath(nameOr(group, gid)),
    target: isLink(type) ? (type === 'hardlink' ? '/' : '') + shownPath(link) : null,
  }
}

/** The name of a user or a group where there is one, or the number. */
function nameOr(name: string, id: number): string {
  return name === '' ? String(id) : name
}

function isLink(type: Entry['type']): boolean {
  return type === 'symlink' || type === 'hardlink'
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

/** Whether all that `fileAttributes` shows is the same, byte for byte. */
export function haveSameAttributes(old: Entry, entry: Entry): boolean {
  return (
    old.type === entry.type &&
    old.mode === entry.mode &&
    nameOr(old.owner, old.uid) === nameOr(entry.owner, entry.uid) &&
    nameOr(old.group, old.gid) === nameOr(entry.group, entry.gid) &&
    (!isLink(old.type) || old.link === entry.link)
  )
}
