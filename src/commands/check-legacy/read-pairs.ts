import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { UsageError } from '../../errors.ts'
import type { Pair } from './requests.ts'

/**
 * Reads pairs of run ids from lines `OLD NEW`. Empty lines and lines that begin with `#` are skipped.
 * @param file a path, or `-` for standard input
 * @throws UsageError for an unreadable file or an invalid line
 */
export async function readPairs(file: string): Promise<Pair[]> {
  const content = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch(
    (error: NodeJS.ErrnoException) => {
      throw new UsageError(`${file} cannot be read (${error.code ?? error.message})`)
    },
  )
  return content.split('\n').flatMap((line, index): Pair[] => {
    const words = line.trim().split(/\s+/)
    if (words[0] === '' || words[0]?.startsWith('#')) return []
    const [oldId, newId] = words
    if (!oldId || !newId || words.length > 2)
      throw new UsageError(
        `${file === '-' ? 'standard input' : file}, line ${index + 1}: a line must have two run ids, OLD NEW`,
      )
    return [{ old: oldId, new: newId }]
  })
}
