/** Members of an archive, as findings show them. */
import type { Entry } from '../../package/entry-record.ts'

/** The mode as people write it; empty without an entry. */
export const octal = (entry: Entry | null) => (entry ? entry.mode.toString(8).padStart(4, '0') : '')
/** Owner and group by name and number; empty without an entry. */
export const owner = (entry: Entry | null) =>
  entry ? `${entry.owner || entry.uid}:${entry.group || entry.gid} (${entry.uid}:${entry.gid})` : ''

/** A member in a few words; empty without an entry. */
export const describe = (entry: Entry | null) =>
  entry
    ? `${entry.type} ${octal(entry)} ${owner(entry)}${entry.type === 'file' ? ` ${entry.sizeBytes} bytes` : ''}${entry.link && ` to ${entry.link}`}`
    : ''
