/**
 * The embedded database: PGlite in a worker thread, shared by all processes that use one directory. The
 * process that holds the directory's lock serves the database over a Unix socket. The others connect to that
 * socket, and one of them takes over when the holder ends. PGlite itself does not lock its directory. It speaks
 * PostgreSQL's protocol here, so that all other code uses the driver of PostgreSQL.
 */
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { DatabaseUnavailableError, UsageError } from '../errors.ts'
import { startThread } from '../start-program.ts'
import { systemReason } from '../system-errors.ts'
import { type DirectoryLock, tryLock } from './directory-lock.ts'
import { EMBEDDED_MIGRATIONS } from './embedded-schema.ts'

const SOCKET_NAME = '.s.PGSQL.5432'
/** The size of `sun_path` on Linux without its final NUL, in bytes. */
const MAX_SOCKET_PATH = 107
/** Between two attempts to get the lock or to connect to its holder. */
const POLL_MS = 100
/** After the holder was not ready within the waiting time. */
const RETRY_MS = 1_000
/** How long the worker thread may take to close the database before it is terminated. */
const STOP_MS = 5_000

export interface EmbeddedServer {
  /** The directory of the socket: the `host` for a PostgreSQL client. */
  readonly host: string
  /** Why the database is not served at this moment, as far as it is known. */
  readonly failure: Error | null
  /**
   * Stops serving, if this process does, and releases the lock. A client in another process then takes over.
   */
  close(): Promise<void>
}

/**
 * Creates `dir` if it does not exist, and makes sure that this process or another one serves its database.
 * @param waitMs how long to wait until another process that holds the lock serves
 * @throws UsageError if the directory cannot be used; DatabaseUnavailableError if the holder of its lock does
 * not serve
 */
export async function openEmbedded(dir: string, waitMs: number): Promise<EmbeddedServer> {
  const root = resolve(dir)
  try {
    await mkdir(root, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const reason = systemReason(cause) ?? (cause as Error).message
    throw new UsageError(`Cannot use ${root} for the embedded database: ${reason}`, { cause })
  }
  const membership = new Membership(root, waitMs)
  try {
    await membership.join()
  } catch (error) {
    membership.closeDirectory()
    throw error
  }
  return membership
}

/** This process's part in a shared database: its server, or a client of the process that serves it. */
class Membership implements EmbeddedServer {
  readonly host: string
  failure: Error | null = null
  readonly #root: string
  readonly #waitMs: number
  readonly #socketPath: string
  /** Keeps `/proc/self/fd/N`, the short name of a directory with a long path, valid. */
  readonly #directory: number | null
  readonly #closing = new AbortController()
  /** Resolves when this process has joined again after a loss, or has given up because it is closing. */
  #recovery: Promise<void> = Promise.resolve()
  #served: { readonly worker: Worker; readonly lock: DirectoryLock } | null = null
  /** Breaks when the serving process ends. */
  #connection: Socket | null = null

  constructor(root: string, waitMs: number) {
    this.#root = root
    this.#waitMs = waitMs
    const isTooLong = Buffer.byteLength(join(root, SOCKET_NAME)) > MAX_SOCKET_PATH
    this.#directory = isTooLong ? openSync(root, 'r') : null
    this.host = this.#directory === null ? root : `/proc/self/fd/${this.#directory}`
    this.#socketPath = join(this.host, SOCKET_NAME)
  }

  /**
   * Becomes the server or a client of it, and again whenever that ends before `close`.
   * @throws UsageError if the database cannot be opened; DatabaseUnavailableError if the holder does not
   * serve in time
   */
  async join(): Promise<void> {
    const deadlineMs = performance.now() + this.#waitMs
    for (;;) {
      const lock = await tryLock(join(this.#root, 'lock'))
      if (lock) return this.#serve(lock)
      this.#connection = await tryConnect(this.#socketPath)
      if (this.#connection) {
        this.#connection.once('close', () => this.#recover())
        return
      }
      if (this.#closing.signal.aborted || performance.now() > deadlineMs)
        throw new DatabaseUnavailableError(new Error(`the process that holds ${this.#root} does not answer`))
      await sleep(POLL_MS)
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await this.#recovery
    this.#connection?.destroy()
    if (this.#served) await stop(this.#served)
    this.closeDirectory()
  }

  closeDirectory(): void {
    if (this.#directory !== null) closeSync(this.#directory)
  }

  async #serve(lock: DirectoryLock): Promise<void> {
    const worker = await startWorker(this.#root, this.#socketPath, lock)
    // The 'exit' event that follows is handled. Without this listener, the error would end the process.
    worker.on('error', (error: Error) => {
      this.failure = error
    })
    this.#served = { worker, lock }
    const ended = Promise.race([lock.lost, new Promise((done) => worker.once('exit', done))])
    void ended.then(() => this.#recover())
  }

  #recover(): void {
    if (!this.#closing.signal.aborted) this.#recovery = this.#rejoin()
  }

  async #rejoin(): Promise<void> {
    // Without an orderly stop: once the lock is lost, another process may open the directory at any moment.
    await this.#served?.worker.terminate()
    await this.#served?.lock.release()
    this.#served = null
    this.#connection = null
    while (!this.#closing.signal.aborted) {
      try {
        await this.join()
        this.failure = null
        return
      } catch (error) {
        // Queries fail with it until this process has joined.
        this.failure = error as Error
      }
      // Rejects only because the process is closing, which ends the loop.
      await sleep(RETRY_MS, null, { signal: this.#closing.signal }).catch(() => {})
    }
  }
}

/** Resolves when clients can connect to the socket. Releases the lock if it throws. @throws UsageError */
async function startWorker(root: string, socketPath: string, lock: DirectoryLock): Promise<Worker> {
  const worker = startThread(new URL('./embedded-worker.mjs', import.meta.url), {
    workerData: { dataDir: join(root, 'postgres'), socketPath, migrations: EMBEDDED_MIGRATIONS },
  })
  try {
    await new Promise((ready, failed) => {
      worker.once('message', ready)
      worker.once('error', failed)
      worker.once('exit', () => failed(new Error('the database thread ended before it was ready')))
    })
  } catch (cause) {
    await stop({ worker, lock })
    const reason = systemReason(cause) ?? (cause as Error).message
    throw new UsageError(`Cannot open the embedded database in ${root}: ${reason}`, { cause })
  }
  return worker
}

async function stop({ worker, lock }: { worker: Worker; lock: DirectoryLock }): Promise<void> {
  if (worker.threadId !== -1) {
    const exited = new Promise((done) => worker.once('exit', done))
    worker.postMessage('close')
    await Promise.race([exited, sleep(STOP_MS, null, { ref: false })])
    await worker.terminate()
  }
  // Last, because another process may open the directory and replace the socket as soon as the lock is free.
  await lock.release()
}

/** @returns null if no server accepts connections on the socket */
function tryConnect(path: string): Promise<Socket | null> {
  return new Promise((done) => {
    const socket = connect(path)
    socket.once('error', () => done(null))
    socket.once('connect', () => {
      // 'close' follows and is handled.
      socket.on('error', () => {})
      done(socket)
    })
    socket.resume()
  })
}
