/**
 * Creates databases for test files on one PostgreSQL server. A server takes over a second to start, a
 * database a tenth of that. The server starts with the first request, because many test files need no
 * database.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'

/** URLs of one database over TCP and over a Unix socket. */
export interface DatabaseUrls {
  readonly url: string
  readonly socketUrl: string
}

export interface DatabaseServer {
  readonly socketPath: string
  close(): Promise<void>
}

export async function serveDatabases(): Promise<DatabaseServer> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-databases-'))
  const socketPath = join(dir, 'socket')
  let postgres: Promise<TestPostgres> | null = null
  let count = 0
  /**
   * PostgreSQL copies a template only while no other connection uses it, so one database is created at a
   * time.
   */
  let creating: Promise<unknown> = Promise.resolve()

  async function create(): Promise<DatabaseUrls> {
    postgres ??= startPostgres()
    const { url, socketUrl, admin } = await postgres
    const name = `test_${++count}`
    await admin(`CREATE DATABASE ${name} TEMPLATE janitor`)
    return { url: withDatabase(url, name), socketUrl: withDatabase(socketUrl, name) }
  }

  async function drop(name: string): Promise<void> {
    const { admin } = await (postgres ?? Promise.reject(new Error('no database has been created')))
    await admin(`DROP DATABASE ${name} WITH (FORCE)`)
  }

  const server = createServer(async ({ method, url = '' }, response) => {
    try {
      if (method === 'DELETE') {
        await drop(url.slice(1))
        return response.end('{}')
      }
      const created = creating.then(create)
      // The next one does not depend on the success of this one.
      creating = created.catch(() => {})
      return response.end(JSON.stringify(await created))
    } catch (error) {
      return response.writeHead(500).end(String(error))
    }
  })
  server.listen(socketPath)
  await once(server, 'listening')
  return {
    socketPath,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await postgres?.then(
        (started) => started.stop(),
        () => {},
      )
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Asks the server of `socketPath` for a new database with the farm's schema and without rows. */
export async function requestDatabase(socketPath: string): Promise<DatabaseUrls> {
  return JSON.parse(await send(socketPath, 'POST', '/'))
}

export async function dropDatabase(socketPath: string, { url }: DatabaseUrls): Promise<void> {
  await send(socketPath, 'DELETE', new URL(url).pathname)
}

async function send(socketPath: string, method: string, path: string): Promise<string> {
  const sent = request({ socketPath, method, path, agent: false }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const body = await text(response)
  if (response.statusCode !== 200) throw new Error(body)
  return body
}

/** Works for `postgresql://USER@/NAME?host=…`, too, which the platform's URL parser rejects. */
function withDatabase(url: string, name: string): string {
  return url.replace(/\/janitor(?=$|\?)/, `/${name}`)
}
