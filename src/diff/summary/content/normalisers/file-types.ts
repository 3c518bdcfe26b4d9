/** Where files lie, as normalisers ask for it. */
import { placeOf } from '../../places.ts'
import type { FileContext } from '../content.ts'

const DOCUMENT =
  /^usr\/share\/(doc|doc-base|gtk-doc|javadoc|info|man|help|gnome\/help|devhelp|ri|texmf\/doc)\/|^usr\/share\/maven-repo\/|\.(html?|xhtml|info|texi|md|rst|tex)$/

/** Documentation: what people read and programs do not run. */
export function isDocument({ path }: FileContext): boolean {
  return DOCUMENT.test(path.replace(/\.gz$/, ''))
}

export function isMarkup({ path }: FileContext): boolean {
  return /\.(html?|xhtml|xml|svg)$/.test(path.replace(/\.gz$/, ''))
}

export function isManPage({ path }: FileContext): boolean {
  return /(^|\/)man\/(?:[^/]+\/)?man[0-9a-z]+\/[^/]+$|^usr\/share\/doc\/.*\.[1-9][a-z]*$/.test(
    path.replace(/\.gz$/, ''),
  )
}

/** The Debian changelog of a package, and that of a binary-only upload. */
export function isDebianChangelog({ path }: FileContext): boolean {
  return /^usr\/share\/doc\/[^/]+\/changelog(\.Debian(\.[a-z0-9-]+)?)?(\.gz)?$/.test(path)
}

/** Read by a compiler, an interpreter or the system, so that every byte may matter. */
export function isCode({ path, kind }: FileContext): boolean {
  return (
    kind === 'script' ||
    /\.(py|pl|pm|rb|sh|js|mjs|ts|c|h|hpp|cc|java|lua|tcl|el|scm|php|go|rs|hs|ml|conf|cnf|cfg|ini|ya?ml|toml|desktop|service|rules|sql|awk|css|bash|zsh|fish|ps1|cgi|jsx|tsx|vim|lisp)$/.test(
      path,
    ) ||
    /^(etc|bin|sbin|usr\/bin|usr\/sbin|usr\/games|usr\/libexec|lib\/systemd|usr\/lib\/systemd|control)\//.test(
      path,
    ) ||
    ['security', 'service'].includes(placeOf(path, false))
  )
}

/** The path of a program's strings begins with this: they are read as text, and are no file. */
export const STRINGS = 'strings of '

/** Replaces in each line alone, so that a pattern never reaches over the end of a line. */
export function inLines(text: string, replace: (line: string) => string): string {
  return text.split('\n').map(replace).join('\n')
}

export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
