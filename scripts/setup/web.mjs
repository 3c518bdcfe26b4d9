/**
 * Builds `dist/web/` from `web/`: the web page, its large files also compressed, and the list of its operations and
 * their hashes for the service.
 */
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { fingerprint, unlessStamped } from './fingerprint.mjs'
import { distDir, project } from './project.mjs'

const webDir = join(project, 'web')
const outDir = join(distDir, 'web')

/**
 * @returns {Promise<{did: string}>}
 * @throws Error from Vite
 */
export async function buildWeb() {
  const inputs = [webDir, join(project, 'package-lock.json'), join(project, 'scripts/setup/web.mjs')]
  const stamp = await fingerprint(project, inputs)
  const built = await unlessStamped(join(outDir, '.stamp'), stamp, async () => {
    // Vite would build for the environment that the set-up runs in, such as that of the tests.
    process.env.NODE_ENV = 'production'
    const { build } = await import('vite')
    await build({ configFile: join(webDir, 'vite.config.ts') })
    await compressAssets(join(outDir, 'assets'))
    await copyFile(join(webDir, 'generated/persisted-documents.json'), join(outDir, 'operations.json'))
  })
  return { did: built ? 'dist/web built' : 'dist/web is up to date' }
}

/** Writes the compressed forms of files beside them, as small as they get: a response has no time for that. */
async function compressAssets(folder) {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const bytes = await readFile(path)
    await writeFile(`${path}.br`, brotliCompressSync(bytes))
    await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  }
}
