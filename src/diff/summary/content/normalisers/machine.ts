/** The machine that built: its paths, name, user and kernel. */
import type { SideContext } from '../content.ts'
import { DATE_SOURCE, replaceDatesAfter } from '../dates.ts'
import { hole, type TextNormaliser } from '../normaliser.ts'
import { escapeRegExp, inLines, isCode, isDocument, STRINGS } from './file-types.ts'

/**
 * BUILD_PATH: a directory that a builder made for this build, as sbuild, pbuilder and dpkg-buildpackage make them: it is named after the source, or
 * as tools for reproducible builds name it. Only that directory is removed; the path below it must be equal. Not in code and configuration, which
 * use their paths.
 */
function buildDirectory({ source, package: name }: SideContext): RegExp {
  const names = [...new Set([source, name])].map(escapeRegExp).join('|')
  const root =
    '(?:build|tmp|buildd?|var/cache/pbuilder/build|srv/build|usr/src|home/[a-z0-9_-]+)(?:/[\\w.+~-]+){0,4}?'
  return new RegExp(
    `(?<![\\w.])/(?:${root}/(?:(?:${names})(?:[-_][\\w.+~-]*)?)(?:/(?:${names})-[0-9][\\w.+~-]*)?|build/(?:reproducible-path|1st|2nd)(?:/[a-z0-9][\\w.+~-]*-[0-9][\\w.+~]*)?)(?![\\w.+~-])|<<(?:BUILDDIR|PKGBUILDDIR)>>`,
    'g',
  )
}

export const buildPath: TextNormaliser = {
  class: 'BUILD_PATH',
  appliesTo: (file) => !isCode(file) || /\.packlist$/.test(file.path),
  normalise: (text, side) => text.replace(buildDirectory(side), hole('BUILD_PATH')),
}

/** BUILD_FLAGS: options of the compiler that name the build directory. */
export const buildFlags: TextNormaliser = {
  class: 'BUILD_FLAGS',
  appliesTo: () => true,
  normalise: (text) =>
    text.replace(
      /-f(?:file|debug|macro|canon)-prefix-map=[\w./+~<>@-]+=[\w./+~-]*(?![^\s"'),])/g,
      hole('BUILD_FLAGS'),
    ),
}

/**
 * `Linux NAME VERSION #1 SMP DATE ARCH`: what uname(1) and /proc/version say. A version alone may be one that a program requires, so it needs the
 * number of the kernel's build after it, or a word about the build before it.
 */
const KERNEL_BUILD = `#\\d+(?:-\\w+)?(?: (?:SMP|PREEMPT\\w*|Debian|Ubuntu|\\d[\\w.+~:-]*|\\(?${DATE_SOURCE}\\)?))*`
const RELEASE = '\\d+\\.\\d+(?:\\.\\d+)?[\\w.+-]*'
const UNAME_END = `${KERNEL_BUILD}(?=$|["<,]| (?:x86_64|i[3-6]86|aarch64|armv7l|ppc64le|s390x|riscv64|mips\\w*)\\b)`
const UNAME = new RegExp(
  `\\bLinux (?:version )?(?:\\0HOSTNAME\\0 )?${RELEASE}(?: \\([\\w@.: +~\\0-]*\\)){0,3} ${UNAME_END}`,
  'gim',
)
const UNAME_HOST = new RegExp(`(\\bLinux )[a-z][\\w.-]*(?= ${RELEASE} ${UNAME_END})`, 'gim')
/** `Linux version 6.1.0 (user@host) #1 SMP …`, as /proc/version has it. */
const VERSION_USER = new RegExp(
  `(\\bLinux version ${RELEASE} \\()([a-z_][\\w-]*|\\0USER\\0)(@)([a-z0-9][\\w.-]*|\\0HOSTNAME\\0)(?=\\)(?: \\([\\w@.: +~-]*\\)){0,2} ${UNAME_END})`,
  'gim',
)
const BUILT_ON_LINUX =
  /(\b(?:built|build|compiled|configured)\b[^\n]{0,300}?)\bLinux (?:[\w.-]+ )?\d+\.\d+\.\d+-[\w.+-]*\w(?=$|["<,]|\s)(?! (?:or|and|to|kernels?)\b)/gim

/** Asked before the patterns above, which take a hundred times as long. */
const namesLinux = (text: string) => text.toLowerCase().includes('linux')

export const kernel: TextNormaliser = {
  class: 'KERNEL_CPU',
  appliesTo: (file) => !isCode(file),
  normalise(text) {
    if (!namesLinux(text)) return text
    const kernels = text.replace(UNAME, hole('KERNEL_CPU')).replace(BUILT_ON_LINUX, `$1${hole('KERNEL_CPU')}`)
    // A number of jobs may be a setting: it is the builder's only below what says on which kernel the build ran.
    if (kernels === text) return text
    return inLines(kernels, (line) =>
      line
        .replace(
          /^(\s*(?:[#*;]\s*)?(?:jobs|parallel|cores|processors|cpus|nproc)\s*[:=]\s*)\d+\s*$/i,
          `$1${hole('KERNEL_CPU')}`,
        )
        .replace(/(\0KERNEL_CPU\0, )\d+( (?:jobs|cores|processors|cpus)\b)/i, `$1${hole('KERNEL_CPU')}$2`),
    )
  },
}

/** A name of a machine, with or without a domain. */
const HOST = '[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?'
const BUILT = '(?:built|build|compiled|configured|generated|packaged)'
const BY = `\\b${BUILT}\\b(?:[^\\n@]{0,80}?\\b(?:by|on|as|for|host|user)\\b)?[ :=(]+`
const USER_AT = new RegExp(`(${BY})[a-z_][a-z0-9_-]*(?=@${HOST}(?![\\w.]*/))`, 'gi')
const AT_HOST = new RegExp(`(${BY}(?:[a-z_][a-z0-9_-]*|\\0USER\\0)@)${HOST}(?![\\w.]*/)`, 'gi')
const ON_HOST = new RegExp(
  `(\\b${BUILT}[ _-]?(?:on )?host(?:name)?[ :=]+|\\b${BUILT}\\b on host )${HOST}`,
  'gi',
)
const BUILD_HOST_LINE = new RegExp(
  `^(\\s*(?:[#*;]+\\s*)?(?:(?:build|built|compile)[ _-]?(?:host(?:name)?|user(?:name)?|by|machine))\\s*[:=]\\s*)${HOST}\\s*$`,
  'i',
)
/** Names that stand alone in a block of comments that says that the file is generated. */
const HOST_COMMENT = new RegExp(
  `^(\\s*[#;*]+\\s*(?:host(?:name)?|user(?:name)?)\\s*[:=]\\s*)${HOST}\\s*$`,
  'i',
)

/** USER: the user in `user@host` where a text says that it is that of the build. */
export const buildUser: TextNormaliser = {
  class: 'USER',
  appliesTo: (file) => !isCode(file),
  normalise: (text) =>
    inLines(namesLinux(text) ? text.replace(VERSION_USER, `$1${hole('USER')}$3$4`) : text, (line) =>
      line.replace(USER_AT, `$1${hole('USER')}`),
    ),
}

/** HOSTNAME: `user@host` and `host NAME` where a text says that they are those of the build. A contact or a setting stays. */
export const builder: TextNormaliser = {
  class: 'HOSTNAME',
  appliesTo: (file) => !isCode(file) || /\.la$/.test(file.path),
  normalise(text) {
    const isGenerated = /\b(?:automatically )?generated\b/i.test(text.slice(0, 1000))
    const withoutHosts = namesLinux(text)
      ? text.replace(UNAME_HOST, `$1${hole('HOSTNAME')}`).replace(VERSION_USER, `$1$2$3${hole('HOSTNAME')}`)
      : text
    return inLines(withoutHosts, (line) => {
      const named = line
        .replace(AT_HOST, `$1${hole('HOSTNAME')}`)
        .replace(ON_HOST, `$1${hole('HOSTNAME')}`)
        .replace(/(# Libtool was configured on host )[\w.-]+(?=:)/, `$1${hole('HOSTNAME')}`)
        .replace(BUILD_HOST_LINE, `$1${hole('HOSTNAME')}`)
      return isGenerated ? named.replace(HOST_COMMENT, `$1${hole('HOSTNAME')}`) : named
    })
  },
}

/** COMPILED_IN: the date in a line that says when something was built. */
export const builtOn: TextNormaliser = {
  class: 'COMPILED_IN',
  appliesTo: (file) => !isCode(file),
  normalise: (text) =>
    inLines(text, (line) =>
      replaceDatesAfter(
        line,
        /\b(?:built|compiled|build date)\b|\0(?:KERNEL_CPU|HOSTNAME|USER)\0/i,
        hole('COMPILED_IN'),
      ),
    ),
}

/** How generators sign: `Generated by doxygen 1.9`, `name="generator" content="pandoc 2.17"`, the heading of a man page. */
const SIGNATURE =
  /(?:\b(?:generated|created|produced|built|made|compiled|converted|rendered)\b[^\n]{0,80}?\b(?:by|with|using|from)\b|\bgenerator\b)[^\n]{0,60}$|^GCC: $|^GCC: \([^()]*$/i
const MAN_LINE = /^\.TH |^[.']\\" /
/** As much of a line before a name as a signature takes. A line may be as long as a file and name a thousand generators. */
const SIGNATURE_LENGTH = 400

const isSigned = (line: string, at: number) =>
  MAN_LINE.test(line) || SIGNATURE.test(line.slice(Math.max(0, at - SIGNATURE_LENGTH), at))

const GENERATORS =
  /\b(Pod::Man|Pod::Simple|help2man|[Dd]oxygen|[Ss]phinx|makeinfo version|texi2any|DocBook XSL Stylesheets v?|Asciidoctor|asciidoc|javadoc(?: \()?|txt2man|groff|valac|moc|Cython|rustc version|clang version|GNU Texinfo|Ghostscript|pandoc|ronn|Python|perl|gtk-doc V?)([ /-]?)v?\d+(?:\.\d+)+[\w.+~-]*/g
const GCC = /\bGCC: \([\w .+~-]*\) \d+\.\d+\.\d+(?: \d{8})?(?: \((?:prerelease|experimental)\))?/g

/** TOOLCHAIN: a generator's name with its version, where the generator signs what it made. */
export const toolchain: TextNormaliser = {
  class: 'TOOLCHAIN',
  appliesTo: (file) => !isCode(file),
  normalise: (text) =>
    inLines(text, (line) =>
      line
        .replace(GCC, `GCC: ${hole('TOOLCHAIN')}`)
        .replace(GENERATORS, (all: string, name: string, gap: string, at: number) =>
          isSigned(line, at) ? `${name}${gap}${hole('TOOLCHAIN')}` : all,
        ),
    ),
}

/** TOOLCHAIN in maintainer scripts: debhelper signs what it adds with its version. */
export const debhelper: TextNormaliser = {
  class: 'TOOLCHAIN',
  appliesTo: ({ path }) => path.startsWith('control/'),
  normalise: (text) =>
    text.replace(
      /^(# (?:Automatically added|Triggers added|End automatically added section)(?: by dh_\w+)?)\/[\w.+~-]+$/gm,
      `$1/${hole('TOOLCHAIN')}`,
    ),
}

const COMPILED_DATE = /^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d{4}$/m

/** COMPILED_IN: what the preprocessor puts in for `__DATE__` and `__TIME__`, as a string of its own in the data of a program. */
export const compiledIn: TextNormaliser = {
  class: 'COMPILED_IN',
  appliesTo: ({ path }) => path.startsWith(STRINGS),
  normalise: (text) =>
    // A time alone may be a setting: with `__TIME__` goes `__DATE__`.
    COMPILED_DATE.test(text)
      ? text.replace(new RegExp(`${COMPILED_DATE.source}|^\\d{2}:\\d{2}:\\d{2}$`, 'gm'), hole('COMPILED_IN'))
      : text,
}

/** PATH_SHELL: a program that configure found in `/bin` or `/usr/bin`, which is one directory on a merged system. */
export const pathShell: TextNormaliser = {
  class: 'PATH_SHELL',
  appliesTo: ({ path }) =>
    /\.(la|pc|cmake|mk|m4)$|-config$|\/Makefile[^/]*$|config\.(summary|status|log)$/.test(path),
  normalise: (text) =>
    text.replace(
      /(^|[\s="':])\/(?:usr\/)?bin\/(sed|grep|egrep|fgrep|awk|gawk|mawk|sh|bash|dash|tar|rm|cp|mv|ln|mkdir|cat|ls|env|chmod|gzip|perl|python3?|install)(?=$|[\s"':;])/gm,
      `$1${hole('PATH_SHELL')}$2`,
    ),
}

/**
 * RANDOM_ID: names that generators of HTML number at random, where they name or lead to a place in a page. Sources: DocBook XSL, doxygen, javadoc.
 * In an address or a script the same characters are content.
 */
export const randomId: TextNormaliser = {
  class: 'RANDOM_ID',
  appliesTo: (file) => /\.(html?|xhtml|js|map|md5|svg)(\.gz)?$/.test(file.path) && isDocument(file),
  normalise: (text) =>
    text
      .replace(/(?<=(?:\bid|\bname)=["']|#)(?:ftn\.)?id[pm]?\d{6,}\b/g, hole('RANDOM_ID'))
      .replace(/\bdir_[0-9a-f]{32}\b/g, `dir_${hole('RANDOM_ID')}`),
}
