/** Substance that looks like noise, in each class of noise and in places that ordinary tools skip, beside noise of the same kind. */
import { readFileSync } from 'node:fs'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { describe } from 'vitest'
import { editMember, nameOf, patched, paxHeader, pdf, withMember, withTar, zip } from './archives.ts'
import type { DebSpec } from './build-side.ts'
import { change, files, itAnswers, one, type Pair } from './pair.ts'

const OLD_VERSION = '1.0-1~jan+unchanged1'
const NEW_VERSION = '1.0-2~jan+lint1'
const versioned = (pair: { old: DebSpec; new: DebSpec }, old = OLD_VERSION, newer = NEW_VERSION) => ({
  old: { ...pair.old, version: old },
  new: { ...pair.new, version: newer },
})
const rewritten = (rewrite: (deb: Buffer) => Buffer, spec: DebSpec = {}) => ({
  old: { ...spec, compression: 'none' as const },
  new: { ...spec, compression: 'none' as const, rewrite },
})

const SKIPPED_BYTES: readonly Pair[] = [
  {
    title: 'bytes after the gzip data of the data archive',
    old: { compression: 'gzip' },
    new: {
      compression: 'gzip',
      rewrite: (deb) =>
        withMember(deb, 'data.tar.gz', (data) => Buffer.concat([data, Buffer.from('payload!')])),
    },
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', '']],
  },
  {
    title: 'a comment in the gzip header of the control archive',
    old: { compression: 'gzip' },
    new: {
      compression: 'gzip',
      rewrite: (deb) =>
        withMember(deb, 'control.tar.gz', (data) => {
          const header = Buffer.from(data.subarray(0, 10))
          header[3] = 16
          return Buffer.concat([header, Buffer.from('payload\0'), data.subarray(10)])
        }),
    },
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', '']],
  },
  {
    title: 'bytes in the padding of a member',
    ...rewritten(
      editMember('teapot.conf', ({ header, content }) => {
        const dirty = Buffer.from(content)
        dirty.write('payload', dirty.length - 20)
        return { header, content: dirty }
      }),
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', '']],
  },
  {
    title: 'bytes behind the end of the data archive',
    ...rewritten((deb) => withTar(deb, (members) => members, Buffer.from('payload'.padEnd(512, '\0')))),
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', '']],
  },
  {
    title: 'more padding behind the end of the data archive',
    ...rewritten((deb) => withTar(deb, (members) => members, Buffer.alloc(4096))),
    verdict: 'NOISE_ONLY',
  },
  {
    title: 'bytes at the end of a member header',
    ...rewritten(
      editMember('teapot.conf', ({ header, content }) => ({
        header: patched(header, 500, 'payload'),
        content,
      })),
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', '']],
  },
  {
    title: 'bytes behind the name in a member header',
    ...rewritten(
      editMember('teapot.conf', ({ header, content }) => ({
        header: patched(header, 60, 'payload'),
        content,
      })),
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', '']],
  },
  {
    title: 'a member of a type that dpkg does not know',
    ...rewritten(
      editMember('teapot.conf', (part) => [
        part,
        { header: patched(patched(part.header, 0, './etc/teapot.xxxx'), 156, 'Z'), content: part.content },
      ]),
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', '']],
  },
]

const TAR_MEMBERS: readonly Pair[] = [
  {
    title: 'the first of two members with one path',
    old: {
      compression: 'none',
      rewrite: editMember('teapot.conf', (part) => [part, part]),
    },
    new: {
      compression: 'none',
      rewrite: editMember('teapot.conf', (part) => [
        { ...part, content: Buffer.from(part.content.toString('latin1').replace('80', '99'), 'latin1') },
        part,
      ]),
    },
    verdict: 'SUBSTANTIVE',
    findings: [['DUPLICATE_MEMBER', 'BAD', 'etc/teapot.conf']],
  },
  {
    title: 'a capability in an extended header',
    ...rewritten(
      editMember('bin/teapot', (part) => [
        paxHeader(part.header, { 'SCHILY.xattr.security.capability': 'cap' }),
        part,
      ]),
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['ATTRIBUTES_CHANGED', 'BAD', 'usr/bin/teapot']],
  },
  {
    title: 'another name in an extended header',
    ...rewritten(
      editMember('bin/teapot', (part) => [paxHeader(part.header, { path: './usr/bin/kettle' }), part]),
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_MOVED', 'INFO', 'usr/bin/kettle']],
  },
  {
    title: 'another name in the header below the extended one',
    old: {
      compression: 'none',
      rewrite: editMember('bin/teapot', (part) => [
        paxHeader(part.header, { path: './usr/bin/teapot' }),
        part,
      ]),
    },
    new: {
      compression: 'none',
      rewrite: editMember('bin/teapot', (part) => [
        paxHeader(part.header, { path: './usr/bin/teapot' }),
        { ...part, header: patched(part.header, 0, './usr/bin/kettle') },
      ]),
    },
    verdict: 'SUBSTANTIVE',
    findings: [['ATTRIBUTES_CHANGED', 'BAD', 'usr/bin/teapot']],
  },
  {
    title: 'a device in place of a file',
    ...rewritten(
      editMember('kinds.json', ({ header }) => ({
        header: patched(
          patched(patched(header, 156, '3'), 124, '00000000000\0'),
          329,
          '0000001\x000000003\0',
        ),
        content: Buffer.alloc(0),
      })),
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_TYPE_CHANGED', 'BAD', 'usr/share/teapot/kinds.json']],
  },
  {
    title: 'a new file of another user',
    old: { compression: 'none' },
    new: {
      ...one('usr/share/teapot/new', 'new\n'),
      compression: 'none',
      rewrite: editMember('teapot/new', ({ header, content }) => ({
        header: patched(patched(header, 108, '0001750\0'), 265, 'alice\0'),
        content,
      })),
    },
    verdict: 'SUBSTANTIVE',
    findings: [['OWNER_CHANGED', 'VERIFY', 'usr/share/teapot/new']],
  },
  {
    title: 'hard links of which another one comes first',
    ...rewritten(
      (deb) =>
        withTar(deb, (members) => {
          const [file, link] = members.filter(({ header }) => /bin\/(a|z)$/.test(nameOf(header)))
          if (!file || !link) throw new Error('the links are missing')
          const swapped = new Map([
            [file, { header: patched(file.header, 0, './usr/bin/z'), content: file.content }],
            [
              link,
              {
                header: patched(patched(link.header, 0, './usr/bin/a'), 157, './usr/bin/z'),
                content: link.content,
              },
            ],
          ])
          return members.map((part) => swapped.get(part) ?? part)
        }),
      files({ 'usr/bin/a': 'the same\n', 'usr/bin/z': { hardlink: 'usr/bin/a' } }),
    ),
    verdict: 'NOISE_ONLY',
    noise: ['FILE_ORDER'],
  },
  {
    title: 'a hard link to a file with other content',
    old: files({ 'usr/bin/a': 'good\n', 'usr/bin/c': 'evil\n', 'usr/bin/z': { hardlink: 'usr/bin/a' } }),
    new: files({ 'usr/bin/a': 'good\n', 'usr/bin/c': 'evil\n', 'usr/bin/z': { hardlink: 'usr/bin/c' } }),
    verdict: 'SUBSTANTIVE',
    findings: [
      ['HARDLINK_CHANGED', 'INFO', 'usr/bin/z'],
      ['CONTENT_CHANGED', 'VERIFY', 'usr/bin/z'],
    ],
  },
  {
    title: 'a file that became a hard link to other content',
    old: files({ 'usr/bin/a': 'good\n', 'usr/bin/z': 'good\n' }),
    new: files({ 'usr/bin/a': 'evil\n', 'usr/bin/z': { hardlink: 'usr/bin/a' } }),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/bin/z']],
  },
  {
    title: 'the mode of an empty directory',
    old: files({ 'var/lib/teapot': { directory: 0o700 } }),
    new: files({ 'var/lib/teapot': { directory: 0o755 } }),
    verdict: 'SUBSTANTIVE',
    findings: [['MODE_CHANGED', 'VERIFY', 'var/lib/teapot']],
  },
  {
    title: 'a name that differs in case',
    old: one('usr/share/teapot/README', 'a text of some length\n'),
    new: one('usr/share/teapot/Readme', 'a text of some length\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_MOVED', 'INFO', 'usr/share/teapot/Readme']],
  },
  {
    title: 'a checksum of a hard link that is not the file’s',
    old: {
      files: { 'usr/share/x': 'x\n', 'usr/share/z': { hardlink: 'usr/share/x' } },
      md5sums:
        '401b30e3b8b5d629635a5c613cdb7919  usr/share/x\n401b30e3b8b5d629635a5c613cdb7919  usr/share/z\n',
    },
    new: {
      files: { 'usr/share/x': 'x\n', 'usr/share/z': { hardlink: 'usr/share/x' } },
      md5sums:
        '401b30e3b8b5d629635a5c613cdb7919  usr/share/x\n009520053b00386d1173f3988c55d192  usr/share/z\n',
    },
    verdict: 'SUBSTANTIVE',
    findings: [['MD5SUMS_LIES', 'VERIFY', 'control/md5sums']],
  },
]

const RENAMED: readonly Pair[] = [
  {
    title: 'a library that is named after its version, with other content',
    ...versioned(
      {
        old: one('usr/lib/libtea.so.1.2.3', `${'tea\n'.repeat(300)}good\n`),
        new: one('usr/lib/libtea.so.1.2.4', `${'tea\n'.repeat(300)}evil\n`),
      },
      '1.2.3-1',
      '1.2.4-1',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [
      ['FILE_MOVED', 'INFO', 'usr/lib/libtea.so.1.2.4'],
      ['CONTENT_CHANGED', 'VERIFY', 'usr/lib/libtea.so.1.2.4'],
    ],
  },
  {
    title: 'a directory and a link that are named after the own version',
    ...versioned({
      old: files({
        [`usr/src/teapot-${OLD_VERSION}/x`]: 'x\n',
        'usr/src/current': { link: `teapot-${OLD_VERSION}` },
      }),
      new: files({
        [`usr/src/teapot-${NEW_VERSION}/x`]: 'x\n',
        'usr/src/current': { link: `teapot-${NEW_VERSION}` },
      }),
    }),
    verdict: 'NOISE_ONLY',
    noise: ['VERSION_ECHO'],
  },
  {
    title: 'other content in a directory that is named after the own version',
    ...versioned({
      old: one(`usr/src/teapot-${OLD_VERSION}/x`, 'good\n'),
      new: one(`usr/src/teapot-${NEW_VERSION}/x`, 'evil\n'),
    }),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', `usr/src/teapot-${NEW_VERSION}/x`]],
  },
  {
    title: 'a link that follows a library named after its version',
    ...versioned(
      {
        old: files({
          'usr/lib/libtea.so.1.2.3': 'a library\n',
          'usr/lib/libtea.so.1': { link: 'libtea.so.1.2.3' },
        }),
        new: files({
          'usr/lib/libtea.so.1.2.4': 'a library\n',
          'usr/lib/libtea.so.1': { link: 'libtea.so.1.2.4' },
        }),
      },
      '1.2.3-1',
      '1.2.4-1',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['SYMLINK_CHANGED', 'INFO', 'usr/lib/libtea.so.1']],
  },
  {
    title: 'a link to another version than the own one',
    ...versioned({
      old: files({ 'usr/src/current': { link: `teapot-${OLD_VERSION}` } }),
      new: files({ 'usr/src/current': { link: 'teapot-0.9-1~jan+evil1' } }),
    }),
    verdict: 'SUBSTANTIVE',
    findings: [['SYMLINK_CHANGED', 'VERIFY', 'usr/src/current']],
  },
  {
    title: 'a file that became a link to nothing',
    old: one('usr/share/teapot/cups', 'cups\n'),
    new: files({ 'usr/share/teapot/cups': { link: 'nowhere' } }),
    verdict: 'SUBSTANTIVE',
    findings: [['SYMLINK_DANGLING', 'VERIFY', 'usr/share/teapot/cups']],
  },
]

const debugSymbols = (id: string, content: string): DebSpec => ({
  name: 'teapot-dbgsym',
  files: { [`usr/lib/debug/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`]: content },
  fields: { 'Build-Ids': id },
})
const DEBUG_SYMBOLS: readonly Pair[] = [
  {
    title: 'debug symbols below another build id',
    old: debugSymbols('aa11', 'same\n'),
    new: debugSymbols('bb22', 'same\n'),
    verdict: 'NOISE_ONLY',
    noise: ['BUILD_ID'],
  },
  {
    title: 'other content of what is no debug symbols, below another build id',
    old: debugSymbols('aa11', 'good\n'),
    new: debugSymbols('bb22', 'evil\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_ADDED', 'INFO', 'usr/lib/debug/.build-id/bb/22.debug']],
  },
]

const TEXT: readonly Pair[] = [
  {
    title: 'a version of another package that is pinned and is the own one',
    ...versioned(
      change(
        'usr/bin/teapot',
        '#!/bin/sh\napt-get install libcup=1.0-1\n',
        '#!/bin/sh\napt-get install libcup=1.0-2\n',
      ),
      '1.0-1',
      '1.0-2',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/bin/teapot']],
  },
  {
    title: 'the own version in a script that says so',
    ...versioned(
      change('usr/bin/teapot', '#!/bin/sh\nVERSION=1.0-1\n', '#!/bin/sh\nVERSION=1.0-2\n', 0o755),
      '1.0-1',
      '1.0-2',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['VERSION_ECHO'],
  },
  {
    title: 'a build directory in a rule about privileges',
    ...change(
      'usr/share/polkit-1/actions/teapot.policy',
      '<annotate key="path">/build/teapot-aaaa/teapot-1.0/run</annotate>\n',
      '<annotate key="path">/build/teapot-bbbb/teapot-1.0/run</annotate>\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['SECURITY_FILE_CHANGED', 'BAD', 'usr/share/polkit-1/actions/teapot.policy']],
  },
  {
    title: 'the newline at the end of a JSON file',
    ...change('usr/share/teapot/a.json', '{"a": 1}\n', '{"a": 1}'),
    verdict: 'SUBSTANTIVE',
    findings: [['NEWLINE_AT_EOF', 'INFO', 'usr/share/teapot/a.json']],
  },
  {
    title: 'blanks of a JSON file',
    ...change('usr/share/teapot/a.json', '{"a": 1}\n', '{"a":  1}\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['WHITESPACE_SIGNIFICANT', 'VERIFY', 'usr/share/teapot/a.json']],
  },
  {
    title: 'a line of a YAML block that looks like a comment',
    ...change('usr/share/teapot/run.yaml', 'run: |\n  # no tea\n  brew\n', 'run: |\n  # yes tea\n  brew\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/run.yaml']],
  },
  {
    title: 'a line within quotes that looks like a comment',
    ...change('usr/bin/teapot', '#!/bin/sh\necho "\n# good\n"\n', '#!/bin/sh\necho "\n# evil\n"\n', 0o755),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/bin/teapot']],
  },
  {
    title: 'a line of a Python string that looks like a comment',
    ...change('usr/share/teapot/a.py', 'SQL = """\n# good\n"""\n', 'SQL = """\n# evil\n"""\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.py']],
  },
  {
    title: 'a docstring that the program reads',
    ...change(
      'usr/share/teapot/a.py',
      '"""usage: a [--good]"""\nargs = docopt(__doc__)\n',
      '"""usage: a [--evil]"""\nargs = docopt(__doc__)\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.py']],
  },
  {
    title: 'a docstring that nothing reads',
    ...change(
      'usr/share/teapot/a.py',
      'def brew():\n    """Makes tea."""\n    return 1\n',
      'def brew():\n    """Makes hot tea."""\n    return 1\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['COMMENT_ONLY', 'INFO', 'usr/share/teapot/a.py']],
  },
  {
    title: 'a string that is an argument, alone on its line',
    ...change('usr/share/teapot/a.py', 'run(\n"""good"""\n)\n', 'run(\n"""evil"""\n)\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.py']],
  },
  {
    title: 'two slashes in CSS, which begin no comment',
    ...change('usr/share/teapot/a.css', '// x\na { color: red }\n', '// y\na { color: red }\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.css']],
  },
  {
    title: 'a comment of CSS',
    ...change('usr/share/teapot/a.css', '/* x */\na { color: red }\n', '/* y */\na { color: red }\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['COMMENT_ONLY', 'INFO', 'usr/share/teapot/a.css']],
  },
  {
    title: 'the newline at the end of a PAM stack',
    ...change('etc/pam.d/teapot', 'auth required pam_deny.so\n', 'auth required pam_deny.so'),
    verdict: 'SUBSTANTIVE',
    findings: [['SECURITY_FILE_CHANGED', 'VERIFY', 'etc/pam.d/teapot']],
  },
  {
    title: 'line ends of one line of many',
    ...change('usr/share/teapot/list', 'a\nb\nc\n', 'a\nb\r\nc\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['LINE_ENDINGS', 'VERIFY', 'usr/share/teapot/list']],
  },
  {
    title: 'a blank at the end of a line of a Makefile',
    ...change('usr/share/teapot/Makefile', 'A = b\nall: $(A)x\n', 'A = b \nall: $(A)x\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['WHITESPACE_SIGNIFICANT', 'VERIFY', 'usr/share/teapot/Makefile']],
  },
  {
    title: 'a byte order mark in a file of data',
    ...change('usr/share/teapot/list', 'a\n', '\ufeffa\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['ENCODING_CHANGED', 'VERIFY', 'usr/share/teapot/list']],
  },
  {
    title: 'a command behind the date of a man page',
    ...change(
      'usr/share/man/man1/teapot.1',
      '.TH TEAPOT 1 "January 2026"\n',
      '.TH TEAPOT 1 "March 2026" "\n.sy reboot"\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['DOC_CHANGED', 'INFO', 'usr/share/man/man1/teapot.1']],
  },
  {
    title: 'words in place of the date of a man page',
    ...change(
      'usr/share/man/man1/teapot.1',
      '.TH TEAPOT 1 "January 2026"\n',
      '.TH TEAPOT 1 "January 2026, obey"\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['DOC_CHANGED', 'INFO', 'usr/share/man/man1/teapot.1']],
  },
  {
    title: 'an older entry of the changelog beside the entry of this build',
    ...versioned({
      old: files({ 'usr/share/doc/teapot/changelog.Debian.gz': entries(OLD_VERSION, 'First release.') }),
      new: files({
        'usr/share/doc/teapot/changelog.Debian.gz': entries(NEW_VERSION, 'First release, CVE-1.'),
      }),
    }),
    verdict: 'SUBSTANTIVE',
    findings: [['CHANGELOG_CHANGED', 'VERIFY', 'usr/share/doc/teapot/changelog.Debian.gz']],
  },
  {
    title: 'an entry of a campaign on top of the changelog',
    ...versioned(
      {
        old: files({ 'usr/share/doc/teapot/changelog.Debian.gz': entries('1.0-1', 'First release.') }),
        new: files({
          'usr/share/doc/teapot/changelog.Debian.gz': entries('1.0-1', 'First release.', '1.0-1~jan+lint1'),
        }),
      },
      '1.0-1',
      '1.0-1~jan+lint1',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['CHANGELOG_TOP'],
  },
  {
    title: 'an older entry below that of a campaign',
    ...versioned(
      {
        old: files({ 'usr/share/doc/teapot/changelog.Debian.gz': entries('1.0-1', 'First release.') }),
        new: files({
          'usr/share/doc/teapot/changelog.Debian.gz': entries('1.0-1', 'Another one.', '1.0-1~jan+lint1'),
        }),
      },
      '1.0-1',
      '1.0-1~jan+lint1',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CHANGELOG_CHANGED', 'VERIFY', 'usr/share/doc/teapot/changelog.Debian.gz']],
  },
  {
    title: 'machine and kernel of the build',
    ...change(
      'usr/share/teapot/about',
      'Build system: Linux buildd-a 6.1.0-18-amd64 #1 SMP Debian 6.1.76-1 x86_64\n',
      'Build system: Linux ionos11 6.1.0-22-amd64 #1 SMP Debian 6.1.94-1 x86_64\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['HOSTNAME', 'KERNEL_CPU'],
  },
  {
    title: 'one moment in two languages and time zones',
    ...change(
      'usr/share/doc/teapot/html/a.html',
      '<p>Generated on Sat Jan 10 08:00:00 UTC 2026</p>\n',
      '<p>Generated on ven 09 jan 2026 20:00:00 -12</p>\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['DOC_DATE', 'LOCALE', 'TIMEZONE'],
  },
  {
    title: 'a month whose name begins alike in two languages',
    ...change(
      'usr/share/doc/teapot/html/a.html',
      '<p>Generated on 10 January 2026</p>\n',
      '<p>Generated on 11 janvier 2026</p>\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['DOC_DATE', 'LOCALE', 'TIMEZONE'],
  },
  {
    title: 'the environment of the build',
    ...change(
      'usr/share/doc/teapot/teapot.buildinfo',
      'Build-Date: Sat, 10 Jan 2026 08:00:00 +0000\nInstalled-Build-Depends:\n gcc (= 4:12.2.0-3),\n make (= 4.3-4.1)\n',
      'Build-Date: Sun, 11 Jan 2026 08:00:00 +0000\nInstalled-Build-Depends:\n gcc (= 4:12.2.0-5),\n make (= 4.3-4.1)\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['BUILDINFO'],
  },
  {
    title: 'a further package in the environment of the build',
    ...change(
      'usr/share/doc/teapot/teapot.buildinfo',
      'Installed-Build-Depends:\n gcc (= 4:12.2.0-3),\n',
      'Installed-Build-Depends:\n gcc (= 4:12.2.0-3),\n evil (= 1),\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['DOC_CHANGED', 'INFO', 'usr/share/doc/teapot/teapot.buildinfo']],
  },
]

const FORMATS: readonly Pair[] = [
  {
    title: 'the content of a page of a PDF file beside its date',
    old: one('usr/share/doc/teapot/a.pdf', pdf('(good) Tj', '20260110080000Z')),
    new: one('usr/share/doc/teapot/a.pdf', pdf('(evil) Tj', '20260111080000Z')),
    verdict: 'SUBSTANTIVE',
    findings: [['DOC_CHANGED', 'INFO', 'usr/share/doc/teapot/a.pdf']],
    noise: ['PDF_DATE'],
  },
  {
    title: 'bytes behind the end of a PDF file beside its date',
    old: one('usr/share/doc/teapot/a.pdf', pdf('(good) Tj', '20260110080000Z')),
    new: one('usr/share/doc/teapot/a.pdf', pdf('(good) Tj', '20260111080000Z', 'payload')),
    verdict: 'SUBSTANTIVE',
    findings: [['DOC_CHANGED', 'INFO', 'usr/share/doc/teapot/a.pdf']],
  },
  {
    title: 'the date of a PDF file',
    old: one('usr/share/doc/teapot/a.pdf', pdf('(good) Tj', '20260110080000Z')),
    new: one('usr/share/doc/teapot/a.pdf', pdf('(good) Tj', '20260111080000Z')),
    verdict: 'NOISE_ONLY',
    noise: ['PDF_DATE'],
  },
  {
    title: 'the comment of a zip file beside the times of its members',
    old: one('usr/share/teapot/a.zip', zip({ a: 'x' }, { time: 1 })),
    new: one('usr/share/teapot/a.zip', zip({ a: 'x' }, { time: 2, comment: 'payload' })),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.zip']],
  },
  {
    title: 'an extra field of a zip file beside the times of its members',
    old: one('usr/share/teapot/a.zip', zip({ a: 'x' }, { time: 1 })),
    new: one('usr/share/teapot/a.zip', zip({ a: 'x' }, { time: 2, extra: 'zz\x04\0evil' })),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.zip']],
  },
  {
    title: 'bytes before a zip file beside the times of its members',
    old: one('usr/share/teapot/a.zip', zip({ a: 'x' }, { time: 1 })),
    new: one('usr/share/teapot/a.zip', Buffer.concat([zip({ a: 'x' }, { time: 2 }), Buffer.from('payload')])),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.zip']],
  },
  {
    title: 'the times of the members of a zip file',
    old: one('usr/share/teapot/a.zip', zip({ a: 'x' }, { time: 1 })),
    new: one('usr/share/teapot/a.zip', zip({ a: 'x' }, { time: 2 })),
    verdict: 'NOISE_ONLY',
    noise: ['ZIP_TIME'],
  },
  {
    title: 'the code of a compiled Python module beside the time of its source',
    old: one('usr/lib/python3/a.pyc', pyc(1_600_000_000, 'GOODCODE')),
    new: one('usr/lib/python3/a.pyc', pyc(1_600_000_777, 'EVILCODE')),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/lib/python3/a.pyc']],
  },
  {
    title: 'the time of the source of a compiled Python module',
    old: one('usr/lib/python3/a.pyc', pyc(1_600_000_000, 'GOODCODE')),
    new: one('usr/lib/python3/a.pyc', pyc(1_600_000_777, 'GOODCODE')),
    verdict: 'NOISE_ONLY',
    noise: ['PYC_STAMP'],
  },
  {
    title: 'the checksum of a gzip file beside the time in its header',
    old: one('usr/share/teapot/a.gz', gzipSync('tea\n')),
    new: one('usr/share/teapot/a.gz', damagedGzip('tea\n')),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.gz']],
  },
  {
    title: 'bytes behind a program',
    old: one('usr/bin/brew', readFileSync('/usr/bin/true'), 0o755),
    new: one('usr/bin/brew', Buffer.concat([readFileSync('/usr/bin/true'), Buffer.from('payload')]), 0o755),
    verdict: 'SUBSTANTIVE',
    findings: [['HIDDEN_PAYLOAD', 'BAD', 'usr/bin/brew']],
  },
  {
    title: 'the checksum of the debug link, with bytes in its padding',
    old: one(
      'usr/bin/brew',
      elf(() => {}),
      0o755,
    ),
    new: one(
      'usr/bin/brew',
      elf((bytes) => {
        const at = bytes.lastIndexOf('.debug\0')
        bytes.write('XY', at + 7)
      }),
      0o755,
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['HIDDEN_PAYLOAD', 'BAD', 'usr/bin/brew']],
  },
  {
    title: 'where a segment is loaded from',
    old: one(
      'usr/bin/brew',
      elf(() => {}),
      0o755,
    ),
    new: one(
      'usr/bin/brew',
      elf((bytes) => {
        const at = Number(bytes.readBigUInt64LE(32)) + 2 * 56 + 8
        bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + 4096n, at)
      }),
      0o755,
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['ELF_CODE_CHANGED', 'VERIFY', 'usr/bin/brew']],
  },
  {
    title: 'a message of a program under the same build id',
    old: one(
      'usr/bin/brew',
      elf(() => {}),
      0o755,
    ),
    new: one(
      'usr/bin/brew',
      elf((bytes) => bytes.write('H', bytes.indexOf('GNU coreutils'))),
      0o755,
    ),
    verdict: 'SUBSTANTIVE',
    findings: [
      ['ELF_DATA_CHANGED', 'VERIFY', 'usr/bin/brew'],
      ['BUILD_ID_STALE', 'INFO', 'usr/bin/brew'],
    ],
  },
  {
    title: 'a script that became a program in machine code',
    old: one('usr/bin/brew', '#!/bin/sh\n', 0o755),
    new: one('usr/bin/brew', readFileSync('/usr/bin/true'), 0o755),
    verdict: 'SUBSTANTIVE',
    findings: [
      ['FILE_TYPE_CHANGED', 'VERIFY', 'usr/bin/brew'],
      ['CONTENT_CHANGED', 'VERIFY', 'usr/bin/brew'],
    ],
  },
]

const CONTROL: readonly Pair[] = [
  {
    title: 'a character in the description that cannot be seen',
    old: { fields: { Description: 'brews tea' } },
    new: { fields: { Description: 'brews\u202e tea' } },
    verdict: 'SUBSTANTIVE',
    findings: [['INVISIBLE_UNICODE', 'BAD', 'control:Description']],
  },
  {
    title: 'a letter at the end of a field whose last byte looks like a blank',
    old: { fields: { Origin: 'Voil\u00e0' } },
    new: { fields: { Origin: 'Voil\u00c3' } },
    verdict: 'SUBSTANTIVE',
    findings: [['FIELD_CHANGED', 'INFO', 'control:Origin']],
  },
  {
    title: 'a capability in a maintainer script',
    old: { control: { postinst: '#!/bin/sh\nset -e\n' } },
    new: { control: { postinst: '#!/bin/sh\nset -e\nsetcap cap_net_raw+ep /usr/bin/tea\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['SCRIPT_CHANGED', 'BAD', 'control/postinst']],
  },
  {
    title: 'an ordinary mode in a maintainer script',
    old: { control: { postinst: '#!/bin/sh\nset -e\n' } },
    new: { control: { postinst: '#!/bin/sh\nset -e\nchmod 0644 /var/lib/tea\nchown 123 /var/lib/tea\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['SCRIPT_CHANGED', 'VERIFY', 'control/postinst']],
  },
  {
    title: 'a removed library of two architectures',
    old: [
      {},
      { name: 'libtea1', architecture: 'amd64', files: { 'usr/share/x': 'x\n' } },
      { name: 'libtea1', architecture: 'i386', files: { 'usr/share/y': 'y\n' } },
    ],
    new: [{}],
    verdict: 'SUBSTANTIVE',
    findings: [['PACKAGE_REMOVED', 'BAD', '']],
  },
  {
    title: 'a new file in a directory that belongs to no package',
    new: one('usr/local/bin/tea', 'x\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_ADDED', 'VERIFY', 'usr/local/bin/tea']],
  },
  {
    title: 'a new program outside of /usr',
    new: one('bin/tea', '#!/bin/sh\n', 0o755),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_OUTSIDE_USR', 'VERIFY', 'bin/tea']],
  },
  {
    title: 'a man page in the directory of another section',
    new: one('usr/share/man/man1/teapot.8', '.TH TEAPOT 8\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['MANPAGE_SECTION', 'VERIFY', 'usr/share/man/man1/teapot.8']],
  },
]

describe.each([
  ['bytes that unpackers skip', SKIPPED_BYTES],
  ['members of archives', TAR_MEMBERS],
  ['renamed members', RENAMED],
  ['debug symbols', DEBUG_SYMBOLS],
  ['text', TEXT],
  ['formats', FORMATS],
  ['control data', CONTROL],
] as const)('%s', (_group, pairs) => itAnswers(pairs))

/** A changelog of one entry on top of another. */
function entries(version: string, older: string, campaign?: string): Buffer {
  const entry = (of: string, text: string) =>
    `teapot (${of}) unstable; urgency=medium\n\n  * ${text}\n\n -- A Builder <builder@example.org>  Sat, 10 Jan 2026 08:00:00 +0000\n`
  const top = campaign === undefined ? [] : [entry(campaign, 'Trim trailing whitespace.')]
  return gzipSync([...top, entry(version, `Release ${version}.`), entry('0.1-1', older)].join('\n'), {
    level: 9,
  })
}

function pyc(mtime: number, code: string): Buffer {
  const header = Buffer.from('a70d0d0a000000000000000000000000', 'hex')
  header.writeUInt32LE(mtime, 8)
  return Buffer.concat([header, Buffer.from(code)])
}

/** A program that every Debian system has, with one place changed. */
function elf(mutate: (bytes: Buffer) => unknown): Buffer {
  const bytes = readFileSync('/usr/bin/true')
  mutate(bytes)
  return bytes
}

/** With another time in the header, and a checksum that is not that of the content. */
function damagedGzip(text: string): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 0, 3])
  const end = Buffer.alloc(8)
  end.writeUInt32LE(12_345, 0)
  end.writeUInt32LE(text.length, 4)
  return Buffer.concat([header, deflateRawSync(text), end])
}
