/** Errors of the system that tell of a disk, or of the process's own means, in trouble. */
import { DiffCommandError, OverloadedError } from '../../errors.ts'

/** Full, over the quota, not to be written to, broken, away. */
const DISK = new Set(
  'ENOSPC EDQUOT EROFS EACCES EPERM EIO ENODEV ENXIO ESTALE ETIMEDOUT EHOSTDOWN'.split(' '),
)
const FULL = new Set(['ENOSPC', 'EDQUOT'])
/** Too many open files, too little memory, too many processes. */
const MEANS = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'])
const RETRY_AFTER_MS = 10_000

/** A tool whose output could not be taken says why in its cause. */
function codeOf(error: unknown): string {
  const told = error instanceof DiffCommandError ? error.cause : error
  const { code } = (told ?? {}) as NodeJS.ErrnoException
  return typeof code === 'string' ? code : ''
}

export function isDiskError(error: unknown): boolean {
  // What Node.js says of `mkdir` with `recursive` on a file system that is read-only.
  const isMkdir = isMissingFile(error) && (error as NodeJS.ErrnoException).syscall === 'mkdir'
  return isMkdir || DISK.has(codeOf(error))
}

/** Whether making room helps. */
export function isDiskFull(error: unknown): boolean {
  return FULL.has(codeOf(error))
}

/** A file that was there a moment ago: taken out of the cache by whoever keeps it in bounds, or by a person. */
export function isMissingFile(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}

/** The error to answer with: what the system says of itself as something that passes; all others as they are. */
export function toDifferError(error: unknown): unknown {
  const code = codeOf(error)
  const say = (message: string, retryAfterMs = RETRY_AFTER_MS) =>
    Object.assign(new OverloadedError(retryAfterMs, message), { cause: error })
  if (FULL.has(code)) return say('There is no room on the disk; try again later')
  if (isDiskError(error)) return say(`The disk cannot be used (${code}); try again later`)
  if (MEANS.has(code)) return say(`The service is short of means (${code}); try again later`)
  return error
}

/** The answer to a reader of an entry that has turned out to be damaged: the next look-up sets it aside. */
export function damagedInCache(cause: unknown): OverloadedError {
  const message = 'The diff was damaged in the cache and is made again; ask again'
  return Object.assign(new OverloadedError(1_000, message), { cause })
}

/** The answer to a reader whose entry was taken out of the cache between its look-up and its opening. */
export function goneFromCache(cause: unknown): OverloadedError {
  return Object.assign(new OverloadedError(1_000, 'The diff has just left the cache; ask again'), { cause })
}
