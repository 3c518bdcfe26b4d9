/** When a file was made, where tools write it. A date anywhere else is content. */
import { DATE, datePattern, isDate, isPrintedDate } from '../dates.ts'
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
  /\b(generated|updated|modified|built|created|produced|compiled|converted|published|rendered|exported|timestamp|build date|date\.created|dc\.created|dcterms)\b|class="(?:footer|date)"|name="(?:date|dc\.date|generator)"|id="(?:footer|date)"/i

/** DOC_DATE: when documentation was generated: a line that says so, a texinfo title, a meta element. */
export const docDate: TextNormaliser = {
  class: 'DOC_DATE',
  appliesTo: (file) => isDocument(file) && !isDebianChangelog(file),
  normalise(text, _side, _other, file) {
    const isTexinfo =
      /\.info/.test(file.path) || /Created by GNU Texinfo|produced by makeinfo/.test(text.slice(0, 8192))
    return inLines(text, (line) => {
      if (GENERATED.test(line) || (isTexinfo && /\d/.test(line))) return withoutDates(line, isTexinfo)
      return line
    })
  },
}

function withoutDates(line: string, isTexinfo: boolean): string {
  // Texinfo makes an anchor of a title: `Kettle-1_002e0_002c-10-January-2026`.
  return line.replace(datePattern(), (date) =>
    isTexinfo || !/^\d{1,2}-/.test(date) ? hole('DOC_DATE') : date,
  )
}

/** COPYRIGHT_YEAR: the last year of a copyright notice in generated documentation. A licence's own text must not differ otherwise. */
export const copyrightYear: TextNormaliser = {
  class: 'COPYRIGHT_YEAR',
  appliesTo: (file) => isDocument(file) && isMarkup(file),
  normalise: (text) =>
    inLines(text, (line) =>
      line.replace(
        /((?:©|&copy;|&#169;|&#xA9;|\(c\)|copyright)[^<\n]{0,40}?(?:(?:19|20)\d{2} ?[-–,] ?)?)((?:19|20)\d{2})\b/gi,
        `$1${hole('COPYRIGHT_YEAR')}`,
      ),
    ),
}

/** JAVA_PROPS: the comment with a date that java.util.Properties writes, and the volatile fields of a manifest. */
export const javaProperties: TextNormaliser = {
  class: 'JAVA_PROPS',
  appliesTo: ({ path }) => /\.properties$|(^|\/)MANIFEST\.MF$/.test(path),
  normalise: (text) =>
    inLines(text, (line) => {
      if (/^#/.test(line)) return isDate(line.slice(1)) ? hole('JAVA_PROPS') : line
      return line.replace(
        /^(Bnd-LastModified|Built-By|Build-Jdk(?:-Spec)?|Build-Date|Build-Time|Created-By|Implementation-Build-Date): .*$/,
        `$1: ${hole('JAVA_PROPS')}`,
      )
    }),
}

/** GETTEXT_DATE: the dates in the header of a message catalogue. */
export const gettextDate: TextNormaliser = {
  class: 'GETTEXT_DATE',
  appliesTo: ({ path, kind }) => kind === 'mo' || /\.(po|pot|mo|gmo)(\.gz)?$/.test(path),
  normalise: (text) =>
    text.replace(/^("?)(POT-Creation-Date|PO-Revision-Date): [^\n]*$/gm, `$1$2: ${hole('GETTEXT_DATE')}`),
}

/** PS_DVI_DATE: comments of PostScript that say when and from where it was made. Source: Adobe's Document Structuring Conventions. */
export const postscriptDate: TextNormaliser = {
  class: 'PS_DVI_DATE',
  appliesTo: ({ path }) => /\.e?ps(\.gz)?$/.test(path),
  normalise: (text) =>
    text.replace(
      /^%(%CreationDate|DVIPSSource|DVIPSCommandLine|%Title): ?[^\n]*$/gm,
      `%$1: ${hole('PS_DVI_DATE')}`,
    ),
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

/** OTHER_STAMPS: a line that is a comment and nothing but a date, or a file that holds nothing but what `date` prints; below a line that says that the file is generated, or in data of a package that no program runs. */
export const otherStamps: TextNormaliser = {
  class: 'OTHER_STAMPS',
  appliesTo: (file) => !isCode(file),
  normalise(text) {
    if (text.length < 100 && isPrintedDate(text)) return hole('OTHER_STAMPS')
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

/** The pattern of a date within another pattern. */
export const DATE_SOURCE = `(?:${DATE})`
