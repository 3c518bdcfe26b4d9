/**
 * The embedded database: PGlite in a worker thread, shared by all processes on one directory. Whoever holds the directory's
 * lock serves it over a Unix socket; the others are clients of that socket and take over when the holder goes away.
 */
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { DatabaseUnavailableError, UsageError } from '../errors.ts'
import { type DirectoryLock, tryLock } from './directory-lock.ts'
import { embeddedMigrations } from './embedded-schema.ts'

const socketName = '.s.PGSQL.5432'
/** What `sun_path` holds on Linux, without its final NUL. */
const longestSocketPath = 107
const pollMs = 100
const retryMs = 1_000
const stopMs = 5_000

export interface EmbeddedServer {
  /** The directory of the socket, as `host` for a PostgreSQL client. */
  readonly host: string
  /** Stops serving (if it does) and gives the lock up. Clients in other processes then take over. */
  close(): Promise<void>
}

/**
 * Makes `dir` if it is absent, and sees to it that its database is served: by this process or by another one.
 * @param waitMs how long to wait for another process to get ready.
 * @throws UsageError where the directory cannot be used; DatabaseUnavailableError where its holder does not get ready.
 */
export async function openEmbedded(dir: string, waitMs: number): Promise<EmbeddedServer> {
  const root = resolve(dir)
  try {
    await mkdir(root, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new UsageError(`Cannot use ${root} for the embedded database: ${(cause as Error).message}`, {
      cause,
    })
  }

  let host = root
  let handle: number | null = null
  if (Buffer.byteLength(join(root, socketName)) > longestSocketPath) {
    // A short name for a long directory that needs no cleaning up.
    handle = openSync(root, 'r')
    host = `/proc/self/fd/${handle}`
  }
  const socketPath = join(host, socketName)

  const closing = new AbortController()
  /** Ends when a lost attachment has been made good, or given up because of `close`. */
  let recovery: Promise<void> = Promise.resolve()
  let held: { worker: Worker; lock: DirectoryLock } | null = null
  let watch: Socket | null = null

  /** Becomes the server, or a client of one; again whenever that ends before `close`. */
  async function attach(deadlineMs: number): Promise<void> {
    for (;;) {
      const lock = await tryLock(join(root, 'lock'))
      if (lock) {
        const worker = await startWorker(root, socketPath, lock)
        held = { worker, lock }
        const ended = Promise.race([lock.lost, new Promise((done) => worker.once('exit', done))])
        void ended.then(recover)
        return
      }
      watch = await tryConnect(socketPath)
      if (watch) {
        watch.once('close', recover)
        return
      }
      if (closing.signal.aborted || performance.now() > deadlineMs)
        throw new DatabaseUnavailableError(new Error(`the process that holds ${root} does not answer`))
      await sleep(pollMs)
    }
  }

  function recover(): void {
    if (!closing.signal.aborted) recovery = reattach()
  }

  async function reattach(): Promise<void> {
    // Without ceremony: where the lock was lost, another process may open the directory at any moment.
    await held?.worker.terminate()
    await held?.lock.release()
    held = null
    watch = null
    while (!closing.signal.aborted) {
      // Queries fail as unavailable meanwhile, so there is nobody else to tell.
      const attached = await attach(performance.now() + waitMs).then(
        () => true,
        () => false,
      )
      if (attached) return
      await sleep(retryMs, null, { signal: closing.signal }).catch(() => {})
    }
  }

  try {
    await attach(performance.now() + waitMs)
  } catch (error) {
    if (handle !== null) closeSync(handle)
    throw error
  }
  return {
    host,
    async close() {
      if (closing.signal.aborted) return
      closing.abort()
      await recovery
      watch?.destroy()
      if (held) await stop(held)
      if (handle !== null) closeSync(handle)
    },
  }
}

/** Resolves when the socket can be connected to. */
async function startWorker(root: string, socketPath: string, lock: DirectoryLock): Promise<Worker> {
  const worker = new Worker(new URL('./embedded-worker.mjs', import.meta.url), {
    workerData: { dataDir: join(root, 'postgres'), socketPath, migrations: embeddedMigrations },
    // The parent's flags may name loaders that the worker does not need.
    execArgv: [],
  })
  try {
    await new Promise((ready, failed) => {
      worker.once('message', ready)
      worker.once('error', failed)
      worker.once('exit', () => failed(new Error('it ended while it was being opened')))
    })
  } catch (cause) {
    await stop({ worker, lock })
    throw new UsageError(`Cannot open the embedded database in ${root}: ${(cause as Error).message}`, {
      cause,
    })
  }
  // Its end is what counts, and 'exit' follows; without a listener the process would die of it.
  worker.on('error', () => {})
  return worker
}

async function stop({ worker, lock }: { worker: Worker; lock: DirectoryLock }): Promise<void> {
  if (worker.threadId !== -1) {
    const exited = new Promise((done) => worker.once('exit', done))
    worker.postMessage('close')
    await Promise.race([exited, sleep(stopMs, null, { ref: false })])
    await worker.terminate()
  }
  // Last: nobody else may open the directory, or make the socket, before this thread is done with them.
  await lock.release()
}

function tryConnect(path: string): Promise<Socket | null> {
  return new Promise((done) => {
    const socket = connect(path)
    socket.once('error', () => done(null))
    socket.once('connect', () => {
      socket.on('error', () => {})
      done(socket)
    })
    socket.resume()
  })
}
