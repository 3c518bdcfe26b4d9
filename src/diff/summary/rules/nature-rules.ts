/** Rules about what is easily overlooked: order, blanks, line ends, encodings, characters that cannot be seen. */

import type { FileChange } from '../changes.ts'
import type { Nature } from '../content/content.ts'
import type { Severity } from '../types.ts'
import { excerpts } from './content-rules.ts'
import { type Match, NO_MATCH, type Rule } from './rule.ts'

function ofNature(
  nature: Nature,
  message: string,
  severity?: (change: FileChange) => Severity,
): NonNullable<Rule['file']> {
  return (change): readonly Match[] => {
    const changes = (change.content?.changes ?? []).filter((one) => one.nature === nature)
    if (changes.length === 0) return NO_MATCH
    return [{ ...excerpts(changes), message, ...(severity && { severity: severity(change) }) }]
  }
}

/** A program or something that the system reads. */
const isRun = ({ new: entry, place }: FileChange) =>
  entry?.kind === 'script' ||
  ((entry?.mode ?? 0) & 0o111) !== 0 ||
  place === 'security' ||
  place === 'service' ||
  place === 'control file'

export const natureRules: readonly Rule[] = [
  {
    id: 'ORDER_SIGNIFICANT',
    severity: 'VERIFY',
    finds: 'The same lines are in another order.',
    why: 'Search paths, PAM stacks, firewall and sudo rules are read from the top. It is BAD in files that decide about privileges.',
    source: 'differ; diffoscope calls such a change "ordering differences only"',
    file: ofNature('ORDER', 'The lines are the same, in another order.', ({ place }) =>
      place === 'security' ? 'BAD' : 'VERIFY',
    ),
  },
  {
    id: 'COMMENT_ONLY',
    severity: 'INFO',
    finds: 'Only comments differ.',
    why: 'What the file does is the same.',
    source: 'rpminspect, inspection "config"',
    file: ofNature('COMMENT', 'Only comments have changed.'),
  },
  {
    id: 'WHITESPACE_SIGNIFICANT',
    severity: 'VERIFY',
    finds: 'Only blanks differ.',
    why: 'Blanks have a meaning in Python, YAML, Makefiles, and in values of settings.',
    source: 'differ',
    file: ofNature('WHITESPACE', 'Only blanks have changed.'),
  },
  {
    id: 'LINE_ENDINGS',
    severity: 'VERIFY',
    finds: 'Lines end in CR LF instead of LF, or the reverse.',
    why: 'The kernel does not find an interpreter whose name ends in CR: BAD for scripts and what the system reads, INFO in documentation.',
    source: 'execve(2)',
    file: ofNature('LINE_ENDINGS', 'The line endings have changed.', (change) =>
      isRun(change) ? 'BAD' : change.place === 'document' ? 'INFO' : 'VERIFY',
    ),
  },
  {
    id: 'NEWLINE_AT_EOF',
    severity: 'INFO',
    finds: 'The newline at the end of the file came or went.',
    why: 'Most programs do not care; cron ignores a last line without one: BAD there. It is VERIFY in other configuration and maintainer scripts.',
    source: 'crontab(5)',
    file: ofNature('FINAL_NEWLINE', 'The newline at the end of the file came or went.', (change) =>
      /^etc\/cron|^var\/spool\/cron|sudoers/.test(change.path) ? 'BAD' : isRun(change) ? 'VERIFY' : 'INFO',
    ),
  },
  {
    id: 'ENCODING_CHANGED',
    severity: 'VERIFY',
    finds: 'The character encoding differs, or a byte order mark came or went.',
    why: 'A script with a byte order mark has no interpreter line.',
    source: 'differ',
    file: ofNature('ENCODING', 'The character encoding has changed.'),
  },
  {
    id: 'INVISIBLE_UNICODE',
    severity: 'BAD',
    finds: 'A character that cannot be seen, or that changes the order of what is shown, is new.',
    why: 'Text with such characters does not say what it seems to say.',
    source: 'CVE-2021-42574; Unicode, UTS 39',
    file: ofNature('INVISIBLE', 'A line has a character that cannot be seen.'),
  },
  {
    id: 'FILE_EMPTIED',
    severity: 'VERIFY',
    finds: 'A file became empty, or was empty before.',
    why: 'An empty file is often the result of a failed build step.',
    source: 'rpminspect, inspection "filesize"',
    file: ofNature('EMPTIED', 'A file became empty, or is not empty any more.'),
  },
]
