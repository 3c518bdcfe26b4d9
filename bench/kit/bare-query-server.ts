/** The yardstick of a query: `node:http`, one prepared statement of `pg`, `JSON.stringify`, in a process of its own. It reads the id from the query string. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { BareServer } from './bare-server.ts'

export async function startBareQueryServer(databaseUrl: string): Promise<BareServer> {
  const child = fork(fileURLToPath(import.meta.url), [databaseUrl])
  const [port] = (await once(child, 'message')) as [number]
  return { url: `http://127.0.0.1:${port}/`, stop: () => void child.kill() }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // As many connections as the service has.
  const pool = new pg.Pool({ connectionString: process.argv[2] as string, max: 8 })
  const server = createServer(async ({ url = '/' }, response) => {
    const id = new URL(url, 'http://x').searchParams.get('id')
    const { rows } = await pool.query({
      name: 'run',
      text: `SELECT run.id, run.codebase, run.suite, run.result_code, run.start_time, run.finish_time, run.revision, run.main_branch_revision,
        build.source, build.version FROM run LEFT JOIN LATERAL (SELECT source, version FROM debian_build WHERE run_id = run.id ORDER BY source, version LIMIT 1) AS build ON true
        WHERE run.id = ANY($1)`,
      values: [[id]],
    })
    const body = JSON.stringify({ data: { run: rows[0] } })
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.on('disconnect', () => process.exit())
}
