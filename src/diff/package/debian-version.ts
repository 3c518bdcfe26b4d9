/** Debian's version numbers: Debian policy 5.6.12, deb-version(7). */

export interface DebianVersion {
  readonly epoch: string
  readonly upstream: string
  /** Empty for a native package. */
  readonly revision: string
}

export function parseVersion(version: string): DebianVersion {
  const [, epoch = '', rest = version] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? []
  const dash = rest.lastIndexOf('-')
  return dash < 0
    ? { epoch, upstream: rest, revision: '' }
    : { epoch, upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) }
}

/** Negative where `a` is older than `b`, positive where it is newer, 0 where dpkg takes them for equal. */
export function compareVersions(a: string, b: string): number {
  const one = parseVersion(a)
  const other = parseVersion(b)
  return (
    Number(one.epoch) - Number(other.epoch) ||
    comparePart(one.upstream, other.upstream) ||
    comparePart(one.revision, other.revision)
  )
}

/** Alternates between stretches without digits and with them. */
function comparePart(a: string, b: string): number {
  const split = (text: string) => text.match(/\D*\d*/g) ?? []
  const [left, right] = [split(a), split(b)]
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [, leftText = '', leftDigits = ''] = /^(\D*)(\d*)$/.exec(left[index] ?? '') ?? []
    const [, rightText = '', rightDigits = ''] = /^(\D*)(\d*)$/.exec(right[index] ?? '') ?? []
    const order = compareText(leftText, rightText) || compareNumbers(leftDigits, rightDigits)
    if (order !== 0) return order
  }
  return 0
}

/** A tilde sorts before the end, letters before everything else. */
function compareText(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = weight(a[index]) - weight(b[index])
    if (order !== 0) return order
  }
  return 0
}

function weight(char: string | undefined): number {
  if (char === undefined) return 0
  if (char === '~') return -1
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256
}

/** Digits of any length. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0)
}
