/**
 * The sandbox of a tool, made by bubblewrap: a read-only system, the packages to compare, and one directory
 * to write to. No network, no other processes, no capabilities.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, dirname, isAbsolute } from 'node:path'
import { type SandboxInit, startTicks } from './process-table.ts'

/** What surrounds a tool. `none`: only its limits. */
export type Sandbox = 'bubblewrap' | 'none'

/**
 * The descriptor on which bubblewrap reports how the tool ended. Its own exit code is ambiguous: it fails
 * with 1, and both tools exit with 1 if something differs.
 */
export const STATUS_DESCRIPTOR = 4

/** The descriptor from which bubblewrap reads the sandbox's `/etc/passwd`. */
export const PASSWD_DESCRIPTOR = 5
/** The only user in the sandbox. `ssh-keygen` refuses to run for a user without a name. */
export const PASSWD = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n'

/**
 * Files and directories outside `/usr` that the tools and diffoscope's comparators need. Those that do not
 * exist are left out.
 */
const SYSTEM_PARTS = [
  // diffoscope exits with 2 without the linker's cache.
  '/etc/ld.so.cache',
  '/etc/alternatives',
  '/etc/localtime',
  '/etc/magic',
  '/etc/perl',
  '/etc/python3',
  '/var/lib/dpkg',
  // Comparators: ImageMagick, Ghostscript, R, Mono, GHC, Free Pascal, fontconfig, OpenSSL.
  '/etc/ImageMagick-6',
  '/etc/ImageMagick-7',
  '/etc/ghostscript',
  '/var/lib/ghostscript',
  '/etc/R',
  '/etc/mono',
  '/var/lib/ghc',
  '/etc/fpc.cfg',
  '/etc/fonts',
  '/etc/ssl/openssl.cnf',
]
/** Debian's packages of Java link from `/usr/lib/jvm` to `/etc/java-VERSION-openjdk`. */
const JAVA_CONFIGURATION = /^java(?:-|$)/
/** Links into `/usr` on a merged system, directories on others. */
const TOP_DIRECTORIES = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']
const SYSTEM = ['/usr', ...TOP_DIRECTORIES.map((name) => `/${name}`)]
/** Size of /dev/shm. Its contents count neither as memory nor as temporary files of the tool. */
const SHM_BYTES = String(16 << 20)
/** User and group `nobody`. */
const NOBODY = '65534'

/**
 * The command line that runs `command` in a sandbox. Paths are the same inside and outside, so the sandbox
 * does not change what a tool prints.
 * @param tempDir absolute; the only directory that the tool can write to, also mounted as `/tmp`
 * @param toolTempDir the tool's `TMPDIR`, as it is called inside; must be in `tempDir` or in `/tmp`
 * @param readable absolute directories that it may read in addition to the system
 * @param program the tool itself, if `command` begins with another program such as `prlimit`
 */
export function sandboxed(
  command: readonly string[],
  tempDir: string,
  toolTempDir: string,
  readable: readonly string[],
  program = command[0] ?? '',
): [string, ...string[]] {
  return [
    'bwrap',
    '--unshare-all',
    '--die-with-parent',
    '--cap-drop',
    'ALL',
    '--uid',
    NOBODY,
    '--gid',
    NOBODY,
    '--hostname',
    'differ',
    '--json-status-fd',
    String(STATUS_DESCRIPTOR),
    ...['--ro-bind', '/usr', '/usr'],
    ...TOP_DIRECTORIES.flatMap((name) => topDirectory(`/${name}`)),
    ...[...SYSTEM_PARTS, ...javaConfigurations()].flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--ro-bind-data', String(PASSWD_DESCRIPTOR), '/etc/passwd'],
    ...['--proc', '/proc', '--dev', '/dev'],
    // The tool must not be able to fill memory by way of file systems in memory: this one, and those below. Mounted
    // before the directories of the job, which may be in it.
    ...['--size', SHM_BYTES, '--tmpfs', '/dev/shm'],
    // Before mounts below /tmp, which this one would hide.
    ...['--bind', tempDir, '/tmp'],
    // If the program does not exist, prlimit reports it.
    ...installationOf(program).flatMap((path) => ['--ro-bind-try', path, path]),
    ...readable.flatMap((path) => ['--ro-bind', path, path]),
    ...['--bind', tempDir, tempDir],
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    ...['--setenv', 'TMPDIR', toolTempDir],
    ...['--chdir', tempDir],
    '--',
    ...command,
  ]
}

function javaConfigurations(): string[] {
  return readdirSync('/etc')
    .filter((name) => JAVA_CONFIGURATION.test(name))
    .map((name) => `/etc/${name}`)
}

function topDirectory(path: string): string[] {
  if (!existsSync(path)) return []
  const real = realpathSync(path)
  return real === path ? ['--ro-bind', path, path] : ['--symlink', real.slice(1), path]
}

/**
 * The directories that a program outside the system needs: its own, or the parent if that is a `bin`, because
 * a Python environment has its libraries beside `bin`. Both for the path as given and with links resolved.
 */
function installationOf(program: string): string[] {
  if (!isAbsolute(program)) return []
  const dirs = [program, existsSync(program) ? realpathSync(program) : program].map((path) => {
    const dir = dirname(path)
    return basename(dir) === 'bin' && dirname(dir) !== '/' ? dirname(dir) : dir
  })
  return [...new Set(dirs)].filter(
    (dir) => dir !== '/' && !SYSTEM.some((system) => dir === system || dir.startsWith(`${system}/`)),
  )
}

/** How a tool in a sandbox ended: with an exit code or by a signal. */
export interface SandboxedEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** Parses bubblewrap's first status line, like `{ "child-pid": 4711, … }`; null for any other line. */
export function sandboxInit(line: string): SandboxInit | null {
  try {
    const pid: unknown = JSON.parse(line)['child-pid']
    return typeof pid === 'number' ? { pid, startedAt: startTicks(pid) } : null
  } catch {
    return null
  }
}

/**
 * Parses a status line of bubblewrap, like `{ "exit-code": 1 }`. An exit code of 128 + N means signal N.
 * @returns null for any other line
 */
export function sandboxedEnd(line: string): SandboxedEnd | null {
  try {
    const code: unknown = JSON.parse(line)['exit-code']
    if (typeof code !== 'number') return null
    const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
    return signal ? { exitCode: null, signal: signal as NodeJS.Signals } : { exitCode: code, signal: null }
  } catch {
    return null
  }
}
