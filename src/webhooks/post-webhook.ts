/** Sends one message to a receiver that may be hostile: to one checked address, within a time limit, and without following redirects. */
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { BlockList } from 'node:net'
import { timeLimit } from '../time-limit.ts'
import { VERSION } from '../version.ts'
import { type ReceiverAddress, type Resolve, receiverAddress } from './receiver-address.ts'
import { signedHeaders } from './sign.ts'
import { WebhookError } from './webhook-error.ts'

export interface WebhookTarget {
  /** It may contain secrets, so neither the log nor an error names more of it than the host. */
  readonly url: string
  readonly secret: string
  /** Private addresses that are allowed. */
  readonly allowed: BlockList
  readonly timeoutMs?: number
  readonly resolve?: Resolve
}

/** From the lookup of the address to the status of the response. */
export const WEBHOOK_TIMEOUT_MS = 10_000
/** Of a response. Only its status matters, but a receiver may not expect that the connection is cut. */
const MAX_RESPONSE_BYTES = 16 * 1024
const MAX_HEADER_BYTES = 8 * 1024
/** Statuses after which the same request may succeed later. */
const RETRYABLE_STATUSES = new Set([408, 409, 421, 425, 429])

/**
 * Posts a message; resolves when the receiver has answered with a status of 200 to 299.
 * @param id see `SignedMessage.id`
 * @param signal ends the request
 * @throws WebhookError; the reason of `signal`
 */
export async function postWebhook(
  target: WebhookTarget,
  { id, body }: { readonly id: string; readonly body: string },
  signal: AbortSignal,
): Promise<void> {
  const { timeoutMs = WEBHOOK_TIMEOUT_MS, allowed, resolve } = target
  const url = new URL(target.url)
  const limit = timeLimit(timeoutMs, signal)
  const seconds = Math.floor(Date.now() / 1000)
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': `Differ/${VERSION}`,
    connection: 'close',
    ...signedHeaders(target.secret, { id, seconds, body }),
  }
  try {
    const address = await receiverAddress(url, allowed, resolve)
    limit.throwIfAborted()
    const response = await answerOf(openRequest(url, address, headers, limit), body)
    await discard(response, limit)
    throwUnlessAccepted(url, response)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof WebhookError) throw error
    const reason = limit.aborted
      ? `did not answer within ${timeoutMs / 1000} s`
      : `cannot be reached, or broke the connection (${(error as NodeJS.ErrnoException).code})`
    // The error itself may have what the receiver sent.
    throw new WebhookError(`The webhook's receiver ${url.host} ${reason}`, { retryable: true })
  }
}

function openRequest(
  url: URL,
  { address, family }: ReceiverAddress,
  headers: Record<string, string>,
  signal: AbortSignal,
): ClientRequest {
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  return send(url, {
    method: 'POST',
    headers,
    signal,
    // A connection of its own, which no proxy of the environment and no earlier request has opened.
    agent: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The name stays in `Host` and in the certificate's check.
    lookup: (_host, options, done) => {
      if (options.all) done(null, [{ address, family }])
      else done(null, address, family)
    },
  })
}

function answerOf(request: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    // It stays, because a connection may break after the response, too.
    request.on('error', reject)
    // Without a body to come, a switch of protocols is an error like others.
    request.once('upgrade', (_, socket) => {
      socket.destroy()
      reject(new Error('it wants another protocol'))
    })
    request.end(body)
  })
}

/** Reads a little of the response and cuts the rest off. */
async function discard(response: IncomingMessage, signal: AbortSignal): Promise<void> {
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length
      if (bytes > MAX_RESPONSE_BYTES || signal.aborted) break
    }
  } catch {
    // The status has arrived, and nothing else matters.
  }
  response.destroy()
}

function throwUnlessAccepted({ host }: URL, { statusCode = 0 }: IncomingMessage): void {
  if (statusCode >= 200 && statusCode < 300) return
  const isRedirect = statusCode >= 300 && statusCode < 400
  throw new WebhookError(
    isRedirect
      ? `The webhook's receiver ${host} redirects (${statusCode}), which Differ does not follow; configure the final URL`
      : `The webhook's receiver ${host} answered with the status ${statusCode}`,
    { retryable: statusCode >= 500 || RETRYABLE_STATUSES.has(statusCode) },
  )
}
