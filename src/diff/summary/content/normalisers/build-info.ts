/**
 * BUILDINFO: files that record the environment of a build, in documentation: `*.buildinfo`, and what dh-buildinfo installs. Only fields and lines of that
 * form are taken out; anything else in such a file is content. Source: deb-buildinfo(5).
 */
import { DATE_SOURCE } from '../dates.ts'
import { hole, type TextNormaliser } from '../normaliser.ts'
import { inLines } from './file-types.ts'

const FIELD =
  /^(Build-(?:Origin|Architecture|Date|Path|Kernel-Version|Tainted-By)|Installed-Build-Depends|Environment): ?[\w.+~:/@<>(), -]*$/
/** ` libc6 (= 2.36-9),` */
const PACKAGE = /^( [a-z0-9][a-z0-9+.-]*(?::[a-z0-9]+)?) \(= [\w.+~:-]{1,80}\)(,?)$/
/** ` DEB_BUILD_OPTIONS="parallel=4"` */
const VARIABLE = /^ [A-Z][A-Z0-9_]*="[\w.+~:/,= @-]{0,200}"$/
/** dh-buildinfo: a name and a version. */
const INSTALLED = /^([a-z0-9][a-z0-9+.-]+(?::[a-z0-9]+)?)(\s+)\d[\w.+~:-]{0,80}$/
const STAMP = new RegExp(
  `^(Build (?:date|time|machine|host|kernel)[^:]{0,20}: ).{0,100}$|^(# ?)${DATE_SOURCE}$`,
  'i',
)

export const buildInfo: TextNormaliser = {
  class: 'BUILDINFO',
  appliesTo: ({ path }) =>
    /^usr\/share\/doc\/[^/]+\/(?:[^/]*\.buildinfo|buildinfo(?:_[\w-]+)?)(?:\.gz)?$/.test(path),
  normalise: (text) =>
    inLines(text, (line) =>
      line
        .replace(FIELD, `$1: ${hole('BUILDINFO')}`)
        .replace(PACKAGE, `$1 (= ${hole('BUILDINFO')})$2`)
        .replace(VARIABLE, hole('BUILDINFO'))
        .replace(INSTALLED, `$1$2${hole('BUILDINFO')}`)
        .replace(STAMP, `$1$2${hole('BUILDINFO')}`),
    ),
}
