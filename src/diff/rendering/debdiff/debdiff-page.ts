/** A page around the HTML fragment of a debdiff, for browsers. */
import { escapeHtml } from '../escape.ts'
import type { DebdiffOptions } from './debdiff-writer.ts'

export const PAGE_STYLE = `:root{color-scheme:light dark}
body{background:light-dark(#fff,#14181d);color:light-dark(#1b232b,#e2e8ee)}
body{max-width:70rem;margin:0 auto;padding:1rem;font:14px/1.5 system-ui,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:20px}
h2{margin:1.5rem 0 .5rem;font-size:16px}
ul{padding:0;list-style:none}
pre{margin:.25rem 0;white-space:pre-wrap;font:13px/20px ui-monospace,"DejaVu Sans Mono",monospace}
[style^="color:red"]{color:light-dark(#a11a1f,#ff9f9f)!important}
[style^="color:green"]{color:light-dark(#14632e,#7fdc9a)!important}`

export function debdiffPageStart({ oldRunId, newRunId, oldVersion, newVersion }: DebdiffOptions): string {
  const title = `debdiff of ${oldVersion ?? oldRunId} and ${newVersion ?? newRunId}`
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
`
}

export const DEBDIFF_PAGE_END = '\n</main>\n</body>\n</html>\n'
