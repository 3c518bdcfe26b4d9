/**
 * `npm run fuzz [-- --seconds=60 --from=NUMBER]`: gives everything that reads what others write changed real inputs, for so long; prints how many, and each finding with the number
 * that makes it again. A finding is a fault: mend it, and note its number in fuzz.test.ts.
 */
import { tryOne } from './fuzz.ts'
import { withTargets } from './targets.ts'

const option = (name: string, preset: number) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? preset)
const seconds = option('seconds', 60)
const from = option('from', Math.floor(Date.now() / 1000))

await withTargets(async (targets) => {
  for (const target of targets) {
    const end = performance.now() + (seconds * 1000) / targets.length
    let count = 0
    let found = 0
    while (performance.now() < end) {
      const finding = await tryOne(target, from + count++)
      if (!finding) continue
      found++
      process.exitCode = 1
      console.log(
        `${finding.target}: ${finding.seed}: ${finding.reason}\n  ${finding.input.toString('base64').slice(0, 400)}`,
      )
    }
    console.log(`${target.name}: ${count} inputs from ${from} on, ${found} findings`)
  }
})
