/**
 * VERSION_ECHO: each side names its own version. Only the side's own version is taken out, so a file that names the other side's, or a third one, still
 * differs. A version that is no more than a number with a dot is only taken for one beside a word that says so, since `10.1.2.5` and
 * `timeout = 1.2` look the same.
 */
import { parseVersion } from '../../../package/debian-version.ts'
import type { SideContext } from '../content.ts'
import { hole, type TextNormaliser } from '../normaliser.ts'
import { escapeRegExp, inLines, isCode, isDocument } from './file-types.ts'

const CLASS = 'VERSION_ECHO'

export const versionEcho: TextNormaliser = {
  class: CLASS,
  appliesTo: () => true,
  normalise(text, side, other, file) {
    const unmistakable = versionsOf(side).filter(
      (version) => isUnmistakable(version) && !versionsOf(other).includes(version),
    )
    // In code and configuration `1.0-1` may be the version of something else that is pinned.
    const needsName = (version: string) => isCode(file) && !/[~+][a-z]/i.test(version)
    const named = new RegExp(
      `\\b(?:${[side.package, side.source, 'version', 'release'].map(escapeRegExp).join('|')})\\b`,
      'i',
    )
    const taken = unmistakable.reduce(
      (rest, version) =>
        needsName(version)
          ? inLines(rest, (line) =>
              named.test(line) ? line.replace(asToken(version), `$1${hole(CLASS)}`) : line,
            )
          : rest.replace(asToken(version), `$1${hole(CLASS)}`),
      text,
    )
    return isCode(file) ? taken : withoutNamedVersions(taken, side, other, isDocument(file) ? 'gi' : 'g')
  },
}

/** The longest first: with epoch, without, without revision. */
export function versionsOf({ version, sourceVersion }: SideContext): string[] {
  const forms = [version, sourceVersion].flatMap((full) => {
    const { epoch, upstream, revision } = parseVersion(full)
    const plain = revision ? `${upstream}-${revision}` : upstream
    // In URLs, file names and C identifiers a tilde or plus sign is written otherwise.
    return [
      epoch ? `${epoch}:${plain}` : plain,
      plain,
      plain.replaceAll('~', '%7E').replaceAll('+', '%2B'),
      upstream,
    ]
  })
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

/** A revision, or a suffix such as `~jan+lint1` or `+dfsg`: nothing else looks like it. */
export function isUnmistakable(version: string): boolean {
  return /\d-[\w.+~]*\d|[~+][a-z]/i.test(version) && version.length >= 5
}

function asToken(version: string): RegExp {
  return new RegExp(
    `(^|[^A-Za-z0-9.+~:-])(?:${escapeRegExp(version)})(?![A-Za-z0-9+~]|[.:-][A-Za-z0-9])`,
    'gm',
  )
}

/**
 * `Version: 1.2`, `sudo 1.2`, `sudo-1.2`, `v1.2` at its own place in a document.
 * @param flags of the pattern: documents write names in capitals too, as in `.TH "APT" "8" "" "APT 2.6.1"`
 */
function withoutNamedVersions(text: string, side: SideContext, other: SideContext, flags: string): string {
  const { upstream } = parseVersion(side.sourceVersion)
  if (upstream === parseVersion(other.sourceVersion).upstream || !/^\d+(\.\d+)+/.test(upstream)) return text
  const names = [side.package, side.source, 'version', 'Version', 'release'].map(escapeRegExp).join('|')
  return text.replace(
    new RegExp(
      `(\\b(?:${names})[ :=_"'-]{1,4}v?)${escapeRegExp(upstream)}(?![A-Za-z0-9+~]|[.:-][A-Za-z0-9])`,
      flags,
    ),
    `$1${hole(CLASS)}`,
  )
}
