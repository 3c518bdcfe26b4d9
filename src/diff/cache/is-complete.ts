/** Tells whether a stored diff is complete. */
import { DamagedReportError } from '../../errors.ts'
import type { EntryKind } from '../../model.ts'
import { openContent } from '../content/content-file.ts'
import { nullIfMissing } from './null-if-missing.ts'
import type { Stamp } from './stamp.ts'

/** Whether an entry is complete; null if it was removed meanwhile. */
export async function isComplete(
  kind: EntryKind,
  path: string,
  sizeBytes: number,
  stamp: Stamp | null,
): Promise<boolean | null> {
  if (sizeBytes === 0) return false
  return stamp ? stamp.sizeBytes === sizeBytes : nullIfMissing(endsLikeItsKind(kind, path))
}

/**
 * A truncated diff is unlikely to end in a line feed (debdiff) or a closing brace (diffoscope). A compressed one has no
 * table of its blocks.
 */
async function endsLikeItsKind(kind: EntryKind, path: string): Promise<boolean> {
  const file = await openContent(path).catch((error: unknown) => {
    if (error instanceof DamagedReportError) return null
    throw error
  })
  if (!file) return false
  try {
    const tail = Buffer.alloc(Math.min(16, file.sizeBytes))
    await file.read(tail, 0, tail.length, file.sizeBytes - tail.length)
    return kind === 'debdiff' ? tail.at(-1) === 0x0a : tail.toString('latin1').trimEnd().endsWith('}')
  } finally {
    await file.close()
  }
}
