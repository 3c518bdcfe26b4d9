/** The yardstick: `node:http` and nothing else, in a process of its own. A body is held in memory, a file streamed; it answers every path alike. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { fileURLToPath } from 'node:url'

type What =
  | { readonly body: string; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly file: string }

export interface BareServer {
  readonly url: string
  stop(): void
}

export async function startBareServer(what: What): Promise<BareServer> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(what)])
  const [port] = (await once(child, 'message')) as [number]
  return { url: `http://127.0.0.1:${port}/`, stop: () => void child.kill() }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const what = JSON.parse(process.argv[2] as string) as What
  const body = 'body' in what ? Buffer.from(what.body, 'base64') : null
  const server = createServer((_request, response) => {
    if ('file' in what) {
      response.writeHead(200, { 'content-type': 'application/json' })
      pipeline(createReadStream(what.file), response, () => {})
    } else {
      const hasBody = what.status !== 304
      response.writeHead(what.status, { ...what.headers, ...(hasBody && { 'content-length': body?.length }) })
      response.end(hasBody ? body : undefined)
    }
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.on('disconnect', () => process.exit())
}
