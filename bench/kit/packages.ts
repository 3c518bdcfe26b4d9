/** Packages of Debian in the two newest versions that the archive of this machine offers. They are kept in the temporary directory for the next run. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface PackageFiles {
  readonly old: string
  readonly new: string
}

const KEPT = join(tmpdir(), 'differ-bench-packages')
const run = promisify(execFile)

/** Null where the archive does not offer two versions. */
export async function twoVersions(name: string): Promise<PackageFiles | null> {
  const kept = join(KEPT, name)
  if (!existsSync(kept) && !(await download(name, kept))) return null
  const file = async (side: string) => join(kept, side, (await readdir(join(kept, side)))[0] ?? '')
  return { old: await file('old'), new: await file('new') }
}

async function download(name: string, into: string): Promise<boolean> {
  const { stdout } = await run('apt-cache', ['madison', name])
  const versions = [...new Set(stdout.split('\n').flatMap((line) => line.split('|')[1]?.trim() ?? []))]
  const [newer, old] = versions
  if (newer === undefined || old === undefined) return false
  await mkdir(KEPT, { recursive: true })
  const dir = await mkdtemp(join(KEPT, 'loading-'))
  try {
    for (const [side, version] of [
      ['old', old],
      ['new', newer],
    ] as const) {
      await mkdir(join(dir, side))
      await run('apt-get', ['download', `${name}=${version}`], { cwd: join(dir, side) })
    }
    await rename(dir, into)
    return true
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
