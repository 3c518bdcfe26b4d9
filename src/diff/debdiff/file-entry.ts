/** One line of debdiff's file lists: `-rw-r--r--  root/root   /usr/bin/x`. */

export interface FileEntry {
  /** As `ls` writes it, type first: `-rwsr-xr-x`; `h…` is a hard link. */
  readonly mode: string
  /** Null where the line does not tell: debdiff loses the columns of an owner whose name holds a space. */
  readonly owner: string | null
  readonly group: string | null
  /** Absolute; the control archive's members are `DEBIAN/…`. Special characters are escaped as tar does (`\n`, `\377`). */
  readonly path: string
  /** Where a symbolic or hard link leads; null for everything else. */
  readonly target: string | null
}

const ENTRY = /^([-a-zA-Z?]{10}) {2}(\S+) {3}(.*)$/s
const LINK_ARROWS: Record<string, string> = { l: ' -> ', h: ' link to ' }

/** Reads one line; null where it is no entry. Any text is taken, none throws. */
export function parseFileEntry(line: string): FileEntry | null {
  const match = ENTRY.exec(line)
  if (match === null) return null
  const [, mode, ownership, rest] = match as unknown as [string, string, string, string]
  const slash = ownership.indexOf('/')
  // Shifted columns keep a piece of the listing's date before a path that still starts with a dot.
  const whole = slash !== -1 ? rest : rest.replace(/^(?:\S+ +)*?\.\//, '/')
  const arrow = LINK_ARROWS[mode.charAt(0)]
  const cut = arrow === undefined ? -1 : whole.indexOf(arrow)
  return {
    mode,
    owner: slash === -1 ? null : ownership.slice(0, slash),
    group: slash === -1 ? null : ownership.slice(slash + 1),
    path: cut === -1 ? whole : whole.slice(0, cut),
    target: cut === -1 ? null : whole.slice(cut + (arrow as string).length),
  }
}
