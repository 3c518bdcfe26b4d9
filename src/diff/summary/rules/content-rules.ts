/** Rules about changed content, by the place of the file. */

import type { FileChange, Place } from '../changes.ts'
import type { ContentChange, Nature } from '../content/content.ts'
import { type Match, NO_MATCH, type Rule } from './rule.ts'

/** Natures that have a rule of their own, in `nature-rules.ts`, and are not reported a second time as changed content. */
const OWN_RULE: readonly Nature[] = [
  'COMMENT',
  'WHITESPACE',
  'LINE_ENDINGS',
  'FINAL_NEWLINE',
  'ENCODING',
  'INVISIBLE',
  'EMPTIED',
  'ORDER',
]

/** Changes that only the rule of the place reports: all but those with a rule of their own. */
export function plainChanges({ content }: FileChange): readonly ContentChange[] {
  return (content?.changes ?? []).filter(({ nature }) => !OWN_RULE.includes(nature))
}

/** Natures of programs, which the rules about ELF files report. */
const ELF_NATURES: readonly Nature[] = ['CODE', 'DATA', 'FACT', 'HIDDEN']

function isElf(change: FileChange): boolean {
  return (change.new ?? change.old)?.kind === 'elf'
}

/** The excerpts of several changes as one, with the inner path before each. */
export function excerpts(changes: readonly ContentChange[]): { old: string; new: string } {
  const side = (text: (one: ContentChange) => string) =>
    changes
      .map((one) => withInner(one, text(one)))
      .filter((text) => text !== '')
      .join('\n')
      .slice(0, 2_000)
  return { old: side((one) => one.old), new: side((one) => one.new) }
}

/** Attributes of a member stand beside its name, its content below it. */
function withInner({ inner, fact }: ContentChange, text: string): string {
  if (text === '' || inner === '') return text
  return fact === 'member attributes' ? `${inner} (${text})` : `${inner}: ${text}`
}

function atPlace(place: Place, message: string): NonNullable<Rule['file']> {
  return (change) => {
    if (change.place !== place || isElf(change)) return NO_MATCH
    const changes = plainChanges(change).filter(({ nature }) => nature !== 'HIDDEN')
    return changes.length === 0 ? NO_MATCH : [{ ...excerpts(changes), message }]
  }
}

/** Natures of changes that most programs do not notice. */
const LAYOUT: readonly Nature[] = ['WHITESPACE', 'FINAL_NEWLINE', 'LINE_ENDINGS', 'ENCODING']

export const contentRules: readonly Rule[] = [
  {
    id: 'SECURITY_FILE_CHANGED',
    severity: 'BAD',
    finds: 'A file that decides who may do what, or what runs with privileges, has other content.',
    why: 'PAM, sudo, polkit, udev, APT and similar configuration takes effect at once and for everybody on the system. It is VERIFY where only blanks, line ends or the encoding differ.',
    source: 'rpminspect, inspection "changedfiles" with its security paths',
    file: (change) => {
      if (change.place !== 'security' || isElf(change)) return NO_MATCH
      const changes = (change.content?.changes ?? []).filter(({ nature }) => nature !== 'COMMENT')
      return changes.length === 0
        ? NO_MATCH
        : [
            {
              ...excerpts(changes),
              severity: changes.every(({ nature }) => LAYOUT.includes(nature)) ? 'VERIFY' : 'BAD',
              message: 'A file that decides about privileges has other content.',
            },
          ]
    },
  },
  {
    id: 'SERVICE_CHANGED',
    severity: 'VERIFY',
    finds: 'A unit, init script, cron job or similar has other content.',
    why: 'It decides what runs on the system and as which user. It is BAD where a command is started from a temporary or build directory.',
    source: 'Debian policy 9.3; systemd.service(5)',
    file: (change) => {
      if (change.place !== 'service') return NO_MATCH
      const changes = plainChanges(change)
      if (changes.length === 0) return NO_MATCH
      const shown = excerpts(changes)
      const isUnsafe = /=[-@:+!|]*\/(tmp|var\/tmp|build|home|dev\/shm)\//.test(shown.new)
      return [
        { ...shown, severity: isUnsafe ? 'BAD' : 'VERIFY', message: 'What the system starts has changed.' },
      ]
    },
  },
  {
    id: 'CONFFILE_CHANGED',
    severity: 'VERIFY',
    finds: 'A configuration file has other content, or the list of configuration files differs.',
    why: 'dpkg asks administrators who changed the file, and gives the new content to all others.',
    source: 'Debian policy 10.7; rpminspect, inspection "config"',
    file: atPlace('conffile', 'The content of a configuration file has changed.'),
  },
  {
    id: 'HEADER_CHANGED',
    severity: 'VERIFY',
    finds: 'A header file has other content.',
    why: 'Packages that are built against it may break or be built otherwise.',
    source: 'rpminspect, inspection "changedfiles"',
    file: atPlace('header', 'A header file has changed.'),
  },
  {
    id: 'LICENCE_CHANGED',
    severity: 'VERIFY',
    finds: 'A copyright file or licence has other content.',
    why: 'What people may do with the package has to be read again.',
    source: 'Debian policy 12.5; rpminspect, inspection "license"',
    file: (change) => licenceChanges(change),
  },
  {
    id: 'CHANGELOG_CHANGED',
    severity: 'VERIFY',
    finds: 'An older entry of a changelog, or an upstream changelog, differs.',
    why: 'The entry of this build is expected to be new; the history before it is not. It is INFO where entries were only added at the top.',
    source: 'Debian policy 4.4; rpminspect, inspection "changelog"',
    file: (change, pair) => {
      const changes = change.place === 'changelog' ? plainChanges(change) : []
      return changes.length > 0 && changes.every(({ nature }) => nature === 'NEW_ENTRIES')
        ? [
            {
              ...excerpts(changes),
              severity: 'INFO',
              message: 'The changelog has new entries; the older ones are as before.',
            },
          ]
        : atPlace('changelog', 'The changelog differs in more than the entry of this build.')(change, pair)
    },
  },
  {
    id: 'NEWS_ADDED',
    severity: 'INFO',
    finds: 'NEWS.Debian is new or has other content.',
    why: 'apt-listchanges shows it to administrators during an upgrade.',
    source: 'Debian developer’s reference 6.3.4',
    file: (change) =>
      change.place === 'news' && (change.change === 'ADDED' || plainChanges(change).length > 0)
        ? [{ ...excerpts(plainChanges(change)), message: 'There is news for administrators.' }]
        : NO_MATCH,
  },
  {
    id: 'DOC_CHANGED',
    severity: 'INFO',
    finds: 'Documentation has other content.',
    why: 'People read it; nothing runs it.',
    source: 'rpminspect, inspection "doc"',
    file: atPlace('document', 'Documentation has changed.'),
  },
  {
    id: 'JAVA_BYTECODE',
    severity: 'VERIFY',
    finds: 'A compiled Java class differs.',
    why: 'It is code; which part of it changed needs a disassembler.',
    source: 'rpminspect, inspection "javabytecode"',
    file: (change) => {
      const classes = plainChanges(change).filter(
        ({ inner }) => inner.endsWith('.class') || (inner === '' && change.path.endsWith('.class')),
      )
      return classes.length === 0
        ? NO_MATCH
        : [{ ...excerpts(classes), message: 'Compiled Java code has changed.' }]
    },
  },
  {
    id: 'CONTENT_CHANGED',
    severity: 'VERIFY',
    finds: 'A file that no other rule knows has other content.',
    why: 'Programs may read or run it.',
    source: 'rpminspect, inspection "changedfiles"',
    file: (change) => {
      // A damaged program, and a script that became one, are compared as bytes.
      if (change.place !== 'other' && !isElf(change)) return NO_MATCH
      const changes = plainChanges(change).filter(({ nature }) =>
        isElf(change) ? !ELF_NATURES.includes(nature) : nature !== 'HIDDEN',
      )
      return changes.length === 0
        ? NO_MATCH
        : [{ ...excerpts(changes), message: 'The content of a file has changed.' }]
    },
  },
  {
    id: 'HIDDEN_PAYLOAD',
    severity: 'BAD',
    finds: 'An ELF file has other bytes in a place that nothing reads.',
    why: 'Notes and gaps of lawful form have no room for content; bytes there are hidden from tools that compare section by section.',
    source: 'differ',
    file: (change) => hidden(change, isElf(change)),
  },
  {
    id: 'TRAILING_DATA',
    severity: 'BAD',
    finds: 'A compressed file or archive has other bytes after its end.',
    why: 'Ordinary programs do not show them, and a program that knows of them can use them.',
    source: 'differ',
    file: (change) => hidden(change, !isElf(change)),
  },
]

function hidden(change: FileChange, wanted: boolean): readonly Match[] {
  const changes = (change.content?.changes ?? []).filter(({ nature }) => nature === 'HIDDEN')
  return !wanted || changes.length === 0
    ? NO_MATCH
    : [
        {
          ...excerpts(changes),
          message: `Bytes that ordinary tools do not show have changed: ${changes.map(({ fact }) => fact).join(', ')}.`,
        },
      ]
}

/** Files that say "licence" in their name are licences wherever they lie. */
function licenceChanges(change: FileChange): readonly Match[] {
  if (change.place !== 'licence') return NO_MATCH
  const changes = plainChanges(change)
  return changes.length === 0
    ? NO_MATCH
    : [{ ...excerpts(changes), message: 'A copyright notice or licence has changed.' }]
}

export { isElf }
