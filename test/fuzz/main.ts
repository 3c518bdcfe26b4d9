/**
 * `npm run fuzz [-- --seconds=60 --from=SEED --target=TEXT]` runs every parser of foreign input on mutated real inputs, for
 * the given time in all. `--target` chooses those with this text in their names. It prints the number of inputs, and each finding with the seed that reproduces it. A
 * finding is a fault: fix it, and add its seed to fuzz.test.ts.
 */
import { tryOne } from './fuzz.ts'
import { withTargets } from './targets.ts'

const option = (name: string, fallback: number) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? fallback)
const wanted = process.argv.find((arg) => arg.startsWith('--target='))?.slice('--target='.length) ?? ''
const seconds = option('seconds', 60)
const firstSeed = option('from', Math.floor(Date.now() / 1000))

await withTargets(async (all) => {
  const targets = all.filter(({ name }) => name.includes(wanted))
  for (const target of targets) {
    const end = performance.now() + (seconds * 1000) / targets.length
    let count = 0
    let findings = 0
    while (performance.now() < end) {
      const finding = await tryOne(target, firstSeed + count++)
      if (!finding) continue
      findings++
      process.exitCode = 1
      console.log(
        `${finding.target}: seed ${finding.seed}: ${finding.reason}\n  ${finding.input.toString('base64').slice(0, 400)}`,
      )
    }
    console.log(`${target.name}: ${count} inputs from seed ${firstSeed} on, ${findings} findings`)
  }
})
