/** Sections of ELF files that hold text. */
import type { ContentDifference, FileContext } from './content.ts'
import { STRINGS } from './normalisers/file-types.ts'
import { compareDecoded } from './text.ts'

/** The text of a section, where noise may explain it. */
export function compareStrings(
  name: string,
  old: string,
  newer: string,
  file: FileContext,
): ContentDifference {
  const compared = compareDecoded(old, newer, { ...file, path: `${STRINGS}${name}`, kind: 'data' })
  return {
    noise: compared.noise,
    changes: compared.changes.map((one) => ({ ...one, nature: 'DATA', fact: name })),
  }
}
