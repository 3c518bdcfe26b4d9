/** Packages named on a command line. */
import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseBinaryName } from '../artifacts/binary-name.ts'
import { checkIsPackage } from '../artifacts/package-structure.ts'
import { type ControlFields, readControlFields } from '../diff/tools/control-fields.ts'
import { removeTree } from '../diff/tools/remove-tree.ts'
import { UsageError } from '../errors.ts'

/**
 * The packages that `path` names: itself, or those in it where it is a directory; absolute.
 * @throws UsageError where there is none, InvalidPackageError for what only looks like one
 */
export async function findPackages(path: string): Promise<string[]> {
  const full = resolve(path)
  const stats = await stat(full).catch(() => null)
  if (!stats) throw new UsageError(`${path} does not exist`)
  const files = stats.isDirectory()
    ? (await readdir(full)).filter((name) => parseBinaryName(name)).map((name) => join(full, name))
    : [full]
  if (files.length === 0) throw new UsageError(`${path} holds no .deb or .udeb files`)
  for (const file of files) {
    if (!parseBinaryName(basename(file)))
      throw new UsageError(`${file} is not named as a package is: NAME_VERSION_ARCHITECTURE.deb or .udeb`)
    await checkIsPackage(file, basename(file))
  }
  return files.sort()
}

/** What packages of one build say of themselves. */
export interface BuildFacts {
  readonly source: string
  /** Debian version of the source package. */
  readonly version: string
  /** The names of the binary packages. */
  readonly binaryPackages: readonly string[]
}

/**
 * Reads source and version from the packages of one build. A package may have a version of its own that says nothing of its source's, so the source's
 * is the one that most of them state.
 * @param wantedSource which source to take where they are of several
 * @throws UsageError where they are of several sources and none is chosen, or hold one package twice
 */
export async function readBuildFacts(files: readonly string[], wantedSource?: string): Promise<BuildFacts> {
  const workDir = await mkdtemp(join(tmpdir(), 'differ-read-'))
  try {
    const all: ControlFields[] = []
    for (const file of files) all.push(await readControlFields(file, workDir))
    const twice = all.find((one, at) => all.findIndex((other) => isSamePackage(one, other)) !== at)
    if (twice)
      throw new UsageError(
        `The package ${twice.package} is there in two versions; give the packages of one build`,
      )
    const sources = [...new Set(all.map(({ source }) => source))]
    const source = wantedSource ?? sources[0]
    if (!source || !sources.includes(source))
      throw new UsageError(`No package is built from ${wantedSource}; they are from ${sources.join(', ')}`)
    if (sources.length > 1 && wantedSource === undefined)
      throw new UsageError(
        `The packages are from several sources (${sources.join(', ')}); choose one with --source`,
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

/** The first of those that occur most often. */
function mostFrequent(values: readonly string[]): string {
  const count = (value: string) => values.filter((other) => other === value).length
  return values.reduce((best, value) => (count(value) > count(best) ? value : best))
}
