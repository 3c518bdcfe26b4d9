/** What rules look up in a package and in all packages of one side. */
import { ElfFile } from '../package/elf.ts'
import { ElfError } from '../package/elf-types.ts'
import type { PackageContents } from '../package/package-contents.ts'
import type { PackageSide, RunSide } from './changes.ts'
import { controlFields } from './package-noise.ts'
import { conffilesOf } from './rules/control-file-rules.ts'

/** @param run all packages of the same side */
export function packageSide(contents: PackageContents, run: RunSide): PackageSide {
  const fields = controlFields(contents)
  const version = fields.get('Version') ?? ''
  const [, sourceVersion = version] = /\(([^)]+)\)/.exec(fields.get('Source') ?? '') ?? []
  return {
    contents,
    fields,
    name: fields.get('Package') ?? '',
    version,
    sourceVersion,
    architecture: fields.get('Architecture') ?? '',
    conffiles: conffilesOf(contents.controlFiles.get('conffiles')?.content.toString('latin1') ?? ''),
    run,
  }
}

/** Versions of all packages of a side, and the build ids of their programs if it has packages of debug symbols to compare with them. */
export async function readRunSide(packages: readonly PackageContents[]): Promise<RunSide> {
  const versions = new Map<string, string>()
  const buildIds = new Set<string>()
  // Reading every program is the larger part of the work for a large package.
  const hasDebugSymbols = packages.some(isDebugPackage)
  for (const contents of packages) {
    const fields = controlFields(contents)
    versions.set(fields.get('Package') ?? '', fields.get('Version') ?? '')
    if (hasDebugSymbols) for (const id of await buildIdsOf(contents)) buildIds.add(id)
  }
  return { versions, buildIds }
}

function isDebugPackage({ filename }: PackageContents): boolean {
  return /-dbgsym_/.test(filename)
}

/** None for a package of debug symbols: its files have the ids of other packages' programs. */
async function buildIdsOf(contents: PackageContents): Promise<string[]> {
  if (isDebugPackage(contents)) return []
  const found: string[] = []
  const reader = await contents.openMembers()
  try {
    for (const entry of contents.data) {
      if (entry.kind !== 'elf') continue
      try {
        const id = new ElfFile(await reader.bytes(entry)).buildId()
        if (id) found.push(id)
      } catch (error) {
        if (!(error instanceof ElfError)) throw error
      }
    }
  } finally {
    await reader.close()
  }
  return found
}
