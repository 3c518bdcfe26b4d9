import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { UsageError } from '../../errors.ts'
import type { Pair } from './requests.ts'

/**
 * Reads lines `OLD NEW`; empty ones, and those that begin with `#`, are passed over.
 * @param file `-` for standard input
 * @throws UsageError for a file that cannot be read, or a line that is none
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
    const [old, fresh] = words
    if (!old || !fresh || words.length > 2)
      throw new UsageError(
        `${file === '-' ? 'standard input' : file}, line ${index + 1}: give two ids, OLD NEW`,
      )
    return [{ old, new: fresh }]
  })
}
