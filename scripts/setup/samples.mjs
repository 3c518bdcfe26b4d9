/**
 * Builds the packages of the two sample runs from the trees in `examples/`, into `.differ/samples/RUN_ID/`.
 * Their bytes only depend on the trees. `samples.json`, next to them, describes the runs for the service.
 */
import { createHash } from 'node:crypto'
import { chmod, copyFile, lstat, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { filesBelow, fingerprint, unlessStamped } from './fingerprint.mjs'
import { project, samplesDir } from './project.mjs'
import { lastLines, run } from './run.mjs'

export const examplesDir = join(project, 'examples')
/** 2026-01-01, in seconds since 1970: the time of every file in a sample package. */
const BUILD_TIME = 1_767_225_600

/** A file named `.gz` is plain text in the tree, so that people can read and change it. */
async function placeFile(from, to) {
  await mkdir(dirname(to), { recursive: true })
  if (to.endsWith('.gz')) await writeFile(to, gzipSync(await readFile(from), { level: 9 }))
  else await copyFile(from, to)
  // Git only stores the executable bit; the rest of the mode depends on the umask.
  await chmod(to, (await lstat(from)).mode & 0o100 ? 0o755 : 0o644)
}

/** Writes `DEBIAN/md5sums`, as debhelper does. */
async function writeChecksums(root) {
  const files = (await filesBelow(root)).filter((file) => !file.startsWith(join(root, 'DEBIAN/')))
  const lines = await Promise.all(
    files.map(async (file) => {
      const sum = createHash('md5')
        .update(await readFile(file))
        .digest('hex')
      return `${sum}  ${relative(root, file)}\n`
    }),
  )
  const path = join(root, 'DEBIAN/md5sums')
  await writeFile(path, lines.join(''))
  await chmod(path, 0o644)
}

/** Sets the times of all files, and the modes and times of all directories, including the top one. */
async function normaliseMetadata(root) {
  const files = await filesBelow(root)
  const directories = new Set([root])
  for (const file of files) {
    await utimes(file, BUILD_TIME, BUILD_TIME)
    for (let above = dirname(file); above !== root; above = dirname(above)) directories.add(above)
  }
  // Deepest first, because changing an entry changes the time of its directory.
  for (const each of [...directories].sort((a, b) => b.length - a.length)) {
    await chmod(each, 0o755)
    await utimes(each, BUILD_TIME, BUILD_TIME)
  }
}

/**
 * Builds one package from its tree (`DEBIAN/control` and the files as installed) into `outDir`.
 * @throws Error with the output of dpkg-deb
 */
async function buildSample(tree, outDir) {
  const root = await mkdtemp(join(tmpdir(), 'differ-sample-'))
  try {
    for (const file of await filesBelow(tree)) await placeFile(file, join(root, relative(tree, file)))
    await writeChecksums(root)
    await normaliseMetadata(root)
    // The output of gzip does not depend on the version of a compressor.
    const { code, output } = await run(
      'dpkg-deb',
      ['--root-owner-group', '-Zgzip', '-z9', '--build', root, outDir],
      { env: { SOURCE_DATE_EPOCH: String(BUILD_TIME) } },
    )
    if (code !== 0) throw new Error(`dpkg-deb failed on ${relative(project, tree)}:\n${lastLines(output)}`)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/**
 * Builds every run that `samples.json` lists.
 * @param {string} outDir emptied first
 */
export async function buildSamples(outDir) {
  await rm(outDir, { recursive: true, force: true })
  const list = join(examplesDir, 'samples.json')
  for (const { runId, packages } of JSON.parse(await readFile(list, 'utf8'))) {
    await mkdir(join(outDir, runId), { recursive: true })
    for (const name of packages) await buildSample(join(examplesDir, runId, name), join(outDir, runId))
  }
  await copyFile(list, join(outDir, 'samples.json'))
}

/**
 * @returns {Promise<{did: string}>}
 * @throws Error from `buildSample`
 */
export async function samples() {
  const stamp = await fingerprint(project, [examplesDir, join(project, 'scripts/setup/samples.mjs')])
  const built = await unlessStamped(join(samplesDir, '.stamp'), stamp, () => buildSamples(samplesDir))
  return { did: built ? 'built from examples/' : 'up to date' }
}
