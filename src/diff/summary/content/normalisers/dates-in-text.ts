/** When a file was made, where tools write it. A date anywhere else is content. */
import type { FileContext } from '../content.ts'
import { DATE, DATE_SOURCE, datePattern, isDate, isPrintedDate, replaceDatesAfter } from '../dates.ts'
import { hole, type TextNormaliser } from '../normaliser.ts'
import { inLines, isCode, isDebianChangelog, isDocument, isManPage, isMarkup } from './file-types.ts'

/** MAN_DATE: the third argument of `.TH`, and the comments that generators of man pages leave. Sources: man(7), Pod::Man, help2man, DocBook XSL. */
export const manDate: TextNormaliser = {
  class: 'MAN_DATE',
  appliesTo: isManPage,
  normalise: (text) =>
    inLines(text, (line) => {
      if (/^\.TH /.test(line))
        return line.replace(/^(\.TH +(?:"[^"]*"|\S+) +(?:"[^"]*"|\S+) +)("[^"]*"|\S+)/, dropDate)
      if (/^\.Dd /.test(line)) return line.replace(/^(\.Dd +)(.*)$/, dropDate)
      if (/^[.']\\" /.test(line)) return line.replace(datePattern(), hole('MAN_DATE'))
      return line
    }),
}

function dropDate(all: string, before: string, date: string): string {
  return isDate(date.replaceAll('"', '').replaceAll('\\-', '-')) ? before + hole('MAN_DATE') : all
}

const GENERATED =
  /\b(?:generated|updated|last modified|modified:|built|created(?: on| at| by|:)|produced|compiled|converted|published on|rendered|exported|timestamp|build date|date\.created|dc\.created|dcterms\.\w+)\b|class="(?:footer|date)"|name="(?:date|dc\.date|generator)"|id="(?:footer|date)"/i

/** DOC_DATE: when documentation was generated: a date after a word that says so, a meta element, the date of a Texinfo manual. */
export const docDate: TextNormaliser = {
  class: 'DOC_DATE',
  appliesTo: (file) => isDocument(file) && !isDebianChangelog(file),
  normalise(text, _side, _other, file) {
    const isTexinfo =
      /\.info/.test(file.path) || /Created by GNU Texinfo|produced by makeinfo/.test(text.slice(0, 8192))
    const own = isTexinfo ? manualDates(text) : []
    const stamped = inLines(text, (line) => replaceDatesAfter(line, GENERATED, hole('DOC_DATE')))
    // Titles, indexes and anchors (`Kettle-1_002e0_002c-10-January-2026`) repeat the date of the manual.
    return own.reduce((rest, date) => rest.replaceAll(date, hole('DOC_DATE')), stamped)
  },
}

/** The dates that the beginning of a Texinfo manual gives as its own, as written and as in an anchor. Source: mdate-sh, `version.texi`. */
function manualDates(text: string): string[] {
  const head = text.slice(0, 8192)
  const named = [MANUAL_DATE, MANUAL_TITLE].flatMap((pattern) =>
    [...head.matchAll(new RegExp(pattern, 'gim'))].map(([, date = '']) => date),
  )
  return [...new Set(named)].flatMap((date) => [date, date.replaceAll(/\s+/g, '-')])
}

const MANUAL_DATE = `(?:version|edition|updated|release)[^\\n]{0,20}?\\n?[^\\n]{0,20}?\\b(${DATE})`
/** A heading that ends in a version and the date: `Kettle 1.0, 10 January 2026`. */
const MANUAL_TITLE = `(?:^|>)[^\\n<>]{1,80}, (${DATE})(?:\\n[*=]{4,}$|</(?:h1|title)>)`

/** COPYRIGHT_YEAR: the last year of a copyright notice in generated documentation. A licence's own text must not differ otherwise. */
export const copyrightYear: TextNormaliser = {
  class: 'COPYRIGHT_YEAR',
  appliesTo: (file) => isDocument(file) && isMarkup(file),
  normalise: (text) =>
    inLines(text, (line) =>
      line.replace(
        /((?:©|&copy;|&#169;|&#xA9;|\(c\)|copyright)(?![^<\n]{0,40}?\b(?:expires?|until|law|act|before|after|since|from)\b)[^<\n]{0,40}?(?:(?:19|20)\d{2} ?[-–,] ?)?)((?:19|20)\d{2})\b/gi,
        `$1${hole('COPYRIGHT_YEAR')}`,
      ),
    ),
}

/** Fields of a manifest that say who built with what and when, with a value that says nothing else. Source: the JAR file specification; bnd. */
const MANIFEST_STAMP = new RegExp(
  [
    'Bnd-LastModified: \\d+',
    'Built-By: [\\w.-]{1,32}',
    'Build-Jdk(?:-Spec)?: [\\w.+-]{1,40}',
    `(?:Build-Date|Build-Time|Implementation-Build-Date): (?:${DATE}|\\d{8,14})`,
    'Created-By: [\\d._]+[\\w.+-]* \\([\\w ,.]{1,40}\\)',
    'Created-By: (?:Apache )?(?:Maven|Ant|Gradle)[\\w .-]{0,40}',
  ]
    .map((one) => `^(?:${one})\\r?$`)
    .join('|'),
  'i',
)
const isManifest = ({ path }: FileContext) => /(^|\/)MANIFEST\.MF$/.test(path)

/** JAVA_PROPS: the comment with a date that java.util.Properties writes, and the volatile fields of a manifest. */
export const javaProperties: TextNormaliser = {
  class: 'JAVA_PROPS',
  appliesTo: ({ path }) => /\.properties$|(^|\/)MANIFEST\.MF$/.test(path),
  normalise: (text, _side, _other, file) =>
    inLines(text, (line) => {
      if (/^#/.test(line)) return isDate(line.slice(1)) ? hole('JAVA_PROPS') : line
      return isManifest(file) && MANIFEST_STAMP.test(line)
        ? line.replace(/: .*$/, `: ${hole('JAVA_PROPS')}`)
        : line
    }),
}

/** GETTEXT_DATE: the dates in the header of a message catalogue. */
export const gettextDate: TextNormaliser = {
  class: 'GETTEXT_DATE',
  appliesTo: ({ path, kind }) => kind === 'mo' || /\.(po|pot|mo|gmo)(\.gz)?$/.test(path),
  normalise: (text) =>
    text.replace(
      /^("?)(POT-Creation-Date|PO-Revision-Date): \d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?:[+-]\d{4})?(?=\\n"$|$)/gm,
      `$1$2: ${hole('GETTEXT_DATE')}`,
    ),
}

const POSTSCRIPT_STAMP = new RegExp(
  `^(%%CreationDate: *\\(?|%DVIPSSource: *TeX output )(?:${DATE}(?::\\d{4})?|D:\\d{8,14}(?:[Z+-][\\d']*)?|\\d{4}\\.\\d\\d\\.\\d\\d:\\d{4})(?=\\)?\\s*$)`,
  'gim',
)

/** PS_DVI_DATE: comments of PostScript that say when and from where it was made. Source: Adobe's Document Structuring Conventions. */
export const postscriptDate: TextNormaliser = {
  class: 'PS_DVI_DATE',
  appliesTo: ({ path }) => /\.e?ps(\.gz)?$/.test(path),
  normalise: (text) => text.replace(POSTSCRIPT_STAMP, `$1${hole('PS_DVI_DATE')}`),
}

/** ELC_STAMP: who compiled an Emacs Lisp file, when and from where: comments at its beginning. */
export const elcStamp: TextNormaliser = {
  class: 'ELC_STAMP',
  appliesTo: ({ path, kind }) => kind === 'elc' || /\.elc$|loaddefs\.el$/.test(path),
  normalise: (text) =>
    text.replace(
      /^;;; (Compiled|from file|in Emacs version|Generated autoloads) ?[^\n]*$/gm,
      `;;; ${hole('ELC_STAMP')}`,
    ),
}

const NAMED_STAMP = /(^|[/._-])(build|built|stamp|timestamp|created|generated|date|buildinfo|version)[^/]*$/i

/** OTHER_STAMPS: a line that is a comment and nothing but a date, or a file that holds nothing but what `date` prints; below a line that says that the file is generated, or in data of a package that no program runs. */
export const otherStamps: TextNormaliser = {
  class: 'OTHER_STAMPS',
  appliesTo: (file) => !isCode(file),
  normalise(text, _side, _other, { path }) {
    if (text.length < 100 && isPrintedDate(text) && NAMED_STAMP.test(path)) return hole('OTHER_STAMPS')
    const isGenerated = /generated|do not edit/i.test(text.slice(0, 1000))
    if (!isGenerated) return text
    const lines = text.split('\n')
    return lines
      .map((line, index) => {
        const [, before = '', rest = ''] = /^(\s*(?:#|;+|\/\/|\*|--|%+|dnl)\s*)(.*?)\s*$/.exec(line) ?? []
        return index < 30 && before && isDate(rest) ? before + hole('OTHER_STAMPS') : line
      })
      .join('\n')
  },
}

/** Lines that say when something was built, in files of which the path says what they are. Sources: perl's Configure; RubyGems. */
const STAMPED_LINES: readonly (readonly [path: RegExp, line: RegExp])[] = [
  [/\/Config_heavy\.pl$/, new RegExp(`^(## Configuration time: |cf_time=')(${DATE_SOURCE})('?)$`, 'gim')],
  [/\/specifications\/[^/]+\.gemspec$/, /^( +s\.date = ")(\d{4}-\d\d-\d\d)("(?:\.freeze)?)$/gm],
]

/** OTHER_STAMPS, in files that programs read: one line of a known file. */
export const stampedLines: TextNormaliser = {
  class: 'OTHER_STAMPS',
  appliesTo: ({ path }) => STAMPED_LINES.some(([file]) => file.test(path)),
  normalise: (text, _side, _other, { path }) =>
    STAMPED_LINES.filter(([file]) => file.test(path)).reduce(
      (rest, [, line]) => rest.replace(line, `$1${hole('OTHER_STAMPS')}$3`),
      text,
    ),
}

/** R_BUILT: when a package for R was built, in its description. Source: Writing R Extensions, 1.1.1. */
export const rBuilt: TextNormaliser = {
  class: 'R_BUILT',
  appliesTo: ({ path }) => /^usr\/(?:lib|share)\/R\/.*\/DESCRIPTION$/.test(path),
  normalise: (text) =>
    text.replace(
      new RegExp(`^(Built: R [\\d.]+; [\\w-]*; |Packaged: )${DATE_SOURCE}`, 'gim'),
      `$1${hole('R_BUILT')}`,
    ),
}

/** FONT_INDEX: the lines of an index of fonts, which name each font once, in any order. Sources: mkfontscale(1), mkfontdir(1). */
export const fontIndex: TextNormaliser = {
  class: 'FONT_INDEX',
  appliesTo: ({ path }) =>
    /(^|\/)(fonts\.(scale|dir)|encodings\.dir)$|^usr\/share\/fonts\/X11\/.*\.(scale|dir)$/.test(path),
  normalise(text) {
    const [count = '', ...lines] = text.replace(/\n$/, '').split('\n')
    const names = new Set(lines.map((line) => line.replace(/^\S+ +/, '')))
    // Of two fonts with one name the first counts.
    if (!/^\d+$/.test(count) || Number(count) !== lines.length || names.size !== lines.length) return text
    return `${[count, ...lines.sort()].join('\n')}${text.endsWith('\n') ? '\n' : ''}`
  },
}
