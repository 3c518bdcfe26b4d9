/** Recognizes errors of disks and of exhausted system resources, and maps them to Differ's errors. */
import { DiffCommandError, OverloadedError } from '../../errors.ts'

/** The disk is full, over quota, read-only, broken or unreachable. */
const DISK = new Set(
  'ENOSPC EDQUOT EROFS EACCES EPERM EIO ENODEV ENXIO ESTALE ETIMEDOUT EHOSTDOWN'.split(' '),
)
const FULL = new Set(['ENOSPC', 'EDQUOT'])
/** Too many open files or processes, too little memory. */
const RESOURCES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'])
const RETRY_AFTER_MS = 10_000

/**
 * The system's error code, or an empty string. If a tool's output could not be stored, the code is in the
 * cause.
 */
function codeOf(error: unknown): string {
  const origin = error instanceof DiffCommandError ? error.cause : error
  const { code } = (origin ?? {}) as NodeJS.ErrnoException
  return typeof code === 'string' ? code : ''
}

export function isDiskError(error: unknown): boolean {
  // On a read-only file system, Node.js reports ENOENT for a recursive `mkdir`.
  const isMkdir = isMissingFile(error) && (error as NodeJS.ErrnoException).syscall === 'mkdir'
  return isMkdir || DISK.has(codeOf(error))
}

/** Whether freeing space would help. */
export function isDiskFull(error: unknown): boolean {
  return FULL.has(codeOf(error))
}

/**
 * Whether a file does not exist; for an entry that was just looked up, this means that it was evicted since.
 */
export function isMissingFile(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

/** OverloadedError for an error of a disk or of exhausted system resources; any other error unchanged. */
export function toDifferError(error: unknown): unknown {
  const code = codeOf(error)
  const overloaded = (message: string) =>
    Object.assign(new OverloadedError(RETRY_AFTER_MS, message), { cause: error })
  if (FULL.has(code)) return overloaded('The disk is full; try again later')
  if (isDiskError(error)) return overloaded(`The disk cannot be used (${code}); try again later`)
  if (RESOURCES.has(code))
    return overloaded(`The service has run out of system resources (${code}); try again later`)
  return error
}

/** For a reader whose entry turns out to be damaged. The next lookup sets the entry aside. */
export function damagedEntryError(cause: unknown): OverloadedError {
  const message = 'The cached diff was damaged and will be made again; repeat the request'
  return Object.assign(new OverloadedError(1_000, message), { cause })
}

/** For a reader whose entry was evicted between its lookup and its opening. */
export function evictedEntryError(cause: unknown): OverloadedError {
  const message = 'The diff has just been evicted from the cache; repeat the request'
  return Object.assign(new OverloadedError(1_000, message), { cause })
}
