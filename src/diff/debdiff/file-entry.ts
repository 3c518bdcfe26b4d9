/** Parses a line of debdiff's file lists: `-rw-r--r--  root/root   /usr/bin/x`. */

export interface FileEntry {
  /** Type and permissions in the format of `ls`: `-rwsr-xr-x`. The type of a hard link is `h`. */
  readonly mode: string
  /** Null if debdiff did not print it: an owner whose name has a space shifts the columns. */
  readonly owner: string | null
  readonly group: string | null
  /**
   * Absolute, but `DEBIAN/…` for members of the control archive. Special characters are escaped as tar
   * escapes them (`\n`, `\377`).
   */
  readonly path: string
  /** Target of a symbolic or hard link, else null. */
  readonly target: string | null
}

const ENTRY = /^([-a-zA-Z?]{10}) {2}(\S+) {3}(.*)$/s
const LINK_ARROWS: Record<string, string> = { l: ' -> ', h: ' link to ' }

/** The entry on a line; null if the line is not an entry. Never throws. */
export function parseFileEntry(line: string): FileEntry | null {
  const match = ENTRY.exec(line)
  if (match === null) return null
  const [, mode, ownership, rest] = match as unknown as [string, string, string, string]
  const slash = ownership.indexOf('/')
  // If the columns are shifted, a part of the date comes before a path that still begins with a dot.
  const name = slash !== -1 ? rest : rest.replace(/^(?:\S+ +)*?\.\//, '/')
  const arrow = LINK_ARROWS[mode.charAt(0)]
  const arrowAt = arrow === undefined ? -1 : name.indexOf(arrow)
  return {
    mode,
    owner: slash === -1 ? null : ownership.slice(0, slash),
    group: slash === -1 ? null : ownership.slice(slash + 1),
    path: arrowAt === -1 ? name : name.slice(0, arrowAt),
    target: arrow === undefined || arrowAt === -1 ? null : name.slice(arrowAt + arrow.length),
  }
}
