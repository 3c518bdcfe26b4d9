import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { CheckRequest } from './requests.ts'

/** The part of a body that is compared. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Only the first 32 MiB. */
  readonly body: Buffer
  /** Whether `body` is the complete body. */
  readonly isComplete: boolean
}

/** The service could not be reached, took too long, or closed the connection early. */
export interface NoReply {
  readonly failure: string
}

export interface CheckClient {
  send(request: CheckRequest): Promise<Reply | NoReply>
  close(): void
}

/**
 * A client of one service. Unlike `fetch`, it neither normalises paths nor follows redirects nor
 * decompresses.
 * @param base may have a path, a user and a password
 */
export function openClient(base: URL, timeoutMs: number): CheckClient {
  const secure = base.protocol === 'https:'
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const startRequest = secure ? httpsRequest : httpRequest
  const prefix = base.pathname.replace(/\/+$/, '')
  const auth = base.username && `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`

  return {
    close: () => agent.destroy(),
    send: ({ method, path, accept }) =>
      new Promise((resolve) => {
        const signal = AbortSignal.timeout(timeoutMs)
        const fail = (error: Error) =>
          resolve({
            failure: signal.aborted ? `no response within ${timeoutMs / 1000} s` : reasonOf(error),
          })
        const sent = startRequest({
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
        sent.on('response', async (response) => {
          const chunks: Buffer[] = []
          let bytes = 0
          let isComplete = true
          try {
            for await (const chunk of response as AsyncIterable<Buffer>) {
              if (bytes + chunk.length > MAX_BODY_BYTES) isComplete = false
              else chunks.push(chunk)
              bytes += chunk.length
            }
            const { statusCode: status = 0, headers } = response
            resolve({ status, headers, body: Buffer.concat(chunks), isComplete })
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
