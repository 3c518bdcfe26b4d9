/**
 * `npm run bench [NAME…] [--OPTION…] [FILE…]`: runs the named benchmarks of `bench/`, or all of them, one
 * after the other. Options and files (arguments with a `/` or ending in `.json`) are passed to them.
 *
 * With `--beside=COMMIT`, each benchmark runs in turn here and in that commit, twice, so that what else the machine
 * does meets both.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { project } from './setup/project.mjs'
import { runInView } from './setup/run.mjs'
import { inWorktree } from './setup/worktree.mjs'
import { setUp } from './setup.mjs'

const BESIDE = '--beside='
const ROUNDS = 2

process.chdir(project)
const all = readdirSync('bench').flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
const isForBenchmark = (arg) => arg.startsWith('--') || arg.includes('/') || arg.endsWith('.json')
const beside = process.argv.find((arg) => arg.startsWith(BESIDE))?.slice(BESIDE.length)
const benchmarkArgs = process.argv.slice(2).filter((arg) => isForBenchmark(arg) && !arg.startsWith(BESIDE))
const named = process.argv.slice(2).filter((arg) => !isForBenchmark(arg))
const unknown = named.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`Unknown benchmark: ${unknown.join(', ')}. Available: ${all.join(', ')}`)
  process.exit(2)
}
const chosen = named.length > 0 ? named : all
// Most measure the built service, which must not be older than the sources.
if ((await setUp('build')) !== 0) process.exit(1)
if (beside === undefined) for (const name of chosen) await bench(name, project, name)
else
  await inWorktree(beside, async (dir) => {
    for (const name of chosen)
      for (let round = 1; round <= ROUNDS; round++) {
        await bench(name, project, `${name}, this commit, round ${round}`)
        await bench(name, dir, `${name}, ${beside}, round ${round}`)
      }
  })

async function bench(name, dir, title) {
  console.log(`\n== ${title}`)
  process.chdir(dir)
  const code = await runInView(join(dir, 'node_modules/.bin/tsx'), [`bench/${name}.ts`, ...benchmarkArgs])
  if (code !== 0) process.exitCode = 1
}
