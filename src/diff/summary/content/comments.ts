/** How comments are written in files that packages hold, by name, place and first line. */
import type { FileContext } from './content.ts'

export type CommentStyle = 'hash' | 'semicolon' | 'slashes' | 'python' | 'markup' | 'quote'

const BY_ENDING: Readonly<Record<string, CommentStyle>> = {
  py: 'python',
  sh: 'hash',
  pl: 'hash',
  pm: 'hash',
  rb: 'hash',
  conf: 'hash',
  cnf: 'hash',
  cfg: 'hash',
  toml: 'hash',
  yaml: 'hash',
  yml: 'hash',
  service: 'hash',
  socket: 'hash',
  timer: 'hash',
  rules: 'hash',
  list: 'hash',
  properties: 'hash',
  cmake: 'hash',
  pc: 'hash',
  ini: 'semicolon',
  el: 'semicolon',
  lisp: 'semicolon',
  js: 'slashes',
  c: 'slashes',
  h: 'slashes',
  hpp: 'slashes',
  java: 'slashes',
  css: 'slashes',
  html: 'markup',
  xml: 'markup',
  svg: 'markup',
}

/** Null where comments are not known, so that nothing is taken for one. */
export function commentStyle({ path, kind }: FileContext): CommentStyle | null {
  const [, ending] = /\.([a-z]+)$/.exec(path) ?? []
  const known = ending && BY_ENDING[ending]
  if (known) return known
  if (kind === 'script') return 'hash'
  if (/^(etc\/|control\/(pre|post)(inst|rm)$|control\/(config|triggers)$)/.test(path)) return 'hash'
  return null
}

/**
 * The text without its comments. A comment is only taken where it is one for certain: `#` at the beginning of a line, never within it, where it may
 * stand in a string. The first line is no comment where it names an interpreter.
 */
export function withoutComments(text: string, style: CommentStyle): string {
  const [first = '', ...rest] = text.split('\n')
  const keepsFirst = first.startsWith('#!')
  const body = keepsFirst ? rest.join('\n') : text
  return (keepsFirst ? `${first}\n` : '') + REMOVERS[style](body)
}

const wholeLines = (pattern: RegExp) => (text: string) =>
  text
    .split('\n')
    .filter((line) => !pattern.test(line) && line.trim() !== '')
    .join('\n')

const REMOVERS: Readonly<Record<CommentStyle, (text: string) => string>> = {
  hash: withoutHashComments,
  semicolon: wholeLines(/^\s*[;#]/),
  // An encoding is declared in a comment, and read: PEP 263.
  python: (text) => wholeLines(/^\s*#(?!.*coding[:=])/)(withoutDocstrings(text)),
  slashes: (text) =>
    wholeLines(/^\s*\/\/(?![/ ]*[#@]|go:|\s*\+build|.*\\$)/)(
      text.replace(/^\s*\/\*(?:[^*]|\*(?!\/))*\*\/\s*$/gm, ''),
    ),
  markup: (text) => text.replace(/<!--(?!\[if|#)[\s\S]*?-->/g, ''),
  quote: wholeLines(/^\s*"/),
}

/**
 * Lines that begin as comments and are read: directives of sudo and APT, headers of init scripts (LSB), encodings and modes, and what stands in a
 * here-document.
 */
const READ_COMMENT =
  /^\s*#(?:include|includedir|clear|import|if|else|endif|define|cgo|\d|!|-\*-)|^\s*#.*(?:coding[:=]|-\*-|vim?:|frozen_string_literal)|^#+ (?:BEGIN|END) INIT INFO|^# (?:Provides|(?:Required|Should)-(?:Start|Stop)|Default-(?:Start|Stop)|X-[\w-]+|chkconfig):|^\s*#.*\\$/

function withoutHashComments(text: string): string {
  let end: string | null = null
  return text
    .split('\n')
    .filter((line) => {
      if (end !== null) {
        if (line.trim() === end) end = null
        return true
      }
      if (line.trim() === '' || (/^\s*#/.test(line) && !READ_COMMENT.test(line))) return false
      end = /<<[-~]?\s*\\?(["']?)([A-Za-z_]\w*)\1/.exec(line)?.[2] ?? null
      return true
    })
    .join('\n')
}

/** A string that stands alone as a statement on its own lines, at the beginning of a module, class or function. */
function withoutDocstrings(text: string): string {
  return text.replace(/(^|:[ \t]*\n)([ \t]*)[rRuU]?("""|''')(?:(?!\3)[\s\S])*\3[ \t]*$/gm, '$1')
}
