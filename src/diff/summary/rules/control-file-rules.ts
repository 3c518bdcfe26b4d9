/** Rules about the files of the control archive: scripts, lists, symbols. */
import type { FileChange, PackagePairChanges } from '../changes.ts'
import { excerpts, plainChanges } from './content-rules.ts'
import { type Match, NO_MATCH, type Rule } from './rule.ts'

const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm', 'config']
/** Read by a rule below; what is in none of these lists is reported as changed content. */
const LISTS = ['control', 'md5sums', 'conffiles', 'triggers', 'shlibs', 'symbols', 'templates', ...SCRIPTS]

const memberOf = ({ path }: FileChange) => (path.startsWith('control/') ? path.slice('control/'.length) : '')

/** What a script may do that deserves a second look. */
const RISKY =
  /\bchmod\b.*(\b0?[0-7]{2}[2367]\b|\s[ugoa]*\+\w*s\b|\s[ugoa]*[ao]\+\w*w|\b0?[2467][0-7]{3}\b)|-m ?0?([0-7]{2}[2367]|[2467][0-7]{3})\b|\bsetcap\b|NOPASSWD|\b(curl|wget)\b.*\|\s*(ba|da)?sh|\beval\b|rm -rf? +\/(?!\w+\/)|\/dev\/tcp\/|base64 (-d|--decode)/

/** Commands by which a package reaches beyond its own files. */
const FAR_REACHING =
  /\b(dpkg-divert|dpkg-statoverride|update-alternatives|update-rc\.d|systemctl|deb-systemd-(?:helper|invoke)|invoke-rc\.d|adduser|addgroup|useradd|groupadd|usermod|deluser|userdel|setcap|chown|chmod|crontab|iptables|nft|sysctl|modprobe|insmod|curl|wget|ucf|debconf-set-selections)\b/g

/** ` It calls adduser now.`; empty where no such command is new. */
function newCommands(old: string, newer: string): string {
  const known = new Set(old.match(FAR_REACHING))
  const fresh = [...new Set(newer.match(FAR_REACHING))].filter((name) => !known.has(name))
  return fresh.length === 0 ? '' : ` It calls ${fresh.join(', ')} now.`
}

function script(wanted: FileChange['change'], message: string): NonNullable<Rule['file']> {
  return (change) => {
    if (!SCRIPTS.includes(memberOf(change)) || change.change !== wanted) return NO_MATCH
    const changes =
      wanted === 'CHANGED' ? (change.content?.changes ?? []).filter(({ nature }) => nature !== 'COMMENT') : []
    if (wanted === 'CHANGED' && changes.length === 0) return NO_MATCH
    const shown = excerpts(changes)
    return [
      {
        old: wanted === 'REMOVED' ? change.text : shown.old,
        new: wanted === 'ADDED' ? change.text : shown.new,
        ...(RISKY.test(shown.new || change.text) && { severity: 'BAD' as const }),
        message:
          message +
          newCommands(
            shown.old || (wanted === 'REMOVED' ? change.text : ''),
            shown.new || (wanted === 'ADDED' ? change.text : ''),
          ),
      },
    ]
  }
}

function list(member: string, message: string): NonNullable<Rule['file']> {
  return (change) => {
    if (memberOf(change) !== member) return NO_MATCH
    const changes = (change.content?.changes ?? []).filter(({ nature }) => nature !== 'COMMENT')
    if (change.change === 'CHANGED' && changes.length === 0) return NO_MATCH
    return [{ ...sides(change, changes), message }]
  }
}

/** Excerpts of what changed, or the text of a file on one side. */
function sides(change: FileChange, changes: Parameters<typeof excerpts>[0]): { old: string; new: string } {
  if (change.change === 'CHANGED') return excerpts(changes)
  return change.change === 'ADDED' ? { old: '', new: change.text } : { old: change.text, new: '' }
}

/** Lines of `conffiles`, without flags and the leading slash. */
export function conffilesOf(text: string): Set<string> {
  return new Set(
    text
      .split('\n')
      .map((line) =>
        line
          .trim()
          .replace(/^remove-on-upgrade +/, '')
          .replace(/^\//, ''),
      )
      .filter((line) => line !== ''),
  )
}

function conffiles(kind: 'added' | 'removed'): NonNullable<Rule['package']> {
  return ({ old, new: newer }: PackagePairChanges) => {
    const [has, had] = kind === 'added' ? [newer.conffiles, old.conffiles] : [old.conffiles, newer.conffiles]
    return [...has]
      .filter((path) => !had.has(path))
      .map(
        (path): Match => ({
          path,
          old: kind === 'removed' ? path : '',
          new: kind === 'added' ? path : '',
          message:
            kind === 'added'
              ? 'It is a configuration file now.'
              : 'It is not a configuration file any more; dpkg leaves it on systems that have it.',
        }),
      )
  }
}

export const controlFileRules: readonly Rule[] = [
  {
    id: 'SCRIPT_ADDED',
    severity: 'VERIFY',
    finds: 'A maintainer script is new.',
    why: 'It runs as root when the package is installed, upgraded or removed.',
    source: 'Debian policy 6',
    file: script('ADDED', 'A maintainer script is new.'),
  },
  {
    id: 'SCRIPT_REMOVED',
    severity: 'VERIFY',
    finds: 'A maintainer script is gone.',
    why: 'What it set up or cleaned up does not happen any more.',
    source: 'Debian policy 6',
    file: script('REMOVED', 'A maintainer script is gone.'),
  },
  {
    id: 'SCRIPT_CHANGED',
    severity: 'VERIFY',
    finds: 'A maintainer script does something else.',
    why: 'It runs as root. It is BAD where it opens files to everybody or runs what it downloads.',
    source: 'Debian policy 6',
    file: script('CHANGED', 'A maintainer script has changed.'),
  },
  {
    id: 'CONFFILE_ADDED',
    severity: 'INFO',
    finds: 'A file is a configuration file, and was not before.',
    why: 'dpkg keeps changes of administrators from now on.',
    source: 'Debian policy 10.7',
    package: conffiles('added'),
  },
  {
    id: 'CONFFILE_REMOVED',
    severity: 'VERIFY',
    finds: 'A file is not a configuration file any more.',
    why: 'dpkg leaves it on the disk, where it may be read further, or overwrites changes to it.',
    source: 'dpkg-maintscript-helper(1)',
    package: conffiles('removed'),
  },
  {
    id: 'CONFFILE_CHANGED',
    severity: 'VERIFY',
    finds: 'The list of configuration files differs.',
    why: 'See CONFFILE_ADDED and CONFFILE_REMOVED.',
    source: 'Debian policy 10.7',
    file: list('conffiles', 'The list of configuration files has changed.'),
  },
  {
    id: 'TRIGGERS_CHANGED',
    severity: 'VERIFY',
    finds: 'The triggers of the package differ.',
    why: 'They decide which scripts run when other packages are installed.',
    source: 'deb-triggers(5)',
    file: list('triggers', 'The triggers have changed.'),
  },
  {
    id: 'SHLIBS_CHANGED',
    severity: 'VERIFY',
    finds: 'The file shlibs differs.',
    why: 'Packages built against the library get their dependency from it.',
    source: 'deb-shlibs(5)',
    file: list('shlibs', 'The dependencies of users of the library have changed.'),
  },
  {
    id: 'SYMBOLS_CHANGED',
    severity: 'VERIFY',
    finds: 'The file symbols differs.',
    why: 'Packages built against the library get their minimum version from it.',
    source: 'deb-symbols(5)',
    file: list('symbols', 'The list of symbols has changed.'),
  },
  {
    id: 'TEMPLATES_CHANGED',
    severity: 'VERIFY',
    finds: 'The questions that debconf asks differ.',
    why: 'Defaults and texts decide what administrators choose.',
    source: 'debconf-devel(7)',
    file: list('templates', 'The debconf templates have changed.'),
  },
  {
    id: 'MD5SUMS_DROPPED',
    severity: 'VERIFY',
    finds: 'The package has no list of checksums any more.',
    why: 'Damaged files are not found by dpkg --verify and debsums.',
    source: 'deb-md5sums(5)',
    file: (change) =>
      change.path === 'control/md5sums' && change.change === 'REMOVED'
        ? [{ old: 'md5sums', new: '', message: 'The list of checksums is gone.' }]
        : NO_MATCH,
  },
  {
    id: 'CONTENT_CHANGED',
    severity: 'VERIFY',
    finds: 'A file of the control archive that no other rule knows is new, gone or has other content.',
    why: 'dpkg keeps it, and other programs may read it.',
    source: 'differ',
    file: (change) => {
      const member = memberOf(change)
      if (member === '' || LISTS.includes(member)) return NO_MATCH
      const changes = plainChanges(change)
      if (change.change === 'CHANGED' && changes.length === 0) return NO_MATCH
      return [
        {
          ...sides(change, changes),
          message: `The control file ${member} ${change.change === 'ADDED' ? 'is new' : change.change === 'REMOVED' ? 'is gone' : 'has changed'}.`,
        },
      ]
    },
  },
]
