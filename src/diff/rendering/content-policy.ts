/** What a browser may do with an HTML answer, whatever a package holds: nothing is loaded and nothing runs but what the page brings, and the stylesheet asked for. */
import { createHash } from 'node:crypto'
import { DEBDIFF_STYLES } from './debdiff/debdiff-html.ts'
import { safeStylesheet } from './diffoscope/diffoscope-html-frame.ts'
import { SCRIPT } from './diffoscope/page/script.ts'
import { STYLE } from './diffoscope/page/style.css.ts'

const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"

/** Of a debdiff: its two constant `style` attributes are known by their hashes. */
export const DEBDIFF_POLICY = `${NOTHING}; style-src 'unsafe-hashes' ${DEBDIFF_STYLES.map(cspHash).join(' ')}`

/** Of a page of a diffoscope report, which fetches more of it from here. */
export function diffoscopePolicy(cssUrl: string | undefined): string {
  const stylesheet = safeStylesheet(cssUrl)
  const place = stylesheet === null ? '' : ` ${originOf(stylesheet)}`
  return `${NOTHING}; style-src ${cspHash(`\n${STYLE}\n`)}${place}; script-src ${cspHash(SCRIPT)}; connect-src 'self'`
}

/** Of a page with a style of its own and nothing else. */
export function stylePolicy(style: string): string {
  return `${NOTHING}; style-src ${cspHash(style)}`
}

/** The source expression that allows this text alone. */
export function cspHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

function originOf(url: string): string {
  return /^https?:/i.test(url)
    ? new URL(url).origin
    : url.startsWith('//')
      ? new URL(`https:${url}`).host
      : "'self'"
}
