/**
 * `npm test`: set-up, type check, linter and all tests. Arguments go to vitest. It ends with the skipped
 * tests and, as the last line, the number of passed, failed and skipped tests.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { memoryDir } from './setup/memory-dir.mjs'
import { project, stateDir } from './setup/project.mjs'
import { runInView } from './setup/run.mjs'
import { tally } from './setup/tally.mjs'
import { setUp } from './setup.mjs'

process.chdir(project)
const bin = (name) => join(project, 'node_modules/.bin', name)
const reportFile = join(stateDir, `test-results-${process.pid}.json`)

async function runTests() {
  if ((await setUp('test')) !== 0) return tally(null, 1, [])
  console.log('Types and style …')
  const checks = await Promise.all([
    runInView(bin('tsc'), ['-p', '.', '--noEmit']),
    runInView(bin('tsc'), ['-p', 'web', '--noEmit']),
    runInView(bin('biome'), ['check', '--error-on-warnings']),
  ])
  console.log('Tests …')
  const inMemory = process.env.TMPDIR ? null : await memoryDir()
  if (inMemory !== null) process.env.TMPDIR = inMemory
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  const vitest = await runInView(bin('vitest'), ['run', ...reporters, ...process.argv.slice(2)])
  const report = await readFile(reportFile, 'utf8').then(JSON.parse, () => null)
  await rm(reportFile, { force: true })
  if (inMemory !== null) await rm(inMemory, { recursive: true, force: true })
  return tally(report, vitest, checks)
}

const { line, failed, skips = [] } = await runTests()
if (skips.length > 0) console.log(['Skipped:', ...skips.map((skip) => `  ${skip}`)].join('\n'))
console.log(line)
process.exitCode = failed === 0 ? 0 : 1
