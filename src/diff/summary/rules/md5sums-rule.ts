import type { RuleText } from './rule.ts'

/** Its findings come from `compareMd5sums`, which has to read files. */
export const MD5SUMS_LIES: RuleText = {
  id: 'MD5SUMS_LIES',
  severity: 'BAD',
  finds: 'A checksum in md5sums is not that of the file.',
  why:
    'debsums and dpkg --verify trust the list, and diffoscope does not compare files whose checksums are equal. It is VERIFY where the file itself ' +
    'did not change.',
  source: 'deb-md5sums(5)',
}
