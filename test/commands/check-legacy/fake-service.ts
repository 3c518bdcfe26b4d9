/** An HTTP server with given replies, to imitate the old service and its faults. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeReply {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: string | Buffer
}

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly accept: string | undefined
  readonly filtered: boolean
  readonly authorization: string | undefined
}

/** @param reply returns null to close the connection without a response */
export async function startFakeService(
  reply: (request: ReceivedRequest) => FakeReply | null | Promise<FakeReply | null>,
) {
  const received: ReceivedRequest[] = []
  let maxConcurrent = 0
  let concurrent = 0
  const server = createServer(async (request, response) => {
    const url = request.url ?? ''
    const one: ReceivedRequest = {
      method: request.method ?? '',
      path: url,
      accept: request.headers.accept,
      filtered: /[?&]filter_boring/.test(url),
      authorization: request.headers.authorization,
    }
    received.push(one)
    maxConcurrent = Math.max(maxConcurrent, ++concurrent)
    response.once('close', () => concurrent--)
    const given = await reply(one)
    if (!given) return request.socket.destroy()
    const body = Buffer.from(given.body as string)
    response.writeHead(given.status, { ...given.headers, 'content-length': body.length })
    return response.end(request.method === 'HEAD' ? undefined : body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    maxConcurrent: () => maxConcurrent,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
