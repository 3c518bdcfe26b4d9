/** The Debian packages that Differ and its tests need, and how to install them. */
import { lastLines, run } from './run.mjs'

/**
 * Packages, and what happens without each. Of the programs that diffoscope can use, these are for the formats
 * in most packages, 11 MB in total. The others (for Java, Haskell, PDF, images, …) take hundreds of
 * megabytes; a report says which of them were missing.
 */
export const RUN_PACKAGES = {
  devscripts: 'there is no debdiff',
  wdiff: 'debdiff omits control fields',
  'diffoscope-minimal': 'there is no diffoscope',
  bubblewrap: 'tools run without a sandbox, with limits only',
  binutils: 'programs and libraries are compared as bytes',
  'xz-utils': '.xz files are compared as bytes',
  zstd: '.zst files are compared as bytes',
  bzip2: '.bz2 files are compared as bytes',
  lz4: '.lz4 files are compared as bytes',
  zip: '.zip and .jar files are compared in less detail',
  unzip: '.zip and .jar files are compared in less detail',
  gettext: 'translations (.mo) are compared as bytes',
  openssl: 'certificates are compared as text',
  sqlite3: 'SQLite databases are compared as bytes',
  xxd: 'binary files have no readable comparison',
  curl: 'the commands that npm start prints do not work',
}

/** As RUN_PACKAGES, for `npm test`. `N` stands for the version of PostgreSQL. */
export const TEST_PACKAGES = {
  'postgresql-N': 'the tests on PostgreSQL cannot run',
  'postgresql-N-debversion': 'the tests of version order on PostgreSQL cannot run',
  'redis-server': 'the tests on Redis cannot run',
  'chromium-headless-shell': 'the tests of pages in a browser cannot run',
  nginx: 'the tests behind a proxy and a cache cannot run',
  'poppler-utils': 'what is read of PDF files is not compared with pdfinfo',
}

/**
 * The packages that are not installed.
 * @param {Record<string, string>} required package → what happens without it
 * @param {ReadonlySet<string>} installed
 * @param {string | null} postgresqlVersion replaces `N`; null if it is not known yet
 * @returns {Record<string, string>} the missing part of `required`
 */
export function missingPackages(required, installed, postgresqlVersion) {
  const named = Object.entries(required).map(([name, loss]) => [
    postgresqlVersion === null ? name : name.replace('-N', `-${postgresqlVersion}`),
    loss,
  ])
  return Object.fromEntries(named.filter(([name]) => !installed.has(name)))
}

/** The version of the newest installed PostgreSQL server, for example `15`; null without one. */
export function installedPostgresql(installed) {
  const versions = [...installed].flatMap((name) => /^postgresql-(\d+)$/.exec(name)?.[1] ?? [])
  return versions.sort((a, b) => Number(b) - Number(a))[0] ?? null
}

/** The command that installs these packages. */
export function installCommand(names) {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends ${names.join(' ')}`
}

/**
 * The advice to print if packages stay missing.
 * @param {Record<string, string>} missing package → what happens without it
 * @param {string} reason why they were not installed
 * @param {string} [output] of the program that failed
 */
export function missingAdvice(missing, reason, output) {
  const losses = Object.entries(missing).map(([name, loss]) => `  ${name}: without it ${loss}`)
  return [
    `Some Debian packages are missing, and ${reason}:`,
    ...losses,
    'To install them:',
    `  ${installCommand(Object.keys(missing))}`,
    ...(output ? [`Output of apt-get:\n${output}`] : []),
  ].join('\n')
}

/**
 * @param {{uid: number, sudoWorks: boolean}} user
 * @returns {string[] | null} the words that make a command run as root; null if this user cannot become root
 */
export function rootPrefix({ uid, sudoWorks }) {
  if (uid === 0) return []
  return sudoWorks ? ['sudo', '-n'] : null
}

/**
 * A shell script that runs apt-get without starting the installed services, because the tests start
 * PostgreSQL and Redis themselves. It does not touch an existing policy, and removes its own one however it
 * ends.
 */
const AS_ROOT = `
policy=/usr/sbin/policy-rc.d
marker='# Written by the set-up of Differ; may be deleted.'
if [ ! -e "$policy" ] || grep -qxF "$marker" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\n%s\\nexit 101\\n' "$marker" > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" < /dev/null
`

/** The names of all installed packages; null without dpkg. */
async function installedPackages() {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query replaces the names of fields
  const { code, output } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n'])
  if (code !== 0) return null
  return new Set(output.split('\n').flatMap((line) => /^(\S+) installed$/.exec(line)?.[1] ?? []))
}

/** The PostgreSQL version of this Debian release; null if apt has no package lists. */
async function releasePostgresql() {
  const { output } = await run('apt-cache', ['depends', 'postgresql'])
  return /Depends: postgresql-(\d+)/.exec(output)?.[1] ?? null
}

/**
 * Installs the missing packages if this user is allowed to.
 * @param {Record<string, string>} required
 * @param {(text: string) => void} say
 * @returns {Promise<{did: string, advice: string | null}>} `advice`: what will not work, and how to install
 *   the rest
 */
export async function installSystemPackages(required, say) {
  const installed = await installedPackages()
  if (installed === null) {
    return { did: 'not checked', advice: missingAdvice(required, 'this is not a Debian system') }
  }
  const findMissing = async () => {
    const version = installedPostgresql(installed) ?? (await releasePostgresql())
    return missingPackages(required, installed, version)
  }
  let missing = await findMissing()
  if (Object.keys(missing).length === 0) return { did: 'all there', advice: null }

  const sudoWorks = process.getuid() !== 0 && (await run('sudo', ['-n', 'true'])).code === 0
  const prefix = rootPrefix({ uid: process.getuid(), sudoWorks })
  const giveUp = (reason, output) => ({
    did: `${Object.keys(missing).length} missing`,
    advice: missingAdvice(missing, reason, output),
  })
  if (prefix === null) return giveUp('only root may install them')

  const aptGet = (...args) => {
    const [command, ...rest] = [...prefix, 'sh', '-euc', AS_ROOT, 'sh', ...args]
    return run(command, rest)
  }
  say(`installing ${Object.keys(missing).join(', ')}`)
  // Old package lists may name versions that no longer exist. If the update fails, they may still work.
  await aptGet('update')
  missing = await findMissing()
  const { code, output } = await aptGet('install', '--no-install-recommends', ...Object.keys(missing))
  if (code !== 0) return giveUp('apt-get failed', lastLines(output))
  return { did: `${Object.keys(missing).length} installed`, advice: null }
}
