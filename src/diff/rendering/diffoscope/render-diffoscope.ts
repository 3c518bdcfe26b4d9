import type { Report } from '../../report/types.ts'
import type { Format } from '../format.ts'
import { diffoscopeHtml, type HtmlOptions } from './diffoscope-html.ts'
import { diffoscopeJson } from './diffoscope-json.ts'
import { diffoscopeMarkdown } from './diffoscope-markdown.ts'
import { diffoscopeText } from './diffoscope-text.ts'

const WRITERS: Readonly<Record<Format, (report: Report, options: HtmlOptions) => AsyncIterable<Uint8Array>>> =
  {
    text: diffoscopeText,
    markdown: diffoscopeMarkdown,
    html: diffoscopeHtml,
    json: diffoscopeJson,
  }

/**
 * A report in any format as a stream of UTF-8, made as it is read. A chunk is valid until the next one is
 * requested.
 * @throws as Report's methods, while it is read
 */
export function renderDiffoscope(
  format: Format,
  report: Report,
  options: HtmlOptions,
): AsyncIterable<Uint8Array> {
  return WRITERS[format](report, options)
}
