/** Why a system call failed, in words. */
import { getSystemErrorMap } from 'node:util'

/** What to do, by the code of the error. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space, or choose another directory',
  EDQUOT: 'free some space, or choose another directory',
  EROFS: 'mount the file system for writing, or choose another directory',
  EACCES: 'run the command as a user who may do that, or choose another directory',
  EPERM: 'run the command as a user who may do that, or choose another directory',
  ENOTDIR: 'a part of the path is a file; choose another directory',
  EISDIR: 'name a file',
  ENAMETOOLONG: 'choose a shorter name',
  ELOOP: 'a symbolic link leads to itself; choose another path',
  EMFILE: 'raise the limit of open files (`ulimit -n`)',
  ENFILE: 'the machine has too many open files; close other programs',
  ENOMEM: 'the machine has too little memory; close other programs',
  EIO: 'check the disk, or choose another one',
  ECONNREFUSED: 'check that the service runs and that its address is right',
  ECONNRESET: 'the other side closed the connection; check that it runs, and repeat the command',
  EPIPE: 'the other side closed the connection; check that it runs, and repeat the command',
  ENOTFOUND: 'check the name of the host',
  EAI_AGAIN: 'check the name of the host and the name server',
  ETIMEDOUT: 'check the address and the network, and repeat the command',
  EADDRINUSE: 'stop the program that uses the address, or choose another one',
  EADDRNOTAVAIL: 'choose an address of this machine',
}

/** What the program did, by the name of the system call, where that says it less well. */
const ACTIONS: Readonly<Record<string, string>> = {
  copyfile: 'copy',
  cp: 'copy',
  mkdir: 'create the directory',
  mkdtemp: 'create the directory',
  scandir: 'read the directory',
  opendir: 'read the directory',
  rename: 'move',
  unlink: 'remove',
  rmdir: 'remove',
  rm: 'remove',
  lstat: 'read',
  stat: 'read',
  connect: 'connect to',
  listen: 'listen on',
  bind: 'listen on',
  getaddrinfo: 'look up',
  spawn: 'start',
}

interface SystemError extends NodeJS.ErrnoException {
  readonly dest?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
}

/** `no space left on device (ENOSPC); free some space, …`, or null if the system did not cause the error. */
export function systemReason(error: unknown): string | null {
  const { code, errno, syscall, message } = (error ?? {}) as NodeJS.ErrnoException
  if (typeof code !== 'string' || !/^E[A-Z0-9_]+$/.test(code) || code.startsWith('ERR_')) return null
  // Node.js reports that for a recursive `mkdir` on a file system that is mounted for reading only.
  if (code === 'ENOENT' && syscall === 'mkdir')
    return 'its file system takes no directories (ENOENT); mount it for writing, or choose another directory'
  const [, meaning = message] = getSystemErrorMap().get(errno ?? 0) ?? []
  const advice = ADVICE[code]
  return `${meaning} (${code})${advice ? `; ${advice}` : ''}`
}

/** `Cannot create the directory /x: REASON`, or null if the system did not cause the error. */
export function explainSystemError(error: unknown): string | null {
  const reason = systemReason(error)
  if (reason === null) return null
  const { syscall, path, dest, address, port, hostname } = error as SystemError
  const place = path ?? hostname ?? (address && [address, port].filter(Boolean).join(':'))
  const what = [ACTIONS[syscall ?? ''] ?? syscall, place, dest && `to ${dest}`].filter(Boolean).join(' ')
  return `Cannot ${what || 'continue'}: ${reason}`
}
