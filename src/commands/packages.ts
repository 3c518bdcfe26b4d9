/** Package files that are named on a command line. */
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseBinaryName, passedOverFiles } from '../artifacts/binary-name.ts'
import { checkIsPackage } from '../artifacts/package-structure.ts'
import { PackageCheck } from '../diff/making/package-check.ts'
import { checkDataArchive } from '../diff/package/data-archive.ts'
import { type ControlFields, readControlFields } from '../diff/tools/control-fields.ts'
import { removeTree } from '../diff/tools/remove-tree.ts'
import { InvalidPackageError, UsageError } from '../errors.ts'
import { printable } from './printable.ts'

/**
 * The package at `path`, or the packages in the directory `path`, as absolute paths. Names on standard error
 * what it passes over.
 * @param options.mayBeBroken whether files in a directory need not be packages, because they are checked later
 * @throws UsageError if there are none, InvalidPackageError for a file that is not a package
 */
export async function findPackages(
  path: string,
  { mayBeBroken = false }: { readonly mayBeBroken?: boolean } = {},
): Promise<string[]> {
  const full = resolve(path)
  const stats = await stat(full).catch(() => null)
  if (!stats) throw new UsageError(`${path} does not exist`)
  const names = stats.isDirectory() ? await readdir(full) : null
  const files = names ? names.filter((name) => parseBinaryName(name)).map((name) => join(full, name)) : [full]
  for (const { filename, reason } of passedOverFiles(names ?? []))
    console.error(`Passing over ${printable(join(path, filename))}. ${reason}`)
  if (files.length === 0) throw new UsageError(`${path} contains no .deb, .udeb or .ddeb files`)
  for (const file of files) {
    if (!parseBinaryName(basename(file)))
      throw new UsageError(
        `The name of ${file} must have the form NAME_VERSION_ARCHITECTURE.deb, .udeb or .ddeb; rename it`,
      )
    if (!mayBeBroken || !names) await checkIsPackage(file, basename(file))
  }
  return files.sort()
}

/**
 * Checks the archives in the packages as the service does before it compares them.
 * @param maxBytes the largest allowed file
 * @throws InvalidPackageError
 */
export async function checkContents(files: readonly string[], maxBytes: number): Promise<void> {
  const packages = files.flatMap((path) => {
    const filename = basename(path)
    const parsed = parseBinaryName(filename)
    return parsed ? [{ runId: '', filename, ...parsed, sizeBytes: 0, path }] : []
  })
  const workDir = await mkdtemp(join(tmpdir(), 'differ-check-'))
  try {
    const check = new PackageCheck({ maxBytes, sandbox: 'none' })
    const checked = await check.check(packages, workDir, new AbortController().signal)
    for (const { filename, invalid } of checked)
      if (invalid !== undefined) throw new InvalidPackageError(filename, invalid)
    for (const one of packages) await checkDataArchive(one, { workDir, inputDir: dirname(one.path) })
  } finally {
    await removeTree(workDir)
  }
}

/** What the packages of a build state about it. */
export interface BuildFacts {
  readonly source: string
  /** Debian version of the source package. */
  readonly version: string
  /** The names of the binary packages. */
  readonly binaryPackages: readonly string[]
}

/**
 * Reads source and version from the packages of a build. Binary packages may have versions that differ from
 * the version of their source; this returns the source version that most of them state.
 * @param chosenSource required if the packages are from several sources
 * @throws UsageError if the packages do not belong to one build
 */
export async function readBuildFacts(files: readonly string[], chosenSource?: string): Promise<BuildFacts> {
  const workDir = await mkdtemp(join(resolve(tmpdir()), 'differ-read-'))
  try {
    const all: ControlFields[] = []
    for (const file of files) all.push(await readControlFields(file, workDir))
    const twice = all.find((one, at) => all.findIndex((other) => isSamePackage(one, other)) !== at)
    if (twice) throw new UsageError(`Package ${twice.package} occurs twice; name the packages of one build`)
    const sources = [...new Set(all.map(({ source }) => source))]
    const source = chosenSource ?? sources[0]
    if (!source || !sources.includes(source))
      throw new UsageError(
        `No package is built from ${chosenSource}; they are built from ${sources.join(', ')}`,
      )
    if (sources.length > 1 && chosenSource === undefined)
      throw new UsageError(
        `The packages are built from several sources (${sources.join(', ')}); choose one with --source`,
      )
    const versions = all.filter((one) => one.source === source).map((one) => one.sourceVersion)
    return {
      source,
      version: mostFrequent(versions),
      binaryPackages: [...new Set(all.map((one) => one.package))].sort(),
    }
  } finally {
    await removeTree(workDir)
  }
}

function isSamePackage(a: ControlFields, b: ControlFields): boolean {
  return a.package === b.package && a.architecture === b.architecture
}

/** The most frequent value; the first one of several. */
function mostFrequent(values: readonly string[]): string {
  const count = (value: string) => values.filter((other) => other === value).length
  return values.reduce((best, value) => (count(value) > count(best) ? value : best))
}
