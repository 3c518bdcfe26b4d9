/** The formats of a diffoscope report. */
import type { Report } from '../../report/types.ts'
import { diffoscopeHtml, type HtmlOptions } from './diffoscope-html.ts'
import { diffoscopeJson } from './diffoscope-json.ts'
import { diffoscopeMarkdown } from './diffoscope-markdown.ts'
import { diffoscopeText } from './diffoscope-text.ts'

export type DiffoscopeFormat = 'text' | 'markdown' | 'html' | 'json'

/** The report as a stream of UTF-8 that is made as it is read; a chunk is only good until the next one is asked for. @throws as Report's methods, while it is read */
export function renderDiffoscope(
  format: DiffoscopeFormat,
  report: Report,
  options: HtmlOptions,
): AsyncIterable<Uint8Array> {
  return WRITERS[format](report, options)
}

const WRITERS: Readonly<
  Record<DiffoscopeFormat, (report: Report, options: HtmlOptions) => AsyncIterable<Uint8Array>>
> = {
  text: diffoscopeText,
  markdown: diffoscopeMarkdown,
  html: diffoscopeHtml,
  json: diffoscopeJson,
}
