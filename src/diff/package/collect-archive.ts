/** Hands an archive of a package to a check, before a tool reads the package. */
import type { Limits } from '../../model.ts'
import { type RunOptions, runTool, type ToolResult } from '../tools/process.ts'
import { type ArchiveName, PRINT_OPTIONS, unpackSmallArchive } from './small-archive.ts'

export interface CheckOptions extends Pick<RunOptions, 'workDir' | 'sandbox' | 'signal'> {
  /** The directory of the package. */
  readonly inputDir: string
}

/**
 * @param limits of dpkg-deb
 * @param collect gets the uncompressed archive piece by piece
 * @returns how dpkg-deb ended; null if it was not needed, because the archive is small
 * @throws errors of the system; `signal.reason` if it aborted
 */
export async function collectArchive(
  path: string,
  name: ArchiveName,
  limits: Limits,
  { inputDir, signal, ...run }: CheckOptions,
  collect: (chunk: Buffer) => void,
): Promise<ToolResult | null> {
  const small = await unpackSmallArchive(path, name)
  if (small) {
    collect(small)
    return null
  }
  const result = await runTool(['dpkg-deb', PRINT_OPTIONS[name], path], {
    ...run,
    ...(signal && { signal }),
    limits,
    inputDirs: [inputDir],
    onOutput: collect,
  })
  if (result.stopped === 'aborted') throw signal?.reason
  return result
}
