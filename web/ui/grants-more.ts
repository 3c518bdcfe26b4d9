/**
 * Whether a mode like `-rwsr-xr-x` lets a file run with the rights of its owner or group, or lets anybody write to it,
 * which the old one did not. @param old empty if there was no file
 */
export function grantsMore(old: string, newer: string): boolean {
  const grants = (mode: string) => [/s/i.test(mode), mode[8] === 'w' && !mode.startsWith('l')]
  const [before, after] = [grants(old), grants(newer)]
  return after.some((is, index) => is && !before[index])
}
