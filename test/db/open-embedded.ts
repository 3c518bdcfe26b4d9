/** open-embedded DIR: opens the embedded database in DIR, and imports a run for each id that it reads. */
import { createInterface } from 'node:readline'
import { openDatabase } from '../../src/db/database.ts'
import { importRun } from '../../src/db/import-run.ts'

const database = await openDatabase({ embeddedDir: process.argv[2] ?? '' })
process.once('SIGTERM', async () => {
  await database.close()
  process.exit()
})
console.log('ready')
for await (const id of createInterface(process.stdin)) {
  const run = {
    id,
    codebase: 'hello',
    campaign: 'c',
    source: 'hello',
    version: '1',
    binaryPackages: ['hello'],
  }
  await importRun(database, run, { allowForeign: false })
  console.log(`imported ${id}`)
}
await database.close()
