/** The machine that built: its paths, name, user and kernel. */
import { datePattern } from '../dates.ts'
import { hole, type TextNormaliser } from '../normaliser.ts'
import { inLines, isCode, STRINGS } from './file-types.ts'

/**
 * BUILD_PATH: a directory that a builder made for this build, as sbuild, pbuilder and dpkg-buildpackage make them. Only the directory is taken out; the
 * path below it must be equal. Not in code and configuration: there a path is used.
 */
const BUILD_DIRECTORY =
  /\/(?:build|tmp\/build(?:d)?|var\/cache\/pbuilder\/build\/[^/\s]+|srv\/build|home\/[a-z0-9_-]+\/[^\s"':;,<>]*?)\/(?:reproducible-path|1st|2nd|[a-z0-9][a-z0-9+.~-]*-[A-Za-z0-9]{6,}|[0-9]+(?:\/b?[0-9a-z-]+)?|[a-z0-9][a-z0-9+.~-]*)(?=\/|\b)(?:\/[a-z0-9][a-z0-9+.~-]*-[0-9][A-Za-z0-9.+~]*)?|<<(?:BUILDDIR|PKGBUILDDIR)>>/g

export const buildPath: TextNormaliser = {
  class: 'BUILD_PATH',
  appliesTo: (file) => !isCode(file) || /\.packlist$/.test(file.path),
  normalise: (text) => text.replace(BUILD_DIRECTORY, hole('BUILD_PATH')),
}

/** BUILD_FLAGS: options of the compiler that name the build directory. */
export const buildFlags: TextNormaliser = {
  class: 'BUILD_FLAGS',
  appliesTo: () => true,
  normalise: (text) =>
    text.replace(/-f(?:file|debug|macro|canon)-prefix-map=[^\s"'=]+=[^\s"']*/g, hole('BUILD_FLAGS')),
}

/** `Linux NAME VERSION #1 SMP DATE`: what uname(1) and /proc/version say. */
const UNAME =
  /\bLinux (?:version )?(?:[\w.-]+ )?\d+\.\d+(?:\.\d+)?[\w.+-]*(?: \([^()\n]*\))?(?: #\d+[^\n"<]*?)?(?=$|["<]| (?:x86_64|i[3-6]86|aarch64|armv7l|ppc64le|s390x|riscv64|mips\w*)\b)/gm

export const kernel: TextNormaliser = {
  class: 'KERNEL_CPU',
  appliesTo: (file) => !isCode(file),
  normalise: (text) =>
    inLines(text.replace(UNAME, hole('KERNEL_CPU')), (line) =>
      line.replace(
        /^(\s*[#*;]?\s*(?:jobs|parallel|cores|processors|cpus|nproc)\s*[:=]\s*)\d+\s*$/i,
        `$1${hole('KERNEL_CPU')}`,
      ),
    ),
}

/** HOSTNAME and USER: `user@host` and `host NAME` in a line that says that it is about the build. */
export const builder: TextNormaliser = {
  class: 'HOSTNAME',
  appliesTo: (file) => !isCode(file) || /\.la$/.test(file.path),
  normalise: (text) =>
    inLines(text, (line) =>
      /\b(built|build|compiled|configured|generated|host|created)\b/i.test(line)
        ? line
            .replace(/\b[a-z_][a-z0-9_-]*@[a-z0-9][a-z0-9.-]*[a-z0-9](?![\w.]*\/)/gi, hole('HOSTNAME'))
            .replace(
              /\b((?:on|build|built|configured)[ _-]?(?:on )?host(?:name)?)([ :=]+)[a-z0-9][a-z0-9.-]*/gi,
              `$1$2${hole('HOSTNAME')}`,
            )
            .replace(
              /^(\s*[#*;]*\s*(?:build[ _-]?)?(?:host(?:name)?|user(?:name)?|built[ _-]by)\s*[:=]\s*)\S+\s*$/i,
              `$1${hole('HOSTNAME')}`,
            )
        : line,
    ),
}

/** COMPILED_IN: a line about the build that has a date beside what `builder` and `kernel` took out. */
export const builtOn: TextNormaliser = {
  class: 'COMPILED_IN',
  appliesTo: (file) => !isCode(file),
  normalise: (text) =>
    inLines(text, (line) =>
      line.includes('\u0000') || /\b(built|compiled|build date)\b/i.test(line)
        ? line.replace(datePattern(), hole('COMPILED_IN'))
        : line,
    ),
}

/** TOOLCHAIN: a generator's name with its version, where the generator signs what it made. */
export const toolchain: TextNormaliser = {
  class: 'TOOLCHAIN',
  appliesTo: (file) => !isCode(file),
  normalise: (text) =>
    inLines(text, (line) =>
      line.replace(
        /\b(GCC: \([^)]*\)|Pod::Man|help2man|[Dd]oxygen|[Ss]phinx|makeinfo version|texi2any|DocBook XSL Stylesheets v?|Asciidoctor|asciidoc|javadoc(?: \()?|txt2man|groff|valac|moc|Cython|rustc version|clang version|GNU Texinfo|Ghostscript|pandoc|ronn|Python|gtk-doc V?)([ /-]?)v?\d+(?:\.\d+)+[\w.+~-]*/g,
        (all, name, gap) => (isSigned(line) ? `${name}${gap}${hole('TOOLCHAIN')}` : all),
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

/** COMPILED_IN: what the preprocessor puts in for `__DATE__` and `__TIME__`, as a string of its own in the data of a program. */
export const compiledIn: TextNormaliser = {
  class: 'COMPILED_IN',
  appliesTo: ({ path }) => path.startsWith(STRINGS),
  normalise: (text) =>
    text.replace(
      /^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d{4}$|^\d{2}:\d{2}:\d{2}$/gm,
      hole('COMPILED_IN'),
    ),
}

/** Whether a line says who made the file. */
function isSigned(line: string): boolean {
  return /\b(generated|generator|created|produced|built|made|compiled|converted|rendered)\b|^GCC: |^\.TH |^[.']\\"/i.test(
    line,
  )
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

/** RANDOM_ID: names that generators of HTML number at random. Sources: DocBook XSL, doxygen, javadoc. */
export const randomId: TextNormaliser = {
  class: 'RANDOM_ID',
  appliesTo: ({ path }) => /\.(html?|xhtml|js|map|md5|svg)(\.gz)?$/.test(path),
  normalise: (text) =>
    text
      .replace(/\b(?:ftn\.)?id[pm]?\d{6,}\b/g, hole('RANDOM_ID'))
      .replace(/\bdir_[0-9a-f]{32}\b/g, `dir_${hole('RANDOM_ID')}`),
}
