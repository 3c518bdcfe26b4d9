/**
 * Reports of real pairs of packages, made by the real diffoscope from the two newest versions that the archive of this machine offers, and one that is grown
 * beyond Node.js's longest string. They are kept in the temporary directory for the next run.
 */
import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { assembleReport } from '../../src/diff/report/assemble.ts'
import { twoVersions } from './packages.ts'

/** Of some 20 KB, 5 MB and 60 MB. */
const PACKAGES = ['nginx-common', 'libexpat1', 'libssl3']
const GROWN = 10
const KEPT = join(tmpdir(), 'differ-bench-reports')

export interface BenchReport {
  readonly name: string
  readonly path: string
  readonly sizeBytes: number
}

/** @param files reports to take instead */
export async function benchReports(files: readonly string[] = []): Promise<BenchReport[]> {
  const paths = files.length > 0 ? files : await realReports()
  return Promise.all(
    paths.map(async (path) => ({ name: basename(path, '.json'), path, sizeBytes: (await stat(path)).size })),
  )
}

/** Milliseconds that the tool takes to print a report in one of its formats, as a whole process. */
export function toolMs(report: string, format: 'text' | 'markdown' | 'html'): number {
  const start = performance.now()
  const args = ['--load-existing-diff', report, `--${format}`, '-']
  const { status } = spawnSync('diffoscope', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 1) throw new Error(`diffoscope ended with ${status}`)
  return performance.now() - start
}

async function realReports(): Promise<string[]> {
  await mkdir(KEPT, { recursive: true })
  const reports: string[] = []
  for (const name of PACKAGES) {
    const report = join(KEPT, `${name}.json`)
    if (existsSync(report) || (await compareVersions(name, report))) reports.push(report)
    else console.log(`(${name}: the archive does not offer two versions)`)
  }
  const last = reports.at(-1)
  if (last === undefined) return reports
  const grown = join(KEPT, 'grown.json')
  if (!existsSync(grown)) await grow(last, grown)
  return [...reports, grown]
}

/** False where there are not two versions. */
async function compareVersions(name: string, report: string): Promise<boolean> {
  const debs = await twoVersions(name)
  if (!debs) return false
  const dir = await mkdtemp(join(KEPT, 'making-'))
  try {
    const made = join(dir, 'report.json')
    const { status } = spawnSync(
      'diffoscope',
      [`--json=${made}`, '--exclude-directory-metadata=yes', debs.old, debs.new],
      {
        stdio: 'ignore',
      },
    )
    if (status !== 1) throw new Error(`diffoscope ended with ${status}`)
    await rename(made, report)
    return true
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function grow(report: string, path: string): Promise<void> {
  const file = createWriteStream(`${path}.new`)
  const part = { jsonPath: report, source1: 'old.deb', source2: 'new.deb' }
  await assembleReport(
    Array<typeof part>(GROWN).fill(part),
    (chunk) => new Promise<void>((resolve) => file.write(chunk, () => resolve())),
  )
  await new Promise<void>((resolve) => file.end(resolve))
  await rename(`${path}.new`, path)
}
