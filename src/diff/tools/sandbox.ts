/** A tool's own small world, made by bubblewrap: a read-only system, its packages, one directory to write in, nothing else; no network, no other process, no rights. */
import { existsSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, dirname, isAbsolute } from 'node:path'

/**
 * - `bubblewrap`: in a world of its own;
 * - `none`: under limits alone.
 */
export type Sandbox = 'bubblewrap' | 'none'

/** Where bubblewrap says how the tool ended. Its own exit code says little: it fails with 1, with which both tools say that something differs. */
export const STATUS_DESCRIPTOR = 4

/** Outside the system's directories some parts of it are looked up; those that are not there are left out. */
const SYSTEM_PARTS = [
  // Without the linker's cache diffoscope exits with 2.
  '/etc/ld.so.cache',
  '/etc/alternatives',
  '/etc/localtime',
  '/etc/magic',
  '/etc/perl',
  '/etc/python3',
  '/var/lib/dpkg',
]
/** `/bin` and its like: links into `/usr` where the system is merged, directories elsewhere. */
const TOP = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']
const SYSTEM = ['/usr', ...TOP.map((name) => `/${name}`)]
/** Shared memory, which counts as nobody's. */
const SHM_BYTES = String(16 << 20)
/** "nobody". */
const NOBODY = '65534'

/**
 * `command` in its world. Paths are the same inside and outside, so what a tool prints is.
 * @param tempDir absolute: all that the tool can write to, also as its `/tmp`
 * @param readable absolute directories that it may read besides the system
 * @param program what is run in the end, where `command` begins with what limits it
 */
export function sandboxed(
  command: readonly string[],
  tempDir: string,
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
    ...TOP.flatMap((name) => topDirectory(`/${name}`)),
    ...SYSTEM_PARTS.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--proc', '/proc', '--dev', '/dev'],
    // Ahead of what may lie below it.
    ...['--bind', tempDir, '/tmp'],
    // One that is not there is the tool's to tell.
    ...homeOf(program).flatMap((path) => ['--ro-bind-try', path, path]),
    ...readable.flatMap((path) => ['--ro-bind', path, path]),
    ...['--bind', tempDir, tempDir],
    // What is made up in memory is nobody's to fill.
    ...['--size', SHM_BYTES, '--tmpfs', '/dev/shm', '--remount-ro', '/dev', '--remount-ro', '/'],
    ...['--chdir', tempDir],
    '--',
    ...command,
  ]
}

function topDirectory(path: string): string[] {
  if (!existsSync(path)) return []
  const real = realpathSync(path)
  return real === path ? ['--ro-bind', path, path] : ['--symlink', real.slice(1), path]
}

/** The directory of a program from elsewhere; where it is one for programs, all that lies around it: a Python environment has its libraries there. */
function homeOf(program: string): string[] {
  if (!isAbsolute(program)) return []
  const places = [program, existsSync(program) ? realpathSync(program) : program].map((path) => {
    const dir = dirname(path)
    return basename(dir) === 'bin' && dirname(dir) !== '/' ? dirname(dir) : dir
  })
  return [...new Set(places)].filter(
    (place) => place !== '/' && !SYSTEM.some((dir) => place === dir || place.startsWith(`${dir}/`)),
  )
}

/** How a tool in a sandbox ended; null where it never ran. */
export interface SandboxedEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** Reads lines that bubblewrap writes: `{ "exit-code": 1 }`; those that tell something else are left. A signal comes as 128 and its number, as in a shell. */
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
