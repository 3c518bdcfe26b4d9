/** Compares what no other comparer understands: it differs, and something of the difference is shown. */
import { type ContentDifference, change, type FileContext, NO_NOISE } from './content.ts'
import { lineDifference } from './line-difference.ts'
import { readAsStrings } from './strings.ts'

/** Above this size no excerpt is made. */
const MAX_EXCERPT_BYTES = 4 << 20
const MAX_LINES = 10

export function compareBytes(oldBytes: Buffer, newBytes: Buffer, _file: FileContext): ContentDifference {
  if (oldBytes.equals(newBytes)) return { noise: NO_NOISE, changes: [] }
  if (Math.max(oldBytes.length, newBytes.length) > MAX_EXCERPT_BYTES)
    return {
      noise: NO_NOISE,
      changes: [change('BYTES', `${oldBytes.length} bytes`, `${newBytes.length} bytes`)],
    }
  const oldLines = readAsStrings(oldBytes)
  const newLines = readAsStrings(newBytes)
  const { removed, added } = lineDifference(oldLines, newLines)
  const shown = (lines: readonly string[], indexes: readonly number[]) =>
    indexes
      .slice(0, MAX_LINES)
      .map((index) => (lines[index] ?? '').slice(0, 200))
      .join('\n')
  return { noise: NO_NOISE, changes: [change('BYTES', shown(oldLines, removed), shown(newLines, added))] }
}
