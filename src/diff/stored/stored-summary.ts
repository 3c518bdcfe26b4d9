import { readFile } from 'node:fs/promises'
import { DamagedReportError } from '../../errors.ts'
import { etagOf } from '../../etag.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import { renderSummary, type SummaryFormat } from '../rendering/summary/render-summary.ts'
import type { Summary } from '../summary/types.ts'

/** @throws DamagedReportError if the file is not a valid summary; system errors */
export async function readSummary(path: string): Promise<Summary> {
  const text = await readFile(path, 'utf8')
  try {
    const summary = JSON.parse(text) as Summary
    if (summary.version === 1) return summary
  } catch {
    // Truncated or overwritten: damaged like a summary of an unknown version.
  }
  throw new DamagedReportError(path, 'it is not a summary')
}

/** A cached summary. It is short, and has been read as a whole. */
export class StoredSummary {
  readonly kind = 'summary'
  readonly entry: CacheEntry
  readonly summary: Summary

  constructor(entry: CacheEntry, summary: Summary) {
    this.entry = entry
    this.summary = summary
  }

  render(format: SummaryFormat): string {
    return renderSummary(this.summary, format)
  }

  /** A strong entity tag of one rendering, quotes included. */
  etag(format: SummaryFormat): string {
    const { sizeBytes, modifiedMs } = this.entry
    return etagOf(`${format} ${sizeBytes} ${modifiedMs}`)
  }
}
