/**
 * Builds `dist/` from `src/`: the command line in chunks, each worker thread, and the files that are read at
 * run time.
 *
 * All files are in one directory, because `new URL('./worker.mjs', import.meta.url)` in a bundled module
 * looks there.
 */
import { copyFile, cp, mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EMPTY_DATABASE } from './empty-database.mjs'
import { filesBelow, fingerprint, unlessStamped } from './fingerprint.mjs'
import { distDir, project } from './project.mjs'

/** A folder that is copied as a whole: Drizzle reads the names of migrations from a file in it. */
const MIGRATIONS = 'state/migrations'
/**
 * The other packages are in the bundle: Node.js loads hundreds of small files slowly. A service starts in two thirds
 * of the processor time. These are not:
 */
const EXTERNAL = [
  // They load files or native code from beside their modules.
  '@electric-sql/pglite',
  '@toondepauw/node-zstd',
  'pino',
  'pino-pretty',
  // They are large, and loaded only where they are configured.
  '@aws-sdk/client-s3',
  '@opentelemetry/*',
  'google-auth-library',
  // `pg` and `ws` use them if they are installed.
  'pg-native',
  'bufferutil',
  'utf-8-validate',
]
/**
 * Packages in CommonJS call `require`, which a module does not have. The import has another name, because modules of
 * packages (BullMQ) import `createRequire`, too.
 */
const REQUIRE = `import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);`

/**
 * Decides which files of `src/` go to `dist/`.
 * @param {readonly string[]} files
 * @returns {{workers: string[], assets: string[]}} entry points in addition to main.ts, and files to copy
 * @throws Error if two files would have the same name in `dist/`
 */
export function planBundle(files) {
  const workers = files.filter((file) => file.endsWith('.mjs'))
  const assets = files.filter((file) => !/\.(mjs|ts|md)$/.test(file) && !file.includes(`/${MIGRATIONS}/`))
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
 * @throws Error from esbuild, which prints the position itself, or from `planBundle`
 */
export async function bundle() {
  const src = join(project, 'src')
  const inputs = [src, join(project, 'package-lock.json'), join(project, 'scripts/setup/bundle.mjs')]
  const stamp = await fingerprint(project, inputs)
  const built = await unlessStamped(join(distDir, '.stamp'), stamp, async () => {
    const { workers, assets } = planBundle(await filesBelow(src))
    const { build } = await import('esbuild')
    await mkdir(distDir, { recursive: true })
    for (const name of await readdir(distDir))
      if (!EMPTY_DATABASE.includes(name)) await rm(join(distDir, name), { recursive: true })
    const options = {
      bundle: true,
      platform: 'node',
      target: 'node20',
      // The CommonJS build of `graphql` reads each of its names through a getter: a query by id took a sixth longer.
      mainFields: ['module', 'main'],
      format: 'esm',
      external: EXTERNAL,
      banner: { js: REQUIRE },
      sourcemap: true,
      sourcesContent: false,
      logLevel: 'warning',
    }
    // Split into chunks, so that a command only loads its own code.
    await build({ ...options, entryPoints: [join(src, 'main.ts')], outdir: distDir, splitting: true })
    // In chunks, too: in one file, libraries that are loaded when they are needed would be loaded at the start.
    await build({
      ...options,
      entryPoints: workers,
      entryNames: '[name]',
      outdir: distDir,
      outExtension: { '.js': '.mjs' },
      splitting: true,
    })
    await Promise.all(assets.map((asset) => copyFile(asset, join(distDir, basename(asset)))))
    await cp(join(src, MIGRATIONS), join(distDir, basename(MIGRATIONS)), { recursive: true })
  })
  return { did: built ? 'dist/main.js built' : 'dist/main.js is up to date' }
}
