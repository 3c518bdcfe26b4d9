/**
 * `npm run bench [NAME…] [--OPTION…] [FILE…]`: runs `bench/NAME.ts`, or each file there, one after the other so that none disturbs another. Options and files
 * (what holds a `/` or ends in `.json`) are passed on.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { project } from './setup/project.mjs'
import { runInView } from './setup/run.mjs'

process.chdir(project)
const all = readdirSync('bench').flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
const isPassedOn = (arg) => arg.startsWith('--') || arg.includes('/') || arg.endsWith('.json')
const passedOn = process.argv.slice(2).filter(isPassedOn)
const wanted = process.argv.slice(2).filter((arg) => !isPassedOn(arg))
const unknown = wanted.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${all.join(', ')}`)
  process.exit(2)
}
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n== ${name}`)
  const code = await runInView(join(project, 'node_modules/.bin/tsx'), [`bench/${name}.ts`, ...passedOn])
  if (code !== 0) process.exitCode = 1
}
