/** A summary in the forms in which it is served. Each is short, so it is made as a whole. */
import type { Summary } from '../../summary/types.ts'
import { summaryMarkdown } from './summary-markdown.ts'
import { summarySarif } from './summary-sarif.ts'
import { summaryText } from './summary-text.ts'

export type SummaryFormat = 'text' | 'markdown' | 'json' | 'sarif'

export const SUMMARY_MEDIA_TYPES: Readonly<Record<SummaryFormat, string>> = {
  text: 'text/plain',
  markdown: 'text/markdown',
  json: 'application/json',
  sarif: 'application/sarif+json',
}

/** @param color ANSI colours, for `text` on a terminal */
export function renderSummary(summary: Summary, format: SummaryFormat, color = false): string {
  switch (format) {
    case 'text':
      return summaryText(summary, color)
    case 'markdown':
      return summaryMarkdown(summary)
    case 'json':
      return `${JSON.stringify(summary, null, 2)}\n`
    case 'sarif':
      return summarySarif(summary)
  }
}
