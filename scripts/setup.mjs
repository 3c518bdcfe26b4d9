/**
 * Everything between a clone and a running service, in steps that cost nothing when there is nothing to do.
 *
 *   node scripts/setup.mjs start|test|build
 *
 * Plain Node.js without packages: this is what installs them. Only failures that leave nothing to go on with end it.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './setup/bundle.mjs'
import { installNodePackages } from './setup/node-packages.mjs'
import { stateDir } from './setup/project.mjs'
import { runInView } from './setup/run.mjs'
import { samples } from './setup/samples.mjs'
import { step } from './setup/step.mjs'
import { installSystemPackages, RUN_PACKAGES, TEST_PACKAGES } from './setup/system-packages.mjs'
import { buildWeb } from './setup/web.mjs'

const WANTED = { start: RUN_PACKAGES, test: { ...RUN_PACKAGES, ...TEST_PACKAGES }, build: null }
/** flock's exit code where somebody else holds the lock. */
const HELD = 75

/**
 * Does the set-up in a process of its own, one at a time in this clone: two services may be started at once. flock gives the
 * lock back however that process ends; where there is no flock (not a Debian), it is done without.
 * @param {keyof typeof WANTED} purpose
 * @returns {Promise<number>} exit code
 */
export async function setUp(purpose) {
  mkdirSync(stateDir, { recursive: true })
  const lock = join(stateDir, 'setup.lock')
  const work = [process.execPath, fileURLToPath(import.meta.url), purpose]
  const underLock = (...options) => runInView('flock', ['--close', ...options, lock, ...work])
  let code = await underLock('--nonblock', '--conflict-exit-code', String(HELD))
  if (code === HELD) {
    console.log('Another set-up is at work here: waiting for it …')
    code = await underLock()
  }
  return code === 127 ? runInView(work[0], work.slice(1)) : code
}

async function doSteps(purpose) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`Node.js ${process.versions.node} is too old: Differ needs 20.19 or later`)
  }
  let advice = null
  try {
    if (WANTED[purpose]) {
      const result = await step('Debian packages', (say) => installSystemPackages(WANTED[purpose], say))
      advice = result.advice
    }
    await step('npm packages', installNodePackages)
    await step('Build', bundle)
    await step('Web page', buildWeb)
    if (purpose === 'start') await step('Sample builds', samples)
  } finally {
    // Last, where it is not scrolled away, and before a failure that may come of it.
    if (advice !== null) console.log(`\n${advice}\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const purpose = process.argv[2]
  if (!Object.hasOwn(WANTED, purpose ?? '')) {
    console.error(`usage: node scripts/setup.mjs ${Object.keys(WANTED).join('|')}`)
    process.exit(2)
  }
  await doSteps(purpose).catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
