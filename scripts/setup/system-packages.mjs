/** The Debian packages that Differ and its tests call, and how they get here. */
import { lastLines, run } from './run.mjs'

/**
 * Package → what is not possible without it. A modest choice from what diffoscope can use: the formats that most packages
 * hold, 11 MB together; the rest (Java, Haskell, PDF, images, …) is hundreds of megabytes, and diffoscope says in its report
 * what it missed.
 */
export const RUN_PACKAGES = {
  devscripts: 'there is no debdiff',
  wdiff: 'debdiff leaves out control fields',
  'diffoscope-minimal': 'there is no diffoscope',
  bubblewrap: 'tools run under limits, but not in a sandbox',
  binutils: 'programs and libraries are compared as bytes',
  'xz-utils': '.xz files are compared as bytes',
  zstd: '.zst files are compared as bytes',
  bzip2: '.bz2 files are compared as bytes',
  lz4: '.lz4 files are compared as bytes',
  zip: '.zip and .jar files are compared less well',
  unzip: '.zip and .jar files are compared less well',
  gettext: 'translations (.mo) are compared as bytes',
  openssl: 'certificates are compared as text',
  sqlite3: 'SQLite databases are compared as bytes',
  xxd: 'binary files have no readable comparison',
  curl: 'the commands that npm start prints cannot be pasted',
}

/** As RUN_PACKAGES, for `npm test`. `N` stands for the release's version of PostgreSQL. */
export const TEST_PACKAGES = {
  'postgresql-N': 'the tests on PostgreSQL cannot run',
  'postgresql-N-debversion': 'the tests of version order on PostgreSQL cannot run',
  'redis-server': 'the tests on Redis cannot run',
  chromium: 'the tests of pages in a browser cannot run',
}

/**
 * What is wanted and not there.
 * @param {Record<string, string>} wanted package → what is not possible without it
 * @param {ReadonlySet<string>} installed
 * @param {string | null} postgresqlVersion replaces `N`; null where nobody knows it yet
 * @returns {Record<string, string>} the part of `wanted` that is missing
 */
export function missingPackages(wanted, installed, postgresqlVersion) {
  const named = Object.entries(wanted).map(([name, loss]) => [
    postgresqlVersion === null ? name : name.replace('-N', `-${postgresqlVersion}`),
    loss,
  ])
  return Object.fromEntries(named.filter(([name]) => !installed.has(name)))
}

/** The newest PostgreSQL server among installed packages, e.g. `15`; null where there is none. */
export function installedPostgresql(installed) {
  const versions = [...installed].flatMap((name) => /^postgresql-(\d+)$/.exec(name)?.[1] ?? [])
  return versions.sort((a, b) => Number(b) - Number(a))[0] ?? null
}

/** What a person types to get these packages. */
export function installCommand(names) {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends ${names.join(' ')}`
}

/**
 * What to tell where packages stay missing.
 * @param {Record<string, string>} missing package → what is not possible without it
 * @param {string} reason why they were not installed
 * @param {string} [said] the words of a program that failed
 */
export function missingAdvice(missing, reason, said) {
  const losses = Object.entries(missing).map(([name, loss]) => `  ${name}: without it ${loss}`)
  return [
    `Some Debian packages are missing, and ${reason}:`,
    ...losses,
    'To install them:',
    `  ${installCommand(Object.keys(missing))}`,
    ...(said ? [`apt-get said:\n${said}`] : []),
  ].join('\n')
}

/**
 * The command that acts as root, or null where this user may not.
 * @param {{uid: number, sudoWorks: boolean}} user
 * @returns {string[] | null} what to put in front of a command
 */
export function rootPrefix({ uid, sudoWorks }) {
  if (uid === 0) return []
  return sudoWorks ? ['sudo', '-n'] : null
}

/**
 * Runs apt-get with services kept from starting: PostgreSQL and Redis are for the tests, which start their own. A policy
 * that the machine has already stays; ours goes again however this ends.
 */
const AS_ROOT = `
policy=/usr/sbin/policy-rc.d
mark='# Written by the set-up of Differ; may be deleted.'
if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\n%s\\nexit 101\\n' "$mark" > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" < /dev/null
`

/** The names of all installed packages; null on a system without dpkg. */
async function installedPackages() {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query replaces these variables
  const { code, output } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n'])
  if (code !== 0) return null
  return new Set(output.split('\n').flatMap((line) => /^(\S+) installed$/.exec(line)?.[1] ?? []))
}

/** The version that the release's own metapackage stands for; null while apt has no lists. */
async function releasePostgresql() {
  const { output } = await run('apt-cache', ['depends', 'postgresql'])
  return /Depends: postgresql-(\d+)/.exec(output)?.[1] ?? null
}

/**
 * Installs what is missing, or finds out that it cannot.
 * @param {Record<string, string>} wanted
 * @param {(text: string) => void} say
 * @returns {Promise<{did: string, advice: string | null}>} `advice`: what will not work and how to mend it
 */
export async function installSystemPackages(wanted, say) {
  const installed = await installedPackages()
  if (installed === null) {
    return { did: 'not checked', advice: missingAdvice(wanted, 'this is not a Debian system') }
  }
  const lookForMissing = async () => {
    const version = installedPostgresql(installed) ?? (await releasePostgresql())
    return missingPackages(wanted, installed, version)
  }
  let missing = await lookForMissing()
  if (Object.keys(missing).length === 0) return { did: 'all there', advice: null }

  const sudoWorks = process.getuid() !== 0 && (await run('sudo', ['-n', 'true'])).code === 0
  const prefix = rootPrefix({ uid: process.getuid(), sudoWorks })
  const leaveOut = (reason, said) => ({
    did: `${Object.keys(missing).length} missing`,
    advice: missingAdvice(missing, reason, said),
  })
  if (prefix === null) return leaveOut('only root may install them')

  const aptGet = (...args) => {
    const [command, ...rest] = [...prefix, 'sh', '-euc', AS_ROOT, 'sh', ...args]
    return run(command, rest)
  }
  say(`installing ${Object.keys(missing).join(', ')}`)
  // Without fresh lists the names and versions may be gone; where this fails, the lists at hand may still serve.
  await aptGet('update')
  missing = await lookForMissing()
  const { code, output } = await aptGet('install', '--no-install-recommends', ...Object.keys(missing))
  if (code !== 0) return leaveOut('apt-get failed', lastLines(output))
  return { did: `${Object.keys(missing).length} installed`, advice: null }
}
