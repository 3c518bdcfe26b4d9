import type { FileAddress, RunPair } from '../../model.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import type { ReportFacts } from './report-facts.ts'
import { type ReportTools, StoredReport } from './stored-report.ts'

/** The cached report of two files, as a part of a comparison of two runs. */
export class StoredFile extends StoredReport {
  readonly kind = 'file'
  readonly file: FileAddress

  constructor(entry: CacheEntry, pair: RunPair, file: FileAddress, facts: ReportFacts, tools: ReportTools) {
    super(entry, pair, facts, tools)
    this.file = file
  }
}
