/** Runs `bin/differ` as a separate process, as users do. The global setup has built it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { type Places, settingsFor } from '../fixtures/service.ts'

const PROJECT = join(import.meta.dirname, '..', '..')
const DIFFER = join(PROJECT, 'bin', 'differ')

export interface Ended {
  /** Null if a signal ended the process. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command until it exits. Of the environment, it only gets PATH and `env`. */
export async function differ(
  args: readonly string[],
  { env = {}, cwd }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Ended> {
  const child = start(args, env, cwd)
  const [code] = (await once(child.process, 'close')) as [number | null]
  return { code, stdout: child.stdout(), stderr: child.stderr() }
}

export interface ServiceProcess {
  readonly url: string
  readonly pid: number
  /** Sends a signal and waits for the exit code, which is null if the signal ended the process. */
  end(signal: NodeJS.Signals): Promise<number | null>
  signal(signal: NodeJS.Signals): void
  readonly ended: Promise<number | null>
  stderr(): string
}

/**
 * Starts `differ serve` in these directories and waits until it listens. It is killed at the end of the test.
 * @param through a program, with its arguments, that starts the command line after them
 */
export function serve(
  places: Places,
  env: Record<string, string> = {},
  through: readonly string[] = [],
): Promise<ServiceProcess> {
  return untilReady('serve', /listening on (http:\/\/[\d.:]+)/, { ...settingsFor(places), ...env }, through)
}

/** As `serve`, for `differ worker`; its URL is that of its health and metrics. */
export function startWorker(places: Places, env: Record<string, string>): Promise<ServiceProcess> {
  const settings = { ...settingsFor(places), DIFFER_WORKER_PORT: '0', ...env }
  return untilReady('worker', /health and metrics on (http:\/\/[\d.:]+)/, settings)
}

async function untilReady(
  command: string,
  ready: RegExp,
  env: Record<string, string>,
  through: readonly string[] = [],
): Promise<ServiceProcess> {
  const child = start([command], env, undefined, through)
  onTestFinished(() => void child.process.kill('SIGKILL'))
  const ended = once(child.process, 'close').then(([code]) => code as number | null)
  const listening = (async () => {
    for (;;) {
      const address = ready.exec(child.stderr())?.[1]
      if (address) return address
      await once(child.process.stderr, 'data')
    }
  })()
  const url = await Promise.race([listening, ended])
  const { pid } = child.process
  if (typeof url !== 'string' || pid === undefined)
    throw new Error(`The process exited instead of listening:\n${child.stderr()}`)
  return {
    url,
    pid,
    ended,
    signal: (signal) => void child.process.kill(signal),
    end: (signal) => {
      child.process.kill(signal)
      return ended
    },
    stderr: child.stderr,
  }
}

/**
 * WebAssembly, which is the embedded database, is not optimised: most processes of the tests end before that
 * pays.
 */
function start(
  args: readonly string[],
  env: Record<string, string>,
  cwd?: string,
  through: readonly string[] = [],
) {
  const [program = '', ...words] = [...through, process.execPath, '--liftoff-only', DIFFER, ...args]
  const child = spawn(program, words, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  })
  return { process: child, stdout: collectText(child.stdout), stderr: collectText(child.stderr) }
}

/** @returns a function that returns the text so far */
function collectText(stream: Readable): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}
