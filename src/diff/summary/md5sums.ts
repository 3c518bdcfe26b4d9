/** Checks a package's own list of checksums, deb-md5sums(5), against what it holds. Debian's debsums and dpkg --verify trust that list. */

import type { Entry } from '../package/entry-record.ts'
import type { FileChange, PackagePairChanges, PackageSide } from './changes.ts'
import type { Match } from './rules/rule.ts'

function md5sumsOf({ contents }: PackageSide): Map<string, string> {
  const text = contents.controlFiles.get('md5sums')?.content.toString('latin1') ?? ''
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, sum, path] = /^([0-9a-f]{32}) [ *](?:\.\/)?(.+)$/.exec(line) ?? []
      return sum && path ? [[path, sum] as const] : []
    }),
  )
}

/** Lines that are no checksum, or the second one of a file: they are read by nothing, or by some programs only. */
function oddLines({ contents }: PackageSide): string {
  const text = contents.controlFiles.get('md5sums')?.content.toString('latin1') ?? ''
  const seen = new Set<string>()
  return text
    .split('\n')
    .filter((line) => {
      const path = /^[0-9a-f]{32} [ *](?:\.\/)?(.+)$/.exec(line)?.[1]
      if (line === '' || (path !== undefined && !seen.has(path))) {
        if (path !== undefined) seen.add(path)
        return false
      }
      return true
    })
    .join('\n')
}

export interface Md5sumsComparison {
  readonly matches: readonly Match[]
  /** Whether the lists differ, in lines or order, by nothing but what the files explain. */
  readonly isEcho: boolean
}

/**
 * Each line that differs, and each line of a file that differs, is held against the file on both sides. A line that was wrong before and is
 * still wrong in the same way is not a change.
 */
export async function compareMd5sums(pair: PackagePairChanges): Promise<Md5sumsComparison> {
  const [before, after] = [md5sumsOf(pair.old), md5sumsOf(pair.new)]
  const odd = [pair.old, pair.new].map(oddLines)
  const oddMatches: Match[] =
    odd[0] === odd[1] || !pair.new.contents.controlFiles.has('md5sums')
      ? []
      : [
          {
            path: 'control/md5sums',
            old: odd[0] ?? '',
            new: odd[1] ?? '',
            severity: 'VERIFY',
            message: 'md5sums has lines that are no checksum, or several for one file.',
          },
        ]
  if (after.size === 0 && !(before.size > 0 && pair.new.contents.controlFiles.has('md5sums')))
    return { matches: oddMatches, isEcho: false }
  const changed = new Map(pair.files.map((change) => [change.path, change]))
  const suspects = new Set([
    ...[...after].filter(([path, sum]) => before.get(path) !== sum).map(([path]) => path),
    ...[...changed.values()].filter(hasOtherContent).map(({ path }) => path),
  ])
  const matches: Match[] = [...oddMatches, ...(await wrongSums(suspects, changed, before, after, pair))]
  // debhelper leaves configuration files out.
  for (const [path, sum] of before)
    if (!after.has(path) && !pair.new.conffiles.has(path) && fileAt(pair.new, path))
      matches.push({
        path: 'control/md5sums',
        old: `${sum}  ${path}`,
        new: '',
        severity: 'VERIFY',
        message: `md5sums does not list ${path} any more.`,
      })
  const text = ({ contents }: PackageSide) => contents.controlFiles.get('md5sums')?.content.toString('latin1')
  return { matches, isEcho: matches.length === 0 && text(pair.old) !== text(pair.new) }
}

/** Suspect lines of the new list that are not the checksum of their file. */
async function wrongSums(
  suspects: ReadonlySet<string>,
  changed: ReadonlyMap<string, FileChange>,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  pair: PackagePairChanges,
): Promise<Match[]> {
  const matches: Match[] = []
  const reader = await pair.new.contents.openMembers()
  try {
    for (const path of suspects) {
      const entry = fileAt(pair.new, path)
      const listed = after.get(path)
      if (listed === undefined) continue
      if (!entry) {
        matches.push({
          path: 'control/md5sums',
          old: before.get(path) ?? '',
          new: `${listed}  ${path}`,
          severity: 'VERIFY',
          message: `md5sums lists ${path}, which is no file of the package.`,
        })
        continue
      }
      const actual = await reader.md5(entry)
      if (actual === listed) continue
      const isFileChanged = changed.has(path) && hasOtherContent(changed.get(path) as FileChange)
      matches.push({
        path: isFileChanged ? path : 'control/md5sums',
        old: `${before.get(path) ?? ''}  ${path}`,
        new: `${listed}  ${path}`,
        severity: isFileChanged ? 'BAD' : 'VERIFY',
        message: `md5sums has ${listed} for ${path}; it is ${actual}.`,
      })
    }
    return matches
  } finally {
    await reader.close()
  }
}

/** The file at a path, or the one that a hard link at it stands for. */
function fileAt({ contents: { data } }: PackageSide, path: string): Entry | null {
  const entry = data.find(path)
  const file = entry?.type === 'hardlink' ? data.find(entry.link) : entry
  return file?.type === 'file' ? file : null
}

function hasOtherContent({ old, new: entry }: FileChange): boolean {
  return old?.sha256 !== entry?.sha256
}
