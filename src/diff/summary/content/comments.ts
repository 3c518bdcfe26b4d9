/** How comments are written in files that packages hold, by name, place and first line. */
import type { FileContext } from './content.ts'

export type CommentStyle = 'hash' | 'semicolon' | 'slashes' | 'block' | 'python' | 'markup' | 'quote'

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
  css: 'block',
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
  python: withoutPythonComments,
  // Between backticks, which begin a string of several lines, nothing is a comment.
  slashes: (text) =>
    text.includes('`')
      ? text
      : wholeLines(/^\s*\/\/(?![/ ]*[#@]|go:|\s*\+build|.*\\$)/)(withoutBlockComments(text)),
  block: withoutBlockComments,
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
  // A scalar of several lines of YAML: nothing in it is a comment.
  if (/[:-] *[|>][-+\d]*\s*$/m.test(text)) return text
  let end: string | null = null
  let isQuoted = false
  return text
    .split('\n')
    .filter((line) => {
      // Within quotes that an earlier line has opened.
      const wasQuoted = isQuoted
      if (wasQuoted || !/^\s*#/.test(line)) isQuoted = isQuoted !== (line.split('"').length % 2 === 0)
      if (wasQuoted) return true
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

function withoutBlockComments(text: string): string {
  return text.replace(/^\s*\/\*(?:[^*]|\*(?!\/))*\*\/\s*$/gm, '')
}

function withoutPythonComments(text: string): string {
  const rest = withoutDocstrings(text)
  // In a string of several lines nothing is a comment. An encoding is declared in one, and read: PEP 263.
  return /"""|'''/.test(rest) ? rest : wholeLines(/^\s*#(?!.*coding[:=])/)(rest)
}

/** A string that stands alone on its own lines, at the beginning of a module, or below the head of a class or function. */
const DOCSTRING =
  /((?<![\s\S])(?:#[^\n]*\n|[ \t]*\n)*|^[ \t]*(?:class|def|async def)\b[^\n]{0,400}:[ \t]*\n|^[^\n]{0,400}\)(?: *->[^\n]{0,200})?:[ \t]*\n)[ \t]*[rRuU]?("""|''')(?:(?!\2)[\s\S])*\2[ \t]*$/gm

function withoutDocstrings(text: string): string {
  // Some programs read their own documentation.
  if (/__doc__|docopt|doctest/.test(text)) return text
  return text.replace(DOCSTRING, '$1')
}
