/** What reading pairs of real packages has shown: two versions in Debian's archive, of which one was uploaded on top of the other. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Severity, Verdict } from '../../../src/diff/summary/types.ts'
import { type DebSpec, ORDINARY_FILES, summariseSpecs } from './build-side.ts'

const OLD = '1.0-1+deb12u1'
const NEW = '1.0-1+deb12u2'
const MAN = 'usr/share/man/man3/teapot.3.gz'
const CHANGELOG = 'usr/share/doc/teapot/changelog.Debian.gz'

const entry = (version: string, what = 'Fix a leak.') =>
  `teapot (${version}) bookworm; urgency=medium\n\n  * ${what}\n\n -- A Builder <a@example.org>  Sat, 10 Jan 2026 08:00:00 +0000\n`
const OLDEST = entry('1.0-1', 'First release.')
const NOTICE =
  '\n# Older entries have been removed from this changelog.\n# To read the complete changelog use `apt changelog teapot`.\n'

const deb = (version: string, more: DebSpec['files'], spec: DebSpec = {}): DebSpec => ({
  ...spec,
  version,
  files: { ...ORDINARY_FILES, ...more },
})
const texts = (path: string, old: string, newer: string, versions: readonly [string, string] = [OLD, NEW]) =>
  [
    deb(versions[0], { [path]: packed(path, old) }),
    deb(versions[1], { [path]: packed(path, newer) }),
  ] as const
const packed = (path: string, text: string) => (path.endsWith('.gz') ? gzipSync(text) : text)
const entries = (...all: string[]) => all.join('\n')

type Found = readonly [rule: string, severity: Severity, path: string]

const CASES: readonly (readonly [
  title: string,
  sides: readonly [DebSpec, DebSpec],
  verdict: Verdict,
  findings: readonly Found[],
])[] = [
  [
    'dates of a man page with the month first, after the twelfth day',
    texts(
      MAN,
      '.\\"      Date: 10/15/2022\n.TH "TEAPOT" "3" "10/15/2022" "teapot" "Manual"\n.SH NAME\n',
      '.\\"      Date: 11/17/2025\n.TH "TEAPOT" "3" "11/17/2025" "teapot" "Manual"\n.SH NAME\n',
    ),
    'NOISE_ONLY',
    [],
  ],
  [
    'a date that does not exist in a man page',
    texts(MAN, '.TH "TEAPOT" "3" "13/32/2022" "x" "y"\n', '.TH "TEAPOT" "3" "14/33/2025" "x" "y"\n'),
    'SUBSTANTIVE',
    [['DOC_CHANGED', 'INFO', MAN]],
  ],
  [
    'the upstream version in the footer of a man page, with the name in capitals',
    texts(
      MAN,
      '.\\"    Source: TEAPOT 2.6.1\n.TH "TEAPOT" "3" "" "TEAPOT 2.6.1" "x"\n',
      '.\\"    Source: TEAPOT 2.6.2\n.TH "TEAPOT" "3" "" "TEAPOT 2.6.2" "x"\n',
      ['2.6.1', '2.6.2'],
    ),
    'SUBSTANTIVE',
    [['VERSION_CHANGED', 'INFO', 'control:Version']],
  ],
  [
    'the upstream version beside the name in capitals outside of documentation',
    texts('usr/share/teapot/data', 'TEAPOT 2.6.1\n', 'TEAPOT 2.6.2\n', ['2.6.1', '2.6.2']),
    'SUBSTANTIVE',
    [
      ['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/data'],
      ['VERSION_CHANGED', 'INFO', 'control:Version'],
    ],
  ],
  [
    'one new entry of the changelog',
    texts(CHANGELOG, entries(entry(OLD), OLDEST), entries(entry(NEW), entry(OLD), OLDEST)),
    'SUBSTANTIVE',
    [['CHANGELOG_CHANGED', 'INFO', CHANGELOG]],
  ],
  [
    'several new entries, and old ones left out at the end',
    texts(
      CHANGELOG,
      entries(entry(OLD), entry('0.9-1'), OLDEST),
      entries(entry(NEW), entry('1.0-1+deb12u1.1'), entry(OLD), entry('0.9-1')) + NOTICE,
    ),
    'SUBSTANTIVE',
    [['CHANGELOG_CHANGED', 'INFO', CHANGELOG]],
  ],
  [
    'a new entry, and an older one with another text',
    texts(CHANGELOG, entries(entry(OLD), OLDEST), entries(entry(NEW), entry(OLD, 'Add a leak.'), OLDEST)),
    'SUBSTANTIVE',
    [['CHANGELOG_CHANGED', 'VERIFY', CHANGELOG]],
  ],
  [
    'a new entry, and a line more in an older one',
    texts(
      CHANGELOG,
      entries(entry(OLD), OLDEST),
      entries(entry(NEW), entry(OLD), entry('1.0-1', 'First release.\n  * And more.')),
    ),
    'SUBSTANTIVE',
    [['CHANGELOG_CHANGED', 'VERIFY', CHANGELOG]],
  ],
  [
    'a new entry, and old ones gone without a notice',
    texts(CHANGELOG, entries(entry(OLD), OLDEST), entries(entry(NEW), entry(OLD))),
    'SUBSTANTIVE',
    [['CHANGELOG_CHANGED', 'VERIFY', CHANGELOG]],
  ],
  [
    'a new entry of another version than the package has',
    texts(CHANGELOG, entries(entry(OLD), OLDEST), entries(entry('9.9-9'), entry(OLD), OLDEST)),
    'SUBSTANTIVE',
    [['CHANGELOG_CHANGED', 'VERIFY', CHANGELOG]],
  ],
  [
    'text between the entries of a changelog',
    texts(CHANGELOG, entries(entry(OLD), OLDEST), entries(entry(NEW), 'A note.\n', entry(OLD), OLDEST)),
    'SUBSTANTIVE',
    [['CHANGELOG_CHANGED', 'VERIFY', CHANGELOG]],
  ],
  [
    'the changelog of a binary-only upload, which the next upload does not have',
    [
      deb(OLD, { 'usr/share/doc/teapot/changelog.Debian.amd64.gz': packed('.gz', entry(`${OLD}+b1`)) }),
      deb(NEW, {}),
    ],
    'SUBSTANTIVE',
    [['FILE_REMOVED', 'INFO', 'usr/share/doc/teapot/changelog.Debian.amd64.gz']],
  ],
  [
    'when perl was configured',
    texts(
      'usr/lib/x86_64-linux-gnu/perl-base/Config_heavy.pl',
      "## Configuration time: Fri Aug 29 12:09:36 UTC 2025\ncf_time='Fri Aug 29 12:09:36 UTC 2025'\nx=1\n",
      "## Configuration time: Tue Sep 29 01:59:07 UTC 2026\ncf_time='Tue Sep 29 01:59:07 UTC 2026'\nx=1\n",
    ),
    'NOISE_ONLY',
    [],
  ],
  [
    'another date in the configuration of perl',
    texts(
      'usr/lib/x86_64-linux-gnu/perl-base/Config_heavy.pl',
      "until='Fri Aug 29 12:09:36 UTC 2025'\n",
      "until='Tue Sep 29 01:59:07 UTC 2026'\n",
    ),
    'SUBSTANTIVE',
    [['CONTENT_CHANGED', 'VERIFY', 'usr/lib/x86_64-linux-gnu/perl-base/Config_heavy.pl']],
  ],
  [
    'when a gem was built',
    texts(
      'usr/share/rubygems-integration/all/specifications/teapot-1.0.gemspec',
      'Gem::Specification.new do |s|\n  s.date = "2025-01-29"\nend\n',
      'Gem::Specification.new do |s|\n  s.date = "2026-10-05"\nend\n',
    ),
    'NOISE_ONLY',
    [],
  ],
  [
    'a date in other Ruby code',
    texts('usr/lib/ruby/vendor_ruby/teapot.rb', '  s.date = "2025-01-29"\n', '  s.date = "2026-10-05"\n'),
    'SUBSTANTIVE',
    [['CONTENT_CHANGED', 'VERIFY', 'usr/lib/ruby/vendor_ruby/teapot.rb']],
  ],
  [
    'a character that cannot be seen after more changed lines than are shown',
    texts('usr/share/teapot/list', `${lines('a', 40)}x\n`, `${lines('b', 40)}x\u200b\n`),
    'SUBSTANTIVE',
    [
      ['INVISIBLE_UNICODE', 'BAD', 'usr/share/teapot/list'],
      ['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/list'],
    ],
  ],
]

function lines(name: string, count: number): string {
  return Array.from({ length: count }, (_, n) => `${name}${n}\n`).join('')
}

describe('a summary of two versions', () => {
  it.each(CASES)('judges %s', async (_title, [old, newer], verdict, findings) => {
    const summary = await summariseSpecs([old], [newer])
    expect(summary.findings.map(({ rule, severity, path }) => [rule, severity, path])).toEqual(findings)
    expect(summary.verdict).toBe(verdict)
  })
})
