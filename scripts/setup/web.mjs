/**
 * Builds `dist/web/` from `web/`: the web page, and the list of its operations and their hashes for the
 * service.
 */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
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
    const { build } = await import('vite')
    await build({ configFile: join(webDir, 'vite.config.ts') })
    await copyFile(join(webDir, 'generated/persisted-documents.json'), join(outDir, 'operations.json'))
  })
  return { did: built ? 'dist/web built' : 'dist/web is up to date' }
}
