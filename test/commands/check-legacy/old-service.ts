/** An imitator of the old service with the faults that an operator will meet: canned answers, over real HTTP. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Canned {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: string | Buffer
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly accept: string | undefined
  readonly filtered: boolean
  readonly authorization: string | undefined
}

/** A service that answers by `answer`; null: the connection is cut. */
export async function startCanned(answer: (asked: Asked) => Canned | null | Promise<Canned | null>) {
  const asked: Asked[] = []
  let most = 0
  let now = 0
  const server = createServer(async (request, response) => {
    const url = request.url ?? ''
    const one: Asked = {
      method: request.method ?? '',
      path: url,
      accept: request.headers.accept,
      filtered: /[?&]filter_boring/.test(url),
      authorization: request.headers.authorization,
    }
    asked.push(one)
    most = Math.max(most, ++now)
    response.once('close', () => now--)
    const canned = await answer(one)
    if (!canned) return request.socket.destroy()
    const body = Buffer.from(canned.body as string)
    response.writeHead(canned.status, { ...canned.headers, 'content-length': body.length })
    return response.end(request.method === 'HEAD' ? undefined : body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    mostAtATime: () => most,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
