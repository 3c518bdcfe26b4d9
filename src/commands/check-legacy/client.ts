import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { CheckRequest } from './requests.ts'

/** What of a body is kept to be compared. */
const KEPT_BYTES = 32 * 1024 * 1024

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Its beginning where it is longer than 32 MiB; `whole` tells. */
  readonly body: Buffer
  readonly whole: boolean
}

/** No reply: the service is away, too slow, or broke off. */
export interface NoReply {
  readonly failed: string
}

export interface Asker {
  ask(request: CheckRequest): Promise<Reply | NoReply>
  close(): void
}

/**
 * Asks one service, paths as they are: nothing is normalised, followed or decompressed.
 * @param base with a path prefix, user and password where it has them
 */
export function openAsker(base: URL, timeoutMs: number): Asker {
  const secure = base.protocol === 'https:'
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const send = secure ? httpsRequest : httpRequest
  const prefix = base.pathname.replace(/\/+$/, '')
  const auth = base.username && `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`

  return {
    close: () => agent.destroy(),
    ask: ({ method, path, accept }) =>
      new Promise((resolve) => {
        const signal = AbortSignal.timeout(timeoutMs)
        const fail = (error: Error) =>
          resolve({
            failed: signal.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(error),
          })
        const sent = send({
          agent,
          signal,
          method,
          protocol: base.protocol,
          hostname: base.hostname.replace(/^\[|\]$/g, ''),
          port: base.port || undefined,
          path: prefix + path,
          headers: { 'user-agent': 'differ check-legacy', ...(accept !== null && { accept }) },
          ...(auth && { auth }),
        })
        sent.on('error', fail)
        sent.on('response', async (answer) => {
          const chunks: Buffer[] = []
          let bytes = 0
          let whole = true
          try {
            for await (const chunk of answer as AsyncIterable<Buffer>) {
              if (bytes + chunk.length > KEPT_BYTES) whole = false
              else chunks.push(chunk)
              bytes += chunk.length
            }
            const { statusCode: status = 0, headers } = answer
            resolve({ status, headers, body: Buffer.concat(chunks), whole })
          } catch (error) {
            fail(error as Error)
          }
        })
        sent.end()
      }),
  }
}

function reasonOf(error: Error & { code?: string; errors?: Error[] }): string {
  return error.message || error.errors?.[0]?.message || error.code || error.name
}
