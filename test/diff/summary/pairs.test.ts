/** Pairs of packages with the right answer: what matters is found, what a rebuild makes is noise, and nothing that matters is called noise. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe } from 'vitest'
import { changelog } from './build-side.ts'
import { change, files, itAnswers, one, type Pair } from './pair.ts'

const OLD_VERSION = '1.0-1~jan+unchanged1'
const NEW_VERSION = '1.0-2~jan+lint1'

const KINDS = 'usr/share/teapot/kinds.txt'

const NOISE: readonly Pair[] = [
  { title: 'the same package twice', verdict: 'IDENTICAL' },
  {
    title: 'other times of all files',
    old: { mtime: 1_700_000_000 },
    new: { mtime: 1_700_100_000 },
    verdict: 'NOISE_ONLY',
    noise: ['MTIME'],
  },
  {
    title: 'another compression of the archives',
    old: { compression: 'gzip' },
    new: { compression: 'xz' },
    verdict: 'NOISE_ONLY',
    noise: ['COMPRESSION_ONLY'],
  },
  {
    title: 'another umask of the build',
    old: { umask: 0o022 },
    new: { umask: 0o002 },
    verdict: 'NOISE_ONLY',
    noise: ['UMASK'],
  },
  {
    title: 'fields in another order',
    old: { fields: { Section: 'misc', Priority: 'optional' } },
    new: { fields: { Priority: 'optional', Section: 'misc' } },
    verdict: 'NOISE_ONLY',
    noise: ['ORDER_ONLY'],
  },
  {
    title: 'dependencies folded over two lines',
    old: { fields: { Depends: 'aa, bb' } },
    new: { fields: { Depends: 'aa,\n bb' } },
    verdict: 'NOISE_ONLY',
    noise: ['FIELD_FOLDING'],
  },
  {
    title: 'dependencies in another order',
    old: { fields: { Depends: 'aa, bb' } },
    new: { fields: { Depends: 'bb, aa' } },
    verdict: 'NOISE_ONLY',
    noise: ['ORDER_ONLY'],
  },
  {
    title: 'Installed-Size alone',
    old: { fields: { 'Installed-Size': '10' } },
    new: { fields: { 'Installed-Size': '12' } },
    verdict: 'NOISE_ONLY',
    noise: ['INSTALLED_SIZE'],
  },
  {
    title: 'checksums in another order',
    old: { md5sums: md5sumsOf('x', 'y'), files: two('x', 'y') },
    new: { md5sums: md5sumsOf('y', 'x'), files: two('x', 'y') },
    verdict: 'NOISE_ONLY',
    noise: ['MD5SUMS'],
  },
  {
    title: 'another suffix of the version, with its changelog entry',
    old: files(
      {
        'usr/share/doc/teapot/changelog.Debian.gz': changelog(
          OLD_VERSION,
          'Control build.',
          'Sat, 10 Jan 2026 08:00:00 +0000',
        ),
      },
      { version: OLD_VERSION },
    ),
    new: files(
      {
        'usr/share/doc/teapot/changelog.Debian.gz': changelog(
          NEW_VERSION,
          'Trim trailing whitespace.',
          'Sun, 11 Jan 2026 21:17:43 +0000',
        ),
      },
      { version: NEW_VERSION },
    ),
    verdict: 'NOISE_ONLY',
    noise: ['CHANGELOG_TOP', 'VERSION_ECHO'],
  },
  {
    title: 'a script that prints its own version',
    old: { ...one('usr/bin/teapot', `#!/bin/sh\necho teapot ${OLD_VERSION}\n`, 0o755), version: OLD_VERSION },
    new: { ...one('usr/bin/teapot', `#!/bin/sh\necho teapot ${NEW_VERSION}\n`, 0o755), version: NEW_VERSION },
    verdict: 'NOISE_ONLY',
    noise: ['VERSION_ECHO'],
  },
  {
    title: 'a dependency on the version of a package of the same build',
    old: [
      { version: OLD_VERSION },
      {
        name: 'teapot-dev',
        version: OLD_VERSION,
        files: {},
        fields: { Depends: `teapot (= ${OLD_VERSION})` },
      },
    ],
    new: [
      { version: NEW_VERSION },
      {
        name: 'teapot-dev',
        version: NEW_VERSION,
        files: {},
        fields: { Depends: `teapot (= ${NEW_VERSION})` },
      },
    ],
    verdict: 'NOISE_ONLY',
    noise: ['VERSION_ECHO'],
  },
  {
    title: 'the date of a man page',
    ...change(
      'usr/share/man/man1/teapot.1',
      '.TH TEAPOT 1 "January 2026" "teapot 1.0"\n.SH NAME\nteapot\n',
      '.TH TEAPOT 1 "March 2026" "teapot 1.0"\n.SH NAME\nteapot\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['MAN_DATE'],
  },
  {
    title: 'when documentation was generated',
    ...change(
      'usr/share/doc/teapot/html/a.html',
      '<p>Tea.</p>\n<p>Generated on Sat Jan 10 2026 08:00:00</p>\n',
      '<p>Tea.</p>\n<p>Generated on Sun Jan 11 2026 21:17:43</p>\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['DOC_DATE'],
  },
  {
    title: 'the year in a copyright notice of documentation',
    ...change(
      'usr/share/doc/teapot/html/a.html',
      '<p>&copy; 2019-2025 A Builder</p>\n',
      '<p>&copy; 2019-2026 A Builder</p>\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['COPYRIGHT_YEAR'],
  },
  {
    title: 'the time in a gzip header',
    old: files({ 'usr/share/teapot/a.gz': gzipAt('tea\n', 1) }),
    new: files({ 'usr/share/teapot/a.gz': gzipAt('tea\n', 1_000_000) }),
    verdict: 'NOISE_ONLY',
    noise: ['GZIP_HEADER'],
  },
  {
    title: 'a gzip file compressed with another level',
    old: files({ 'usr/share/teapot/a.gz': gzipSync('tea '.repeat(500), { level: 1 }) }),
    new: files({ 'usr/share/teapot/a.gz': gzipSync('tea '.repeat(500), { level: 9 }) }),
    verdict: 'NOISE_ONLY',
  },
  {
    title: 'keys of a JSON object in another order',
    ...change(
      'usr/share/teapot/a.json',
      '{"a": 1, "b": {"c": 2, "d": 3}}\n',
      '{"b": {"d": 3, "c": 2}, "a": 1}\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['HASH_ORDER'],
  },
  {
    title: 'items of an unordered list in HTML in another order',
    ...change(
      'usr/share/teapot/index.html',
      '<h1>Teas</h1>\n<ul class="teas">\n<li>mate</li>\n<li>chai <b>hot</b></li>\n</ul>\n<UL><LI>a</LI> <LI>b</LI></UL>\n',
      '<h1>Teas</h1>\n<ul class="teas">\n<li>chai <b>hot</b></li>\n<li>mate</li>\n</ul>\n<UL><LI>b</LI> <LI>a</LI></UL>\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['ORDER_ONLY'],
  },
  {
    title: 'a mapping that a generator writes as JSON and as text, each in an order of chance',
    ...listOfMapping({}),
    verdict: 'NOISE_ONLY',
    noise: ['HASH_ORDER'],
  },
  {
    title: 'the date that java.util.Properties writes',
    ...change(
      'usr/share/maven-repo/pom.properties',
      '#Generated by Maven\n#Sat Jan 10 08:00:00 GMT 2026\nversion=1\n',
      '#Generated by Maven\n#Sun Jan 11 21:17:43 GMT 2026\nversion=1\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['JAVA_PROPS'],
  },
  {
    title: 'the build directory in a packing list',
    ...change(
      'usr/lib/perl5/auto/teapot/.packlist',
      '/build/teapot-fXv2Qz/teapot-1.0/debian/teapot/usr/share/perl5/A.pm\n',
      '/build/reproducible-path/teapot-1.0/debian/teapot/usr/share/perl5/A.pm\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['BUILD_PATH'],
  },
  {
    title: 'the version of debhelper in a maintainer script',
    old: {
      control: { postinst: '#!/bin/sh\nset -e\n# Automatically added by dh_installsystemd/13.11.1\ntrue\n' },
    },
    new: {
      control: { postinst: '#!/bin/sh\nset -e\n# Automatically added by dh_installsystemd/13.11.4\ntrue\n' },
    },
    verdict: 'NOISE_ONLY',
    noise: ['TOOLCHAIN'],
  },
  {
    title: 'the order of an index of fonts that names each font once',
    ...change(
      'usr/share/fonts/X11/misc/fonts.scale',
      '2\na.ttf -misc-a-medium\nb.ttf -misc-b-medium\n',
      '2\nb.ttf -misc-b-medium\na.ttf -misc-a-medium\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['FONT_INDEX'],
  },
  {
    title: 'user and machine of the build',
    ...change(
      'usr/share/teapot/about',
      'teapot, built by alice@buildd-a on 2026-01-10\n',
      'teapot, built by bob@buildd-b on 2026-01-11\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['HOSTNAME', 'USER', 'COMPILED_IN'],
  },
  {
    title: 'when a package for R was built',
    ...change(
      'usr/lib/R/site-library/teapot/DESCRIPTION',
      'Package: teapot\nBuilt: R 4.2.2; ; 2026-01-10 08:00:00 UTC; unix\n',
      'Package: teapot\nBuilt: R 4.2.2; ; 2026-01-11 21:17:43 UTC; unix\n',
    ),
    verdict: 'NOISE_ONLY',
    noise: ['R_BUILT'],
  },
  {
    title: 'the version of a virtual package that is the own one',
    old: { version: OLD_VERSION, fields: { Provides: `tea (= ${OLD_VERSION})` } },
    new: { version: NEW_VERSION, fields: { Provides: `tea (= ${NEW_VERSION})` } },
    verdict: 'NOISE_ONLY',
    noise: ['VERSION_ECHO'],
  },
  {
    title: 'an index of fonts that only lists fonts in another order is no proof of anything',
    ...change('usr/share/teapot/pins', 'a 1\nb 2\nc 3\n', 'c 3\na 1\nb 2\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['ORDER_SIGNIFICANT', 'VERIFY', 'usr/share/teapot/pins']],
  },
]

const SUBSTANCE: readonly Pair[] = [
  {
    title: 'items of an ordered list in HTML in another order',
    ...change(
      'usr/share/teapot/index.html',
      '<ol>\n<li>boil</li>\n<li>pour</li>\n</ol>\n',
      '<ol>\n<li>pour</li>\n<li>boil</li>\n</ol>\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['ORDER_SIGNIFICANT', 'VERIFY', 'usr/share/teapot/index.html']],
  },
  {
    title: 'ordered lists, scripts and comments in items of unordered lists',
    ...change(
      'usr/share/teapot/index.html',
      '<ul><li><ol><li>boil</li><li>pour</li></ol></li></ul><ul><li><script>a()</script></li><li>b</li></ul><ul><li><!--</li><li>--></li></ul>\n',
      '<ul><li><ol><li>pour</li><li>boil</li></ol></li></ul><ul><li>b</li><li><script>a()</script></li></ul><ul><li>--></li><li><!--</li></ul>\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/index.html']],
  },
  {
    title: 'an item of an unordered list beside another order',
    ...change(
      'usr/share/teapot/index.html',
      '<ul>\n<li>mate</li>\n<li>chai</li>\n</ul>\n',
      '<ul>\n<li>coffee</li>\n<li>mate</li>\n</ul>\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/index.html']],
  },
  ...(
    [
      ['a text in another order without JSON beside it', { json: ['', ''] }],
      ['a text in another order beside JSON in the same one', { json: ['a b c d e f', 'a b c d e f'] }],
      [
        'a text and JSON that are written from one list',
        { json: ['a b c d e f', 'd f b a e c'], text: ['a b c d e f', 'd f b a e c'] },
      ],
      ['one line of a text that moved, beside JSON', { text: ['f e d c b a', 'a f e d c b'] }],
      ['a text with keys that JSON beside it lacks', { text: ['a b c d e g', 'd g b a e c'] }],
      ['a text that lists few keys', { json: ['a b c', 'c b a'], text: ['b a c', 'a c b'] }],
      ['a setting in another order, beside JSON', { path: 'usr/share/teapot/kinds.conf' }],
      ['a file in /etc in another order, beside JSON', { path: 'etc/kinds.txt' }],
    ] as const
  ).map(
    ([title, mapping]): Pair => ({
      title,
      ...listOfMapping(mapping),
      verdict: 'SUBSTANTIVE',
      findings: [['ORDER_SIGNIFICANT', 'VERIFY', 'path' in mapping ? mapping.path : KINDS]],
    }),
  ),
  {
    title: 'a command of a script',
    ...change('usr/bin/teapot', '#!/bin/sh\numask 077\n', '#!/bin/sh\numask 022\n', 0o755),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/bin/teapot']],
  },
  {
    title: 'a value of a JSON object beside another order',
    ...change('usr/share/teapot/a.json', '{"verify": true, "b": 1}\n', '{"b": 1, "verify": false}\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.json']],
    noise: ['HASH_ORDER'],
  },
  {
    title: 'a key of a JSON object that is given twice',
    ...change('usr/share/teapot/a.json', '{"cmd":"good","cmd":"same"}\n', '{"cmd":"evil","cmd":"same"}\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a.json']],
  },
  {
    title: 'a digit that JSON readers drop',
    ...change('usr/share/teapot/a.json', '{"v":1.0000000000000001}\n', '{"v":1.0}\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a setuid bit',
    old: one('usr/bin/pot', '#!/bin/sh\n', 0o755),
    new: one('usr/bin/pot', '#!/bin/sh\n', 0o4755),
    verdict: 'SUBSTANTIVE',
    findings: [['MODE_SETUID', 'BAD', 'usr/bin/pot']],
  },
  {
    title: 'a setgid bit among other times',
    old: { ...one('usr/bin/pot', '#!/bin/sh\n', 0o755), mtime: 1_600_000_000 },
    new: one('usr/bin/pot', '#!/bin/sh\n', 0o2755),
    verdict: 'SUBSTANTIVE',
    findings: [['MODE_SETUID', 'BAD', 'usr/bin/pot']],
    noise: ['MTIME'],
  },
  {
    title: 'a new setuid program',
    new: one('usr/bin/pot', '#!/bin/sh\n', 0o4755),
    verdict: 'SUBSTANTIVE',
    findings: [
      ['MODE_SETUID', 'BAD', 'usr/bin/pot'],
      ['FILE_ADDED', 'INFO', 'usr/bin/pot'],
    ],
  },
  {
    title: 'a file that every user can write',
    old: one('usr/share/teapot/x', 'x\n', 0o644),
    new: one('usr/share/teapot/x', 'x\n', 0o666),
    verdict: 'SUBSTANTIVE',
    findings: [['MODE_WORLD_WRITABLE', 'BAD', 'usr/share/teapot/x']],
  },
  {
    title: 'a file that every user can write, below another umask',
    old: { ...one('usr/bin/pot', 'x\n', 0o755), umask: 0o022 },
    new: { ...one('usr/bin/pot', 'x\n', 0o777), umask: 0o002 },
    verdict: 'SUBSTANTIVE',
    findings: [['MODE_WORLD_WRITABLE', 'BAD', 'usr/bin/pot']],
    noise: ['UMASK'],
  },
  {
    title: 'one mode of many',
    old: one('usr/share/teapot/x', 'x\n', 0o644),
    new: one('usr/share/teapot/x', 'x\n', 0o664),
    verdict: 'SUBSTANTIVE',
    findings: [['MODE_CHANGED', 'VERIFY', 'usr/share/teapot/x']],
  },
  {
    title: 'a sticky bit that is lost',
    old: files({ 'var/spool/teapot': { directory: 0o1777 } }),
    new: files({ 'var/spool/teapot': { directory: 0o777 } }),
    verdict: 'SUBSTANTIVE',
    findings: [['MODE_CHANGED', 'BAD', 'var/spool/teapot']],
  },
  {
    title: 'a new dependency',
    new: { fields: { Depends: 'netcat' } },
    verdict: 'SUBSTANTIVE',
    findings: [['DEPENDENCY_ADDED', 'VERIFY', 'control:Depends']],
  },
  {
    title: 'a dependency that is gone',
    old: { fields: { Depends: 'aa, bb' } },
    new: { fields: { Depends: 'aa' } },
    verdict: 'SUBSTANTIVE',
    findings: [['DEPENDENCY_REMOVED', 'VERIFY', 'control:Depends']],
  },
  {
    title: 'a higher minimum version',
    old: { fields: { Depends: 'libc6 (>= 2.36)' } },
    new: { fields: { Depends: 'libc6 (>= 2.38)' } },
    verdict: 'SUBSTANTIVE',
    findings: [['DEPENDENCY_CHANGED', 'INFO', 'control:Depends']],
  },
  {
    title: 'a version that only begins as the package’s own',
    old: { version: '1.0-1', fields: { Depends: 'libother (= 1.0-10)' } },
    new: { version: '1.0-2', fields: { Depends: 'libother (= 1.0-20)' } },
    verdict: 'SUBSTANTIVE',
    findings: [['DEPENDENCY_CHANGED', 'VERIFY', 'control:Depends']],
  },
  {
    title: 'the package’s own version required of a package of another build',
    old: { version: '1.0-1', fields: { Depends: 'libother (= 1.0-1)' } },
    new: { version: '1.0-2', fields: { Depends: 'libother (= 1.0-2)' } },
    verdict: 'SUBSTANTIVE',
    findings: [['DEPENDENCY_CHANGED', 'VERIFY', 'control:Depends']],
  },
  {
    title: 'an address that holds the version',
    old: { ...one('etc/net', 'server=10.2.0.1\n'), version: '2' },
    new: { ...one('etc/net', 'server=10.3.0.1\n'), version: '3' },
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'alternatives in another order',
    old: { fields: { Depends: 'aa | bb' } },
    new: { fields: { Depends: 'bb | aa' } },
    verdict: 'SUBSTANTIVE',
    findings: [['DEPENDENCY_CHANGED', 'VERIFY', 'control:Depends']],
  },
  {
    title: 'a variable that was not replaced',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of dpkg-gencontrol
    new: { fields: { Depends: '${shlibs:Depends}' } },
    verdict: 'SUBSTANTIVE',
    findings: [['DEPENDENCY_CHANGED', 'BAD', 'control:Depends']],
  },
  {
    title: 'Pre-Depends',
    new: { fields: { 'Pre-Depends': 'aa' } },
    verdict: 'SUBSTANTIVE',
    findings: [['PRE_DEPENDS_ADDED', 'VERIFY', 'control:Pre-Depends']],
  },
  {
    title: 'a package that became essential',
    new: { fields: { Essential: 'yes' } },
    verdict: 'SUBSTANTIVE',
    findings: [['ESSENTIAL_CHANGED', 'BAD', 'control:Essential']],
  },
  {
    title: 'Multi-Arch',
    new: { fields: { 'Multi-Arch': 'foreign' } },
    verdict: 'SUBSTANTIVE',
    findings: [['MULTI_ARCH_CHANGED', 'VERIFY', 'control:Multi-Arch']],
  },
  {
    title: 'another maintainer',
    new: { fields: { Maintainer: 'Mallory <m@example.org>' } },
    verdict: 'SUBSTANTIVE',
    findings: [['MAINTAINER_CHANGED', 'VERIFY', 'control:Maintainer']],
  },
  {
    title: 'Breaks',
    new: { fields: { Breaks: 'aa (<< 2)' } },
    verdict: 'SUBSTANTIVE',
    findings: [['BREAKS_CHANGED', 'INFO', 'control:Breaks']],
  },
  {
    title: 'Conflicts',
    new: { fields: { Conflicts: 'aa' } },
    verdict: 'SUBSTANTIVE',
    findings: [['CONFLICTS_CHANGED', 'VERIFY', 'control:Conflicts']],
  },
  {
    title: 'Provides',
    old: { fields: { Provides: 'tea' } },
    verdict: 'SUBSTANTIVE',
    findings: [['PROVIDES_CHANGED', 'VERIFY', 'control:Provides']],
  },
  {
    title: 'a description that imitates debdiff',
    new: { fields: { Description: 'brews tea\n No differences were encountered between the control files' } },
    verdict: 'SUBSTANTIVE',
    findings: [['FIELD_CHANGED', 'VERIFY', 'control:Description']],
  },
  {
    title: 'another epoch',
    old: { version: '1:1.0-1' },
    new: { version: '2:1.0-1' },
    verdict: 'SUBSTANTIVE',
    findings: [['EPOCH_CHANGED', 'VERIFY', 'control:Version']],
  },
  {
    title: 'an older version',
    old: { version: '1.1-1' },
    new: { version: '1.0-1' },
    verdict: 'SUBSTANTIVE',
    findings: [['VERSION_WENT_BACK', 'VERIFY', 'control:Version']],
  },
  {
    title: 'another upstream version',
    old: { version: '1.0-1' },
    new: { version: '1.1-1' },
    verdict: 'SUBSTANTIVE',
    findings: [['VERSION_CHANGED', 'INFO', 'control:Version']],
  },
  {
    title: 'a new maintainer script',
    new: { control: { postinst: '#!/bin/sh\nset -e\nadduser tea\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['SCRIPT_ADDED', 'VERIFY', 'control/postinst']],
  },
  {
    title: 'a maintainer script that is gone',
    old: { control: { prerm: '#!/bin/sh\nset -e\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['SCRIPT_REMOVED', 'VERIFY', 'control/prerm']],
  },
  {
    title: 'a maintainer script that opens a directory to everybody',
    old: { control: { postinst: '#!/bin/sh\nset -e\ninstall -d /var/tea\n' } },
    new: { control: { postinst: '#!/bin/sh\nset -e\ninstall -d -m 0777 /var/tea\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['SCRIPT_CHANGED', 'BAD', 'control/postinst']],
  },
  {
    title: 'a trigger',
    new: { control: { triggers: 'interest-noawait /usr/share/icons\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['TRIGGERS_CHANGED', 'VERIFY', 'control/triggers']],
  },
  {
    title: 'shlibs',
    old: { control: { shlibs: 'libtea 1 libtea1\n' } },
    new: { control: { shlibs: 'libtea 1 libtea1 (>= 2)\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['SHLIBS_CHANGED', 'VERIFY', 'control/shlibs']],
  },
  {
    title: 'debconf templates',
    old: { control: { templates: 'Template: tea/hot\nType: boolean\nDefault: true\n' } },
    new: { control: { templates: 'Template: tea/hot\nType: boolean\nDefault: false\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['TEMPLATES_CHANGED', 'VERIFY', 'control/templates']],
  },
  {
    title: 'a control file of an unknown name',
    new: { control: { isinstallable: 'x\n' } },
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a configuration file that is not listed any more',
    old: { control: { conffiles: '/etc/teapot.conf\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['CONFFILE_REMOVED', 'VERIFY', 'etc/teapot.conf']],
  },
  {
    title: 'the content of a configuration file',
    old: { ...one('etc/teapot.conf', 'degrees = 80\n'), control: { conffiles: '/etc/teapot.conf\n' } },
    new: { ...one('etc/teapot.conf', 'degrees = 90\n'), control: { conffiles: '/etc/teapot.conf\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['CONFFILE_CHANGED', 'VERIFY', 'etc/teapot.conf']],
  },
  {
    title: 'a comment of a configuration file',
    ...change('etc/teapot.conf', '# please\ndegrees = 80\n', '# please, see teapot(1)\ndegrees = 80\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['COMMENT_ONLY', 'INFO', 'etc/teapot.conf']],
  },
  {
    title: 'a new file in /etc that is no configuration file',
    new: one('etc/hidden.conf', 'x\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['ETC_FILE_NOT_CONFFILE', 'VERIFY', 'etc/hidden.conf']],
  },
  {
    title: 'a new sudo rule',
    new: {
      ...one('etc/sudoers.d/teapot', 'ALL ALL=(ALL) NOPASSWD: ALL\n', 0o440),
      control: { conffiles: '/etc/sudoers.d/teapot\n' },
    },
    verdict: 'SUBSTANTIVE',
    findings: [['SECURITY_FILE_ADDED', 'BAD', 'etc/sudoers.d/teapot']],
  },
  {
    title: 'a PAM stack in another order',
    ...change(
      'etc/pam.d/teapot',
      'auth required pam_deny.so\nauth sufficient pam_unix.so\n',
      'auth sufficient pam_unix.so\nauth required pam_deny.so\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [
      ['ORDER_SIGNIFICANT', 'BAD', 'etc/pam.d/teapot'],
      ['SECURITY_FILE_CHANGED', 'BAD', 'etc/pam.d/teapot'],
    ],
  },
  {
    title: 'a no-break space in a sudo rule',
    ...change(
      'etc/sudoers.d/teapot',
      'tea ALL = NOPASSWD: /bin/true\n',
      'tea ALL = NOPASSWD:\u00a0/bin/true\n',
      0o440,
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['INVISIBLE_UNICODE', 'BAD', 'etc/sudoers.d/teapot']],
  },
  {
    title: 'code behind a line separator in a comment',
    ...change(
      'usr/share/teapot/run.js',
      '// Generated on Sat Jan 10 2026\ngo()\n',
      '// Generated on Sun Jan 11 2026\u2028steal()\ngo()\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [
      ['INVISIBLE_UNICODE', 'BAD', 'usr/share/teapot/run.js'],
      ['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/run.js'],
    ],
  },
  {
    title: 'a date that is a constant',
    ...change(
      'usr/share/teapot/licence.py',
      'END = datetime.date(2026, 1, 10)  # 2026-01-10\n',
      'END = datetime.date(2027, 1, 10)  # 2027-01-10\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/licence.py']],
  },
  {
    title: 'a file that is nothing but a day',
    ...change('usr/share/teapot/expires', '2026-01-10\n', '2027-01-10\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a pinned commit',
    ...change(
      'usr/share/teapot/fetch.sh',
      'git checkout 9c1185a5c5e9fc54612808977ee8f548b2258d31\n',
      'git checkout da39a3ee5e6b4b0d3255bfef95601890afd80709\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/fetch.sh']],
  },
  {
    title: 'a build directory that is run',
    ...change(
      'lib/systemd/system/tea.service',
      '[Service]\nExecStart=/usr/bin/tea\n',
      '[Service]\nExecStart=/build/reproducible-path/tea\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['SERVICE_CHANGED', 'BAD', 'lib/systemd/system/tea.service']],
  },
  {
    title: 'the version of the other side',
    old: { ...one('usr/share/teapot/minimum', `refuse-below ${NEW_VERSION}\n`), version: OLD_VERSION },
    new: { ...one('usr/share/teapot/minimum', `refuse-below ${OLD_VERSION}\n`), version: NEW_VERSION },
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/minimum']],
  },
  {
    title: 'a licence',
    ...change('usr/share/doc/teapot/copyright', 'License: GPL-2+\n', 'License: GPL-2\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['LICENCE_CHANGED', 'VERIFY', 'usr/share/doc/teapot/copyright']],
  },
  {
    title: 'a sentence of a licence beside its year',
    ...change(
      'usr/share/doc/teapot/html/LICENCE.html',
      '<p>&copy; 2025 A. You may copy it.</p>\n',
      '<p>&copy; 2026 A. You may not copy it.</p>\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['LICENCE_CHANGED', 'VERIFY', 'usr/share/doc/teapot/html/LICENCE.html']],
  },
  {
    title: 'a copyright file that is gone',
    new: files({ 'usr/share/doc/teapot/copyright': { link: 'x' } }),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_TO_SYMLINK', 'VERIFY', 'usr/share/doc/teapot/copyright']],
  },
  {
    title: 'an older entry of the changelog',
    old: files({
      'usr/share/doc/teapot/changelog.gz': gzipSync(
        'teapot (1.0-1) a; b=c\n\n  * x\n\n -- A <a@b>  Sat, 10 Jan 2026 08:00:00 +0000\n\nold\n',
      ),
    }),
    new: files({
      'usr/share/doc/teapot/changelog.gz': gzipSync(
        'teapot (1.0-1) a; b=c\n\n  * x\n\n -- A <a@b>  Sat, 10 Jan 2026 08:00:00 +0000\n\nother\n',
      ),
    }),
    verdict: 'SUBSTANTIVE',
    findings: [['CHANGELOG_CHANGED', 'VERIFY', 'usr/share/doc/teapot/changelog.gz']],
  },
  {
    title: 'a header file',
    ...change('usr/include/tea.h', 'int brew(int);\n', 'int brew(long);\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['HEADER_CHANGED', 'VERIFY', 'usr/include/tea.h']],
  },
  {
    title: 'line ends of a script',
    ...change('usr/bin/teapot', '#!/bin/sh\necho\n', '#!/bin/sh\r\necho\r\n', 0o755),
    verdict: 'SUBSTANTIVE',
    findings: [['LINE_ENDINGS', 'BAD', 'usr/bin/teapot']],
  },
  {
    title: 'a newline at the end',
    ...change('usr/share/teapot/token', 'secret\n', 'secret'),
    verdict: 'SUBSTANTIVE',
    findings: [['NEWLINE_AT_EOF', 'INFO', 'usr/share/teapot/token']],
  },
  {
    title: 'the last newline of a cron table',
    ...change('etc/cron.d/teapot', '* * * * * root true\n', '* * * * * root true'),
    verdict: 'SUBSTANTIVE',
    findings: [['NEWLINE_AT_EOF', 'BAD', 'etc/cron.d/teapot']],
  },
  {
    title: 'a byte order mark before an interpreter line',
    ...change('usr/bin/teapot', '#!/bin/sh\necho\n', '\ufeff#!/bin/sh\necho\n', 0o755),
    verdict: 'SUBSTANTIVE',
    findings: [['ENCODING_CHANGED', 'VERIFY', 'usr/bin/teapot']],
  },
  {
    title: 'blanks of a Python file',
    ...change('usr/share/teapot/a.py', 'if x:\n    a()\nb()\n', 'if x:\n    a()\n    b()\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['WHITESPACE_SIGNIFICANT', 'VERIFY', 'usr/share/teapot/a.py']],
  },
  {
    title: 'a file that became empty',
    ...change('usr/share/teapot/a', 'x\n', ''),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_EMPTIED', 'VERIFY', 'usr/share/teapot/a']],
  },
  {
    title: 'a file that is gone',
    old: one('usr/share/teapot/a', 'x\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_REMOVED', 'VERIFY', 'usr/share/teapot/a']],
  },
  {
    title: 'a file that moved',
    old: one('usr/share/teapot/a', 'a long enough content\n'),
    new: one('usr/share/teapot/b', 'a long enough content\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_MOVED', 'INFO', 'usr/share/teapot/b']],
  },
  {
    title: 'two files that swapped their names',
    old: files({ 'usr/share/teapot/a': 'aaaa\n', 'usr/share/teapot/b': 'bbbb\n' }),
    new: files({ 'usr/share/teapot/a': 'bbbb\n', 'usr/share/teapot/b': 'aaaa\n' }),
    verdict: 'SUBSTANTIVE',
    findings: [
      ['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/a'],
      ['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/b'],
    ],
  },
  {
    title: 'a directory that became a link',
    old: one('usr/share/tea/x', 'x\n'),
    new: files({ 'usr/share/tea': { link: 'teapot' } }),
    verdict: 'SUBSTANTIVE',
    findings: [['DIR_TO_SYMLINK', 'BAD', 'usr/share/tea']],
  },
  {
    title: 'a link that became a directory',
    old: files({ 'usr/share/tea': { link: 'teapot' } }),
    new: one('usr/share/tea/x', 'x\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['SYMLINK_TO_DIR', 'BAD', 'usr/share/tea']],
  },
  {
    title: 'a link that points elsewhere',
    old: files({ 'usr/bin/tea': { link: 'teapot' } }),
    new: files({ 'usr/bin/tea': { link: '/tmp/x' } }),
    verdict: 'SUBSTANTIVE',
    findings: [['SYMLINK_CHANGED', 'VERIFY', 'usr/bin/tea']],
  },
  {
    title: 'a link whose target is gone',
    old: files({ 'usr/share/teapot/a': 'x\n', 'usr/share/teapot/current': { link: 'a' } }),
    new: files({ 'usr/share/teapot/current': { link: 'a' } }),
    verdict: 'SUBSTANTIVE',
    findings: [['SYMLINK_DANGLING', 'VERIFY', 'usr/share/teapot/current']],
  },
  {
    title: 'a hard link that leads elsewhere',
    old: files({ 'usr/bin/a': 'good\n', 'usr/bin/c': 'evil\n', 'usr/bin/z': { hardlink: 'usr/bin/a' } }),
    new: files({ 'usr/bin/a': 'good\n', 'usr/bin/c': 'evil\n', 'usr/bin/z': { hardlink: 'usr/bin/c' } }),
    verdict: 'SUBSTANTIVE',
    findings: [['HARDLINK_CHANGED', 'INFO', 'usr/bin/z']],
  },
  {
    title: 'a hard link that became a copy',
    old: files({ 'usr/bin/a': 'good\n', 'usr/bin/z': { hardlink: 'usr/bin/a' } }),
    new: files({ 'usr/bin/a': 'good\n', 'usr/bin/z': 'good\n' }),
    verdict: 'SUBSTANTIVE',
    findings: [['HARDLINK_CHANGED', 'INFO', 'usr/bin/z']],
  },
  {
    title: 'a checksum that is not the file’s',
    ...{
      old: { files: two('x', 'y'), md5sums: md5sumsOf('x', 'y') },
      new: { files: { ...two('x', 'y'), 'usr/share/x': 'evil\n' }, md5sums: md5sumsOf('x', 'y') },
    },
    verdict: 'SUBSTANTIVE',
    findings: [['MD5SUMS_LIES', 'BAD', 'usr/share/x']],
  },
  {
    title: 'no checksums any more',
    new: { md5sums: null },
    verdict: 'SUBSTANTIVE',
    findings: [['MD5SUMS_DROPPED', 'VERIFY', 'control/md5sums']],
  },
  {
    title: 'a file that grew tenfold',
    old: one('usr/share/teapot/t', 'x'.repeat(5_000)),
    new: one('usr/share/teapot/t', 'x'.repeat(60_000)),
    verdict: 'SUBSTANTIVE',
    findings: [['SIZE_GROWTH', 'VERIFY', 'usr/share/teapot/t']],
  },
  {
    title: 'a further gzip member',
    old: files({ 'usr/share/teapot/r.gz': gzipSync('deny\n') }),
    new: files({
      'usr/share/teapot/r.gz': Buffer.concat([gzipSync('deny\n'), gzipSync('allow everyone\n')]),
    }),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/r.gz']],
  },
  {
    title: 'bytes after a gzip file',
    old: files({ 'usr/share/teapot/r.gz': gzipSync('deny\n') }),
    new: files({ 'usr/share/teapot/r.gz': Buffer.concat([gzipSync('deny\n'), Buffer.from('payload')]) }),
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', 'usr/share/teapot/r.gz']],
  },
  {
    title: 'bytes that are no text',
    old: files({ 'usr/share/teapot/t': Buffer.from([0, 1, 2, 3]) }),
    new: files({ 'usr/share/teapot/t': Buffer.from([0, 1, 2, 4]) }),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/share/teapot/t']],
  },
]

/** What looks like noise and is not: each pair hides a change where a class of noise once looked away. */
const DISGUISED: readonly Pair[] = [
  {
    title: 'a setting that is named host',
    ...change('usr/share/teapot/default', 'host = db.example.org\n', 'host = evil.example.net\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a number of cores that is a setting',
    ...change('usr/share/teapot/default', 'cores = 4\n', 'cores = 400\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a contact in a sentence about the build',
    ...change(
      'usr/share/doc/teapot/README',
      'Report build errors to help@example.org\n',
      'Report build errors to mallory@example.net\n',
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['DOC_CHANGED', 'INFO', 'usr/share/doc/teapot/README']],
  },
  {
    title: 'the kernel that a program requires',
    ...change('usr/share/doc/teapot/README', 'Requires Linux 5.10\n', 'Requires Linux 6.12\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a date with a meaning in a line that says when it was generated',
    ...change(
      'usr/share/doc/teapot/html/a.html',
      '<p>Generated by hand; valid until 2026-11-03.</p>\n',
      '<p>Generated by hand; valid until 2036-11-03.</p>\n',
    ),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a date in the text of a Texinfo manual',
    ...change(
      'usr/share/info/teapot.info',
      'This is teapot.info, produced by makeinfo version 6.8.\n\nDo not drink it after 3 November 2026.\n',
      'This is teapot.info, produced by makeinfo version 6.8.\n\nDo not drink it after 3 December 2036.\n',
    ),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a directory below /build that is of no source',
    ...change('usr/share/teapot/where', '/build/good/plugins\n', '/build/evil/plugins\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a command behind an option of the compiler',
    ...change(
      'usr/bin/teapot',
      '#!/bin/sh\ncc -ffile-prefix-map=/a=. x.c\n',
      '#!/bin/sh\ncc -ffile-prefix-map=/a=.;reboot x.c\n',
      0o755,
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/bin/teapot']],
  },
  {
    title: 'a number in a link that looks like a random one',
    ...change(
      'usr/share/doc/teapot/html/a.html',
      '<a href="https://example.org/app/id123456789">get it</a>\n',
      '<a href="https://example.org/app/id987654321">get it</a>\n',
    ),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a field of a manifest that says something else',
    ...change(
      'usr/share/teapot/META-INF/MANIFEST.MF',
      'Manifest-Version: 1.0\nCreated-By: 17.0.9 (Debian)\n',
      'Manifest-Version: 1.0\nCreated-By: Mallory, with love\n',
    ),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a printed date in a file of data',
    ...change('usr/share/teapot/expires', 'Tue Nov  3 00:00:00 UTC 2026\n', 'Wed Nov  3 00:00:00 UTC 2036\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a number of JSON written otherwise, beside another order',
    ...change('usr/share/teapot/a.json', '{"a": 1, "b": 1000}\n', '{"b": 1e3, "a": 1}\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'an object of JSON that became a list',
    ...change('usr/share/teapot/a.json', '{"a": {"b": 1}, "c": 1}\n', '{"c": 1, "a": [{"b": 1}]}\n'),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'the order of conditions in package.json',
    ...change(
      'usr/share/nodejs/teapot/package.json',
      '{"exports": {"import": "./a.mjs", "default": "./b.js"}}\n',
      '{"exports": {"default": "./b.js", "import": "./a.mjs"}}\n',
    ),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a comment in a gzip header',
    old: files({ 'usr/share/teapot/a.gz': gzipSync('tea\n') }),
    new: files({ 'usr/share/teapot/a.gz': gzipWithComment('tea\n', 'payload') }),
    verdict: 'SUBSTANTIVE',
    findings: [['TRAILING_DATA', 'BAD', 'usr/share/teapot/a.gz']],
  },
  {
    title: 'a wrong checksum of a gzip file',
    old: files({ 'usr/share/teapot/a.gz': gzipSync('tea\n') }),
    new: files({ 'usr/share/teapot/a.gz': withByte(gzipSync('tea\n'), -8) }),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a payload in the header of a message catalogue',
    ...change(
      'usr/share/teapot/a.po',
      'msgid ""\nmsgstr ""\n"POT-Creation-Date: 2026-01-10 08:00+0000\\n"\n',
      'msgid ""\nmsgstr ""\n"POT-Creation-Date: run this\\n"\n',
    ),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'another source of the same version',
    old: { fields: { Source: 'teapot-src (1.0-1)' } },
    new: { fields: { Source: 'samovar (1.0-1)' } },
    verdict: 'SUBSTANTIVE',
    findings: [['FIELD_CHANGED', 'VERIFY', 'control:Source']],
  },
  {
    title: 'an installed size that is no number',
    old: { fields: { 'Installed-Size': '10' } },
    new: { fields: { 'Installed-Size': '10 and more' } },
    verdict: 'SUBSTANTIVE',
    findings: [['FIELD_CHANGED', 'VERIFY', 'control:Installed-Size']],
  },
  {
    title: 'build ids of a package that has no debug symbols',
    old: { fields: { 'Build-Ids': 'aa' } },
    new: { fields: { 'Build-Ids': 'bb' } },
    verdict: 'SUBSTANTIVE',
    findings: [['FIELD_CHANGED', 'VERIFY', 'control:Build-Ids']],
  },
  {
    title: 'a line of md5sums that is no checksum',
    old: { md5sums: md5sumsOf('x', 'y'), files: two('x', 'y') },
    new: { md5sums: `${md5sumsOf('x', 'y')}# payload\n`, files: two('x', 'y') },
    verdict: 'SUBSTANTIVE',
    findings: [['MD5SUMS_LIES', 'VERIFY', 'control/md5sums']],
  },
  {
    title: 'a list of checksums that became empty',
    old: { md5sums: md5sumsOf('x', 'y'), files: two('x', 'y') },
    new: { md5sums: '', files: two('x', 'y') },
    verdict: 'SUBSTANTIVE',
    findings: [['MD5SUMS_LIES', 'VERIFY', 'control/md5sums']],
  },
  {
    title: 'a directive of sudo that looks like a comment',
    ...change('etc/sudoers.d/teapot', '#includedir /etc/a\n', '#includedir /tmp/b\n'),
    verdict: 'SUBSTANTIVE',
    findings: [['SECURITY_FILE_CHANGED', 'BAD', 'etc/sudoers.d/teapot']],
  },
  {
    title: 'a line of a here-document that looks like a comment',
    ...change(
      'usr/bin/teapot',
      '#!/bin/sh\ncat > x <<EOF\n#include "a.h"\n# one\nEOF\n',
      '#!/bin/sh\ncat > x <<EOF\n#include "a.h"\n# two\nEOF\n',
      0o755,
    ),
    verdict: 'SUBSTANTIVE',
    findings: [['CONTENT_CHANGED', 'VERIFY', 'usr/bin/teapot']],
  },
  {
    title: 'flags of a compiled Python module',
    old: files({ 'usr/share/teapot/a.pyc': pyc(0) }),
    new: files({ 'usr/share/teapot/a.pyc': pyc(1) }),
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'a maintainer script with an error of syntax',
    old: { control: { postinst: '#!/bin/sh\nset -e\nif true; then echo a; fi\n' } },
    new: { control: { postinst: '#!/bin/sh\nset -e\nif true; then echo a\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [['SCRIPT_SYNTAX', 'BAD', 'control/postinst']],
  },
  {
    title: 'what a class leaves, in the text itself',
    old: { ...one('usr/share/teapot/a', `${'tea '.repeat(200)}\n${OLD_VERSION}\n`), version: OLD_VERSION },
    new: {
      ...one('usr/share/teapot/a', `${'tea '.repeat(200)}\n\0VERSION_ECHO\0\n`),
      version: NEW_VERSION,
    },
    verdict: 'SUBSTANTIVE',
  },
  {
    title: 'build ids that the debug symbols in the package do not have',
    old: {
      name: 'teapot-dbgsym',
      files: { 'usr/lib/debug/.build-id/aa/aaaa.debug': 'x' },
      fields: { 'Build-Ids': 'aaaaaa' },
    },
    new: {
      name: 'teapot-dbgsym',
      files: { 'usr/lib/debug/.build-id/aa/aaaa.debug': 'x' },
      fields: { 'Build-Ids': 'bbbbbb' },
    },
    verdict: 'SUBSTANTIVE',
    findings: [['DBGSYM_MISMATCH', 'VERIFY', 'control:Build-Ids']],
  },
  {
    title: 'another encoding of the same characters',
    old: one('usr/share/teapot/a.txt', Buffer.from('caf\u00e9\n', 'latin1')),
    new: one('usr/share/teapot/a.txt', Buffer.from('caf\u00e9\n', 'utf8')),
    verdict: 'SUBSTANTIVE',
    findings: [['ENCODING_CHANGED', 'VERIFY', 'usr/share/teapot/a.txt']],
  },
]

/** A small program of the system, with one place changed. */
const ELVES: readonly Pair[] = [
  ['rights of a segment', (elf: Buffer) => elf.writeUInt32LE(7, Number(elf.readBigUInt64LE(32)) + 56 + 4)],
  ['the place where a program begins', (elf: Buffer) => elf.writeBigUInt64LE(0x1234n, 24)],
  ['a name of a section', (elf: Buffer) => elf.write('.eh_frame_hdx', elf.lastIndexOf('.eh_frame_hdr'))],
].map(([title, mutate]) => ({
  title: title as string,
  old: files({ 'usr/bin/brew': elfWith(() => undefined) }),
  new: files({ 'usr/bin/brew': elfWith(mutate as (elf: Buffer) => void) }),
  verdict: 'SUBSTANTIVE' as const,
}))

const RUNS: readonly Pair[] = [
  {
    title: 'a new package',
    old: [{}],
    new: [{}, { name: 'teapot-data', files: {} }],
    verdict: 'SUBSTANTIVE',
    findings: [['PACKAGE_ADDED', 'VERIFY', '']],
  },
  {
    title: 'a package that is not built any more',
    old: [{}, { name: 'teapot-data', files: {} }],
    new: [{}],
    verdict: 'SUBSTANTIVE',
    findings: [['PACKAGE_REMOVED', 'VERIFY', '']],
  },
  {
    title: 'a package for all architectures that is for one now',
    old: { architecture: 'all' },
    new: { ...one('usr/bin/teapot', '#!/bin/sh\nother\n', 0o755), architecture: 'amd64' },
    verdict: 'SUBSTANTIVE',
    findings: [
      ['ARCHITECTURE_CHANGED', 'VERIFY', 'control:Architecture'],
      ['CONTENT_CHANGED', 'VERIFY', 'usr/bin/teapot'],
    ],
  },
  {
    title: 'one of two architectures',
    old: [{ architecture: 'amd64' }, { architecture: 'i386' }],
    new: [{ architecture: 'amd64', fields: { Depends: 'evil' } }, { architecture: 'i386' }],
    verdict: 'SUBSTANTIVE',
    findings: [['DEPENDENCY_ADDED', 'VERIFY', 'control:Depends']],
  },
  {
    title: 'a library with another number',
    old: { name: 'libtea1', files: { 'usr/share/x': 'x\n' } },
    new: { name: 'libtea2', files: { 'usr/share/x': 'y\n' } },
    verdict: 'SUBSTANTIVE',
    findings: [
      ['PACKAGE_RENAMED', 'VERIFY', ''],
      ['CONTENT_CHANGED', 'VERIFY', 'usr/share/x'],
    ],
  },
  {
    title: 'a package without files any more',
    old: [{ files: { 'usr/share/x': 'x\n' } }],
    new: [{ files: {} }],
    verdict: 'SUBSTANTIVE',
    findings: [['PACKAGE_EMPTIED', 'VERIFY', '']],
  },
  {
    title: 'a file in another package, without Breaks and Replaces',
    old: [
      { name: 'aa', files: { 'usr/bin/x': 'moved, and long enough\n' } },
      { name: 'bb', files: {} },
    ],
    new: [
      { name: 'aa', files: {} },
      { name: 'bb', files: { 'usr/bin/x': 'moved, and long enough\n' } },
    ],
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_MOVED_BETWEEN_PACKAGES', 'BAD', 'usr/bin/x']],
  },
  {
    title: 'a file in another package, with Breaks and Replaces',
    old: [
      { name: 'aa', files: { 'usr/bin/x': 'moved, and long enough\n' } },
      { name: 'bb', files: {} },
    ],
    new: [
      { name: 'aa', files: {} },
      {
        name: 'bb',
        files: { 'usr/bin/x': 'moved, and long enough\n' },
        fields: { Breaks: 'aa (<< 2)', Replaces: 'aa (<< 2)' },
      },
    ],
    verdict: 'SUBSTANTIVE',
    findings: [['FILE_MOVED_BETWEEN_PACKAGES', 'INFO', 'usr/bin/x']],
  },
]

describe.each([
  ['what a rebuild makes', NOISE],
  ['what matters', SUBSTANCE],
  ['what looks like noise', DISGUISED],
  ['programs', ELVES],
  ['several packages', RUNS],
] as const)('%s', (_group, pairs) => itAnswers(pairs))

function two(first: string, second: string): Record<string, string> {
  return { [`usr/share/${first}`]: `${first}\n`, [`usr/share/${second}`]: `${second}\n` }
}

/** The checksums of `two`, in the order given. */
function md5sumsOf(...names: string[]): string {
  const sums: Readonly<Record<string, string>> = {
    x: '401b30e3b8b5d629635a5c613cdb7919',
    y: '009520053b00386d1173f3988c55d192',
  }
  return names.map((name) => `${sums[name]}  usr/share/${name}\n`).join('')
}

function gzipAt(text: string, mtime: number): Buffer {
  const bytes = gzipSync(text)
  bytes.writeUInt32LE(mtime, 4)
  return bytes
}

/** With the comment of RFC 1952, which no common writer makes. */
function gzipWithComment(text: string, comment: string): Buffer {
  const bytes = gzipSync(text)
  const header = Buffer.from(bytes.subarray(0, 10))
  header.writeUInt8(16, 3)
  return Buffer.concat([header, Buffer.from(`${comment}\0`, 'latin1'), bytes.subarray(10)])
}

/** A 64-bit program that every Debian system has. */
function elfWith(mutate: (elf: Buffer) => void): Buffer {
  const elf = readFileSync('/usr/bin/true')
  mutate(elf)
  return elf
}

/** With one byte changed, counted from the end. */
function withByte(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  const index = changed.length + at
  changed.writeUInt8((changed.readUInt8(index) + 1) & 0xff, index)
  return changed
}

function pyc(flags: number): Buffer {
  const header = Buffer.from('a70d0d0a000000000000000000000000', 'hex')
  header.writeUInt32LE(flags, 4)
  return Buffer.concat([header, Buffer.from('code')])
}

/** A text that lists keys, and the JSON file beside it, in the order of each side. */
function listOfMapping({
  path = KINDS,
  json = ['a b c d e f', 'e c a f b d'],
  text = ['b f a d c e', 'd a e c f b'],
}: {
  readonly path?: string
  readonly json?: readonly [string, string]
  readonly text?: readonly [string, string]
}): Pick<Pair, 'old' | 'new'> {
  const side = (index: 0 | 1) => {
    const members = json[index].split(' ').map((key) => `"${key}": {"len": ${key.charCodeAt(0)}}`)
    const lines = text[index].split(' ').map((key) => `${key} ${key.charCodeAt(0)}\n`)
    return files({
      [path]: lines.join(''),
      ...(json[index] !== '' && { [path.replace(/[a-z]+$/, 'json')]: `{${members.join(', ')}}\n` }),
    })
  }
  return { old: side(0), new: side(1) }
}
