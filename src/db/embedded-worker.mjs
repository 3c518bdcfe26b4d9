/**
 * The worker thread that opens the embedded database and serves it over a Unix socket.
 *
 * Plain JavaScript, because Node.js 20 loads no TypeScript in a worker; the build copies the file next to the
 * bundle.
 *
 * PGlite is a single PostgreSQL session, which many connections share. A connection gets the session
 * exclusively from the first message of a request until the session is idle again. That is after `Sync`,
 * since PostgreSQL skips all messages up to it after an error, even those of another connection; and outside
 * a transaction. With `@electric-sql/pglite-socket` clients got wrong answers when several disconnected at once.
 */
import { chmod, cp, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

/** @typedef {{ dataDir: string, socketPath: string, migrations: readonly string[] }} WorkerData */

// https://www.postgresql.org/docs/current/protocol-message-formats.html
const SSL_REQUEST = 80877103
const CANCEL_REQUEST = 80877102
const [QUERY, SYNC, TERMINATE] = [0x51, 0x53, 0x58]
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024
/** A client that stays idle in a transaction for longer is disconnected, because it blocks all others. */
const IDLE_IN_TRANSACTION_MS = 30_000
/** Made by the build (`scripts/setup/empty-database.mjs`); not there beside the sources. */
const EMPTY_DATABASE = fileURLToPath(new URL('./empty-database', import.meta.url))
/** Less than the database needs to start. */
const PROBE_BYTES = 1 << 20

const { dataDir, socketPath, migrations } = /** @type {WorkerData} */ (workerData)
/** Resolves when the session is free for the next connection. */
let turn = Promise.resolve()
/** @type {Set<import('node:net').Socket>} */
const sockets = new Set()

/** Waits for the session. @returns releases it for the next connection */
async function takeTurn() {
  const previous = turn
  /** @type {() => void} */
  let release = () => {}
  turn = new Promise((resolve) => {
    release = resolve
  })
  await previous
  return release
}

/**
 * Splits a connection's bytes into messages of the protocol. Messages before the session starts have no type
 * byte.
 * @param {import('node:net').Socket} socket
 */
async function* messages(socket) {
  let buffer = Buffer.alloc(0)
  let started = false
  for await (const chunk of socket) {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const head = started ? 1 : 0
      if (buffer.length < head + 4) break
      const length = head + buffer.readUInt32BE(head)
      if (length < head + 4 || length > MAX_MESSAGE_BYTES) throw new Error('malformed message')
      if (buffer.length < length) break
      const bytes = buffer.subarray(0, length)
      buffer = buffer.subarray(length)
      const code = started || length < 8 ? null : bytes.readUInt32BE(4)
      yield { type: started ? bytes[0] : null, code, bytes }
      started ||= code !== SSL_REQUEST && code !== CANCEL_REQUEST
    }
  }
}

/**
 * Ends the thread if the promise rejects. An SQL error is an ordinary message of the protocol, so a rejection
 * means that the database is broken. The process that started this thread then starts another.
 * @template T
 * @param {Promise<T>} answer
 */
async function orEndThread(answer) {
  try {
    return await answer
  } catch (error) {
    setImmediate(() => {
      throw toError(error)
    })
    throw error
  }
}

/**
 * Serves one connection until it ends. Rejects if the connection breaks.
 * @param {PGlite} db
 * @param {import('node:net').Socket} socket
 */
async function serve(db, socket) {
  /** @type {(() => void) | null} */
  let release = null
  let midRequest = false
  try {
    for await (const { type, code, bytes } of messages(socket)) {
      if (code === SSL_REQUEST) {
        socket.write('N')
        continue
      }
      if (code === CANCEL_REQUEST || type === TERMINATE) break
      release ??= await takeTurn()
      socket.setTimeout(IDLE_IN_TRANSACTION_MS)
      await orEndThread(
        db.execProtocolRawStream(bytes, { onRawData: (data) => socket.write(Buffer.from(data)) }),
      )
      midRequest = type !== null && type !== QUERY && type !== SYNC
      if (midRequest || db.isInTransaction()) continue
      socket.setTimeout(0)
      release()
      release = null
      // Unread responses stay in memory, so do not produce more until the client has read them.
      if (socket.writableNeedDrain)
        await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
    }
  } finally {
    socket.destroy()
    if (release) {
      if (midRequest) await orEndThread(db.execProtocolRaw(Uint8Array.of(SYNC, 0, 0, 0, 4)))
      if (db.isInTransaction()) await orEndThread(db.exec('ROLLBACK'))
      release()
    }
  }
}

/** @param {PGlite} db */
async function migrate(db) {
  await db.exec('CREATE TABLE IF NOT EXISTS differ_meta (schema_version integer NOT NULL)')
  const { rows } = await db.query('SELECT schema_version FROM differ_meta')
  const version = /** @type {{ schema_version: number } | undefined} */ (rows[0])?.schema_version ?? 0
  if (version > migrations.length)
    throw new Error('a newer version of Differ created it; install that version')
  await db.transaction(async (tx) => {
    for (const migration of migrations.slice(version)) await tx.exec(migration)
    await tx.exec('DELETE FROM differ_meta')
    await tx.query('INSERT INTO differ_meta VALUES ($1)', [migrations.length])
  })
}

/**
 * Opens the database, and creates it if it does not exist: as a copy of an empty one where that is there, because
 * PGlite needs seconds of processor time to make one. A marker file exists during the creation. If a
 * crash leaves it behind, the database cannot be opened and holds no data yet, so the next start creates it
 * again.
 */
async function open() {
  const marker = `${dataDir}.unfinished`
  if (await exists(marker)) await rm(dataDir, { recursive: true, force: true })
  if (!(await exists(dataDir))) {
    await writeFile(marker, '')
    await mkdir(dataDir, { mode: 0o700 })
    if (await exists(EMPTY_DATABASE)) await cp(EMPTY_DATABASE, dataDir, { recursive: true })
  }
  const db = await PGlite.create(dataDir)
  await migrate(db)
  await rm(marker, { force: true })
  return db
}

/**
 * The numbers that PGlite's WebAssembly, which counts as WASI does, has for what happens to disks.
 * @type {Readonly<Record<number, string>>}
 */
const DISK_ERRORS = {
  2: 'EACCES',
  19: 'EDQUOT',
  29: 'EIO',
  33: 'EMFILE',
  41: 'ENFILE',
  51: 'ENOSPC',
  63: 'EPERM',
  69: 'EROFS',
}

/**
 * An error for whatever PGlite throws: a failed system call is an object with no more than its number.
 * @param {unknown} thrown
 */
function toError(thrown) {
  if (thrown instanceof Error) return thrown
  const { errno: number } = /** @type {{ errno?: number }} */ (thrown ?? {})
  const code = DISK_ERRORS[number ?? -1]
  const errno = code && constants.errno[/** @type {keyof typeof constants.errno} */ (code)]
  return Object.assign(new Error(`PGlite failed${number === undefined ? '' : ` (error ${number})`}`), {
    ...(errno && { code, errno: -errno, path: dataDir }),
  })
}

/** @param {string} path */
function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/**
 * Why nothing can be written beside the database, which PGlite often does not say; null if that works.
 * @returns {Promise<unknown>}
 */
async function diskProblem() {
  const probe = `${dataDir}.probe`
  try {
    await writeFile(probe, Buffer.alloc(PROBE_BYTES))
    return null
  } catch (error) {
    return error
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

const db = await open().catch(async (thrown) => {
  throw (await diskProblem()) ?? toError(thrown)
})

const server = createServer((socket) => {
  sockets.add(socket)
  socket.on('timeout', () => socket.destroy())
  serve(db, socket)
    .catch(() => {
      // Only the client is affected by a broken connection, and it gets an error itself.
    })
    .finally(() => sockets.delete(socket))
})
await rm(socketPath, { force: true })
await new Promise((resolve, reject) => server.once('error', reject).listen(socketPath, () => resolve(null)))
await chmod(socketPath, 0o600)
parentPort?.postMessage('ready')

parentPort?.once('message', async () => {
  server.close()
  for (const socket of sockets) socket.destroy()
  await db.close()
  parentPort?.close()
})
