/**
 * Makes the empty database of which each new embedded database is a copy. It depends only on the version of PGlite,
 * so it stays in `dist/` when the rest is built again.
 */
import { chmod, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessStamped } from './fingerprint.mjs'
import { distDir, project } from './project.mjs'

/** In `dist/`: the database and its stamp. */
export const EMPTY_DATABASE = ['empty-database', '.empty-database-stamp']

/** @returns {Promise<{did: string}>} */
export async function makeEmptyDatabase() {
  const [dir, stampFile] = EMPTY_DATABASE.map((name) => join(distDir, name))
  const { version } = JSON.parse(
    await readFile(join(project, 'node_modules/@electric-sql/pglite/package.json'), 'utf8'),
  )
  const made = await unlessStamped(stampFile, version, async () => {
    const { PGlite } = await import('@electric-sql/pglite')
    const unfinished = `${dir}.unfinished`
    await rm(unfinished, { recursive: true, force: true })
    const database = await PGlite.create(unfinished)
    await database.close()
    await makeReadable(unfinished)
    await rm(dir, { recursive: true, force: true })
    await rename(unfinished, dir)
  })
  return { did: made ? 'made' : 'is up to date' }
}

/** Another user than the one who builds may run the service. The copy is in a private directory. */
async function makeReadable(dir) {
  await chmod(dir, 0o755)
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
}
