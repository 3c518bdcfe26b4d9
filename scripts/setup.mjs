/**
 * Sets a clone up, in steps that do nothing if their result is up to date.
 *
 *   node scripts/setup.mjs start|test|build
 *
 * It needs no packages, because it installs them. Missing Debian packages are reported, but do not stop it.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './setup/bundle.mjs'
import { makeEmptyDatabase } from './setup/empty-database.mjs'
import { installNodePackages } from './setup/node-packages.mjs'
import { project, stateDir } from './setup/project.mjs'
import { runInView } from './setup/run.mjs'
import { samples } from './setup/samples.mjs'
import { step } from './setup/step.mjs'
import { installSystemPackages, RUN_PACKAGES, TEST_PACKAGES } from './setup/system-packages.mjs'
import { buildWeb } from './setup/web.mjs'

const PACKAGES = { start: RUN_PACKAGES, test: { ...RUN_PACKAGES, ...TEST_PACKAGES }, build: null }
/** The exit code of flock if another process holds the lock. */
const LOCKED = 75

/**
 * Runs the set-up in a separate process. flock makes sure that only one runs in this clone, and releases the
 * lock however the process ends. Without flock (on another system than Debian) it runs without a lock.
 * @param {keyof typeof PACKAGES} purpose
 * @returns {Promise<number>} exit code
 */
export async function setUp(purpose) {
  mkdirSync(stateDir, { recursive: true })
  const lock = join(stateDir, 'setup.lock')
  const work = [process.execPath, fileURLToPath(import.meta.url), purpose]
  const underLock = (...options) => runInView('flock', ['--close', ...options, lock, ...work])
  let code = await underLock('--nonblock', '--conflict-exit-code', String(LOCKED))
  if (code === LOCKED) {
    console.log('Waiting for another set-up of this clone …')
    code = await underLock()
  }
  return code === 127 ? runInView(work[0], work.slice(1)) : code
}

async function doSteps(purpose) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(`Differ needs Node.js 20.19 or later, not ${process.versions.node}`)
  }
  // Both mostly wait for downloads, so they run together.
  const [system, rest] = await Promise.allSettled([
    PACKAGES[purpose] && step('Debian packages', (say) => installSystemPackages(PACKAGES[purpose], say)),
    installAndBuild(purpose),
  ])
  // Printed last, so that it stays visible, but before an error that it may explain.
  if (system.value?.advice) console.log(`\n${system.value.advice}\n`)
  for (const { reason } of [system, rest]) if (reason) throw reason
}

/** The steps that need no Debian packages. */
async function installAndBuild(purpose) {
  await Promise.all([
    step('npm packages', (say) => installNodePackages(say)),
    purpose === 'test' &&
      step('npm packages of the client tests', (say) =>
        installNodePackages(say, join(project, 'test/clients')),
      ),
  ])
  await step('Build', bundle)
  await step('Empty database', makeEmptyDatabase)
  await step('Web page', buildWeb)
  if (purpose === 'start') await step('Sample builds', samples)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const purpose = process.argv[2]
  if (!Object.hasOwn(PACKAGES, purpose ?? '')) {
    console.error(`usage: node scripts/setup.mjs ${Object.keys(PACKAGES).join('|')}`)
    process.exit(2)
  }
  await doSteps(purpose).catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
