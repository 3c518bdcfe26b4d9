/**
 * Content security policies of HTML responses. Whatever a package contains, the browser loads and runs
 * nothing but the page's own script and style and the requested stylesheet.
 */
import { createHash } from 'node:crypto'
import { DEBDIFF_STYLES } from './debdiff/debdiff-html.ts'
import { PAGE_STYLE } from './debdiff/debdiff-page.ts'
import { SCRIPT } from './diffoscope/page/script.ts'
import { STYLE } from './diffoscope/page/style.css.ts'

const NO_LOADING = "default-src 'none'"
const NO_BASE_OR_FORMS = "base-uri 'none'; form-action 'none'"
const DENY_ALL = `${NO_LOADING}; ${NO_BASE_OR_FORMS}`
/** The page of a diffoscope report runs its own script, which fetches further parts of the report. */
const DIFFOSCOPE_SCRIPT = `script-src ${cspHash(SCRIPT)}; connect-src 'self'`

/** Header of a debdiff: only its two constant `style` attributes are allowed, by their hashes. */
export const DEBDIFF_POLICY = `${DENY_ALL}; style-src 'unsafe-hashes' ${DEBDIFF_STYLES.map(cspHash).join(' ')}`

/** The policy of the page around a debdiff, which contains its own style sheet. */
export const DEBDIFF_PAGE_POLICY = `${DEBDIFF_POLICY} ${cspHash(PAGE_STYLE)}`

/** Header of a page of a diffoscope report. */
export function diffoscopePolicy(cssUrl: string | undefined): string {
  const stylesheet = safeStylesheet(cssUrl)
  const source = stylesheet === null ? '' : ` ${cspSource(stylesheet)}`
  return `${DENY_ALL}; style-src ${cspHash(`\n${STYLE}\n`)}${source}; ${DIFFOSCOPE_SCRIPT}`
}

/**
 * The policy inside a page of a diffoscope report, which also protects a saved copy of it. It allows any
 * stylesheet that the page can link; the header, which browsers apply as well, allows only the linked one.
 */
export const DIFFOSCOPE_META_POLICY = `${NO_LOADING}; style-src 'unsafe-inline' 'self' http: https:; ${DIFFOSCOPE_SCRIPT}; ${NO_BASE_OR_FORMS}`

/** Header of a page that has one `style` element and loads nothing. */
export function stylePolicy(style: string): string {
  return `${DENY_ALL}; style-src ${cspHash(style)}`
}

/** The source expression that allows exactly this inline script or style. */
export function cspHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** The URL of a stylesheet if a page may link it: http(s) or relative. Else null. */
export function safeStylesheet(url: string | undefined): string | null {
  if (!url || /[\0-\x20\x7f]/.test(url)) return null
  return /^https?:/i.test(url) || !/^[^/?#]*:/.test(url) ? url : null
}

/** The source expression for the origin of a stylesheet. */
function cspSource(stylesheet: string): string {
  if (/^https?:/i.test(stylesheet)) return new URL(stylesheet).origin
  if (stylesheet.startsWith('//')) return new URL(`https:${stylesheet}`).host
  return "'self'"
}
