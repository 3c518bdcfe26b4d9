/**
 * The worker thread that holds the embedded database and serves it over a Unix socket.
 *
 * Plain JavaScript, because a worker of Node 20 loads no TypeScript; the build copies the file next to the bundle.
 * PGlite is one PostgreSQL session, yet many connections use it. So a connection has the session to itself from the
 * first message of a request until the session is idle again: past `Sync` (after an error PostgreSQL skips everything up
 * to it, whoever sent it) and outside a transaction.
 */
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

/** @typedef {{ dataDir: string, socketPath: string, migrations: readonly string[] }} WorkerData */

const sslRequest = 80877103
const cancelRequest = 80877102
const [query, sync, terminate] = [0x51, 0x53, 0x58]
const largestMessage = 64 * 1024 * 1024
/** A client that stops within a transaction would hold up all others for ever. */
const idleInTransactionMs = 30_000

const { dataDir, socketPath, migrations } = /** @type {WorkerData} */ (workerData)
/** Resolves when the session is free for the next connection. */
let turn = Promise.resolve()
/** @type {Set<import('node:net').Socket>} */
const sockets = new Set()

/** Waits for the session; returns the function that hands it on. */
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
 * Cuts a connection's bytes into the protocol's messages. The ones before the session starts have no type byte.
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
      if (length < head + 4 || length > largestMessage) throw new Error('malformed message')
      if (buffer.length < length) break
      const bytes = buffer.subarray(0, length)
      buffer = buffer.subarray(length)
      const code = started || length < 8 ? null : bytes.readUInt32BE(4)
      yield { type: started ? bytes[0] : null, code, bytes }
      started ||= code !== sslRequest && code !== cancelRequest
    }
  }
}

/**
 * What SQL can fail with comes back as a message of the protocol; a promise that rejects means a broken database, and ends the
 * thread: whoever started it starts another.
 * @template T
 * @param {Promise<T>} answer
 */
async function orFail(answer) {
  try {
    return await answer
  } catch (error) {
    setImmediate(() => {
      throw error
    })
    throw error
  }
}

/**
 * Serves one connection until it ends; rejects where the connection broke.
 * @param {PGlite} db
 * @param {import('node:net').Socket} socket
 */
async function serve(db, socket) {
  /** @type {(() => void) | null} */
  let release = null
  let midRequest = false
  try {
    for await (const { type, code, bytes } of messages(socket)) {
      if (code === sslRequest) {
        socket.write('N')
        continue
      }
      if (code === cancelRequest || type === terminate) break
      release ??= await takeTurn()
      socket.setTimeout(idleInTransactionMs)
      await orFail(db.execProtocolRawStream(bytes, { onRawData: (data) => socket.write(Buffer.from(data)) }))
      midRequest = type !== null && type !== query && type !== sync
      if (midRequest || db.isInTransaction()) continue
      socket.setTimeout(0)
      release()
      release = null
      // Answers are kept in memory until the client takes them: do not make more before it has.
      if (socket.writableNeedDrain)
        await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
    }
  } finally {
    socket.destroy()
    if (release) {
      if (midRequest) await orFail(db.execProtocolRaw(Uint8Array.of(sync, 0, 0, 0, 4)))
      if (db.isInTransaction()) await orFail(db.exec('ROLLBACK'))
      release()
    }
  }
}

/** @param {PGlite} db */
async function migrate(db) {
  await db.exec('CREATE TABLE IF NOT EXISTS differ_meta (schema_version integer NOT NULL)')
  const { rows } = await db.query('SELECT schema_version FROM differ_meta')
  const version = /** @type {{ schema_version: number } | undefined} */ (rows[0])?.schema_version ?? 0
  if (version > migrations.length) throw new Error('it was made by a newer version of Differ')
  await db.transaction(async (tx) => {
    for (const migration of migrations.slice(version)) await tx.exec(migration)
    await tx.exec('DELETE FROM differ_meta')
    await tx.query('INSERT INTO differ_meta VALUES ($1)', [migrations.length])
  })
}

/**
 * Opens the directory, or makes it. A mark lies beside one that is being made: what a crash left of it cannot be opened and holds nothing
 * yet, so the next start makes it anew.
 */
async function open() {
  const mark = `${dataDir}.unfinished`
  if (await exists(mark)) await rm(dataDir, { recursive: true, force: true })
  if (!(await exists(dataDir))) {
    await writeFile(mark, '')
    await mkdir(dataDir, { mode: 0o700 })
  }
  const db = await PGlite.create(dataDir)
  await migrate(db)
  await rm(mark, { force: true })
  return db
}

/** @param {string} path */
function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  )
}

const db = await open()

const server = createServer((socket) => {
  sockets.add(socket)
  socket.on('timeout', () => socket.destroy())
  serve(db, socket)
    .catch(() => {
      // A connection that breaks concerns its client alone, and that notices.
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
