/** Chooses the comparer of a file by its kind. */
import { compareAr } from './ar.ts'
import { compareBytes } from './bytes.ts'
import { type ContentDifference, change, type FileContext, NO_NOISE } from './content.ts'
import { compareElf } from './elf.ts'
import { compareDvi, compareMo, comparePng, comparePyc } from './formats.ts'
import { compareGzip } from './gzip.ts'
import { compareJson } from './json.ts'
import { comparePdf } from './pdf.ts'
import { compareTar } from './tar.ts'
import { compareText } from './text.ts'
import { compareZip } from './zip.ts'

/** Above this size text is compared as bytes: a change is said, not shown. */
const MAX_TEXT_BYTES = 64 << 20

/** What differs between two contents of one file, and which noise explains what of it. Never throws for what a file holds. */
export function compareContent(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  if (oldBytes.equals(newBytes)) return { noise: NO_NOISE, changes: [] }
  if (oldBytes.length === 0 || newBytes.length === 0)
    return {
      noise: NO_NOISE,
      changes: [change('EMPTIED', oldBytes.toString('latin1', 0, 400), newBytes.toString('latin1', 0, 400))],
    }
  const difference = compareByKind(oldBytes, newBytes, file)
  // A comparer that sees nothing in different bytes has overlooked something.
  return difference.changes.length === 0 && difference.noise.size === 0
    ? compareBytes(oldBytes, newBytes, file)
    : difference
}

function compareByKind(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  switch (file.kind) {
    case 'elf':
      return compareElf(oldBytes, newBytes, file)
    case 'gzip':
      return compareGzip(oldBytes, newBytes, file, compareContent)
    case 'zip':
      return compareZip(oldBytes, newBytes, file, compareContent)
    case 'ar':
      return compareAr(oldBytes, newBytes, file, compareContent)
    case 'tar':
      return compareTar(oldBytes, newBytes, file, compareContent)
    case 'png':
      return comparePng(oldBytes, newBytes, file)
    case 'pdf':
      return comparePdf(oldBytes, newBytes, file)
    case 'mo':
      return compareMo(oldBytes, newBytes, file)
    case 'pyc':
      return comparePyc(oldBytes, newBytes, file)
    case 'elc':
    case 'script':
    case 'text':
      if (Math.max(oldBytes.length, newBytes.length) > MAX_TEXT_BYTES)
        return compareBytes(oldBytes, newBytes, file)
      return (
        (/\.(json|geojson|map)$/.test(file.path) && compareJson(oldBytes, newBytes, file)) ||
        compareText(oldBytes, newBytes, file)
      )
    default:
      return file.path.endsWith('.dvi')
        ? compareDvi(oldBytes, newBytes, file)
        : compareBytes(oldBytes, newBytes, file)
  }
}
