import type { Format } from './format.ts'

/** The media type of each format, without a charset. */
export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain',
  markdown: 'text/markdown',
  html: 'text/html',
  json: 'application/json',
}
