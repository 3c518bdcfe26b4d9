/**
 * `npm run bench [NAME…] [--OPTION…] [FILE…]`: runs the named benchmarks of `bench/`, or all of them, one
 * after the other. Options and files (arguments with a `/` or ending in `.json`) are passed to them.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { project } from './setup/project.mjs'
import { runInView } from './setup/run.mjs'

process.chdir(project)
const all = readdirSync('bench').flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
const isForBenchmark = (arg) => arg.startsWith('--') || arg.includes('/') || arg.endsWith('.json')
const benchmarkArgs = process.argv.slice(2).filter(isForBenchmark)
const named = process.argv.slice(2).filter((arg) => !isForBenchmark(arg))
const unknown = named.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`Unknown benchmark: ${unknown.join(', ')}. Available: ${all.join(', ')}`)
  process.exit(2)
}
for (const name of named.length > 0 ? named : all) {
  console.log(`\n== ${name}`)
  const code = await runInView(join(project, 'node_modules/.bin/tsx'), [`bench/${name}.ts`, ...benchmarkArgs])
  if (code !== 0) process.exitCode = 1
}
