/**
 * `src/` → `dist/`: the service (in chunks), one for each thread or process of its own, and the files read at run time.
 *
 * Everything lies flat, because `new URL('./worker.mjs', import.meta.url)` in a bundled module looks beside the bundle.
 */
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { filesBelow, fingerprint, unlessStamped } from './fingerprint.mjs'
import { distDir, project } from './project.mjs'

/**
 * What becomes of the files in `src/`.
 * @param {readonly string[]} files
 * @returns {{workers: string[], assets: string[]}} entry points beside main.ts, and files to copy
 * @throws Error where two would have the same name in `dist/`
 */
export function planBundle(files) {
  const workers = files.filter((file) => file.endsWith('.mjs'))
  const assets = files.filter((file) => !/\.(mjs|ts|md)$/.test(file))
  const taken = new Map([['main.js', 'src/main.ts']])
  for (const file of [...workers, ...assets]) {
    const name = basename(file)
    if (taken.has(name))
      throw new Error(`${taken.get(name)} and ${file} would both be dist/${name}: rename one`)
    taken.set(name, file)
  }
  return { workers, assets }
}

/**
 * @returns {Promise<{did: string}>}
 * @throws Error from esbuild (it shows the place itself), or as `planBundle`
 */
export async function bundle() {
  const src = join(project, 'src')
  const inputs = [src, join(project, 'package-lock.json'), join(project, 'scripts/setup/bundle.mjs')]
  const stamp = await fingerprint(project, inputs)
  const built = await unlessStamped(join(distDir, '.stamp'), stamp, async () => {
    const { workers, assets } = planBundle(await filesBelow(src))
    const { build } = await import('esbuild')
    await rm(distDir, { recursive: true, force: true })
    await mkdir(distDir)
    const options = {
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      sourcemap: true,
      logLevel: 'warning',
    }
    // Split, so that a command loads only what it needs: `differ diff` is not to wait for a web server's code.
    await build({ ...options, entryPoints: [join(src, 'main.ts')], outdir: distDir, splitting: true })
    for (const worker of workers) {
      await build({ ...options, entryPoints: [worker], outfile: join(distDir, basename(worker)) })
    }
    await Promise.all(assets.map((asset) => copyFile(asset, join(distDir, basename(asset)))))
  })
  return { did: built ? 'dist/main.js built' : 'dist/main.js is up to date' }
}
