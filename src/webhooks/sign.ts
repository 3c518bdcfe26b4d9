/**
 * Signatures as Standard Webhooks defines them, for which receivers have libraries:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac } from 'node:crypto'

/** What a secret begins with whose rest is the key in Base64. Any other secret is the key itself. */
const BASE64_PREFIX = 'whsec_'

export interface SignedMessage {
  /** The same for each attempt to deliver the message, so that a receiver can recognise it. */
  readonly id: string
  /** When it is sent, in seconds since 1970: a receiver refuses old ones, which someone may have recorded. */
  readonly seconds: number
  readonly body: string
}

/** The headers of a message, with its signature. */
export function signedHeaders(secret: string, { id, seconds, body }: SignedMessage): Record<string, string> {
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  }
}

function keyOf(secret: string): Buffer {
  return secret.startsWith(BASE64_PREFIX)
    ? Buffer.from(secret.slice(BASE64_PREFIX.length), 'base64')
    : Buffer.from(secret)
}
