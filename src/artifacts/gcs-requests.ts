/**
 * Requests to Google Cloud Storage's JSON API with Node.js's own `fetch`. Google's storage client is not
 * used: its transfers cannot be aborted before the response begins, hang when a connection is cut in the
 * middle of a body, and an error in one transfer closes the connections of all.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import crc32c from 'crc-32/crc32c.js'
import { untilAborted } from '../until-aborted.ts'

/** The bucket answered with a status other than 2xx. */
export class StoreAnswerError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(`The artifact store answered ${status}${message && `: ${message}`}`)
    this.name = 'StoreAnswerError'
    this.status = status
  }
}

/** The bytes that arrived do not match the listing. A retry may succeed. */
export class BrokenTransferError extends Error {
  override readonly name = 'BrokenTransferError'
}

/** A request that writes. */
export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  /** Below the API's root, or below that of its uploads; or the whole URL of an upload in progress. */
  readonly path: string
  readonly isUpload?: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export interface Requests {
  /**
   * Returns a successful response whose body has not been read yet.
   * @param path below the API's root, escaped
   * @throws StoreAnswerError; TypeError (from fetch) if the connection fails; the reason of `signal` once it
   *   aborts
   */
  get(path: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** The same for a request that writes. Status 308, for an upload that goes on, counts as success. */
  write(request: WriteRequest, signal: AbortSignal): Promise<Response>
}

/** The scopes that Google's storage client requests. */
const SCOPES = ['iam', 'cloud-platform', 'devstorage.full_control'].map(
  (scope) => `https://www.googleapis.com/auth/${scope}`,
)
const DEFAULT_ENDPOINT = 'https://storage.googleapis.com'

/** @param endpoint address of an emulator, which gets no credentials. Default: the real store. */
export async function openRequests(endpoint?: string): Promise<Requests> {
  const base = withScheme(endpoint ?? DEFAULT_ENDPOINT).replace(/(\/storage\/v1)?\/*$/, '')
  const credentials = endpoint === undefined ? await openCredentials() : async () => new Headers()
  const send = async (url: string, { headers: given, ...init }: RequestInit, signal: AbortSignal) => {
    const headers = new Headers(await untilAborted(credentials(url), signal))
    for (const [name, value] of new Headers(given)) headers.set(name, value)
    const response = await fetch(url, { ...init, headers, signal })
    if (response.ok || response.status === 308) return response
    throw new StoreAnswerError(response.status, await errorText(response))
  }
  return {
    get: (path, signal, headers = {}) =>
      // The size and checksum in a listing are those of the stored bytes, so these must not be decompressed
      // on the way.
      send(`${base}/storage/v1${path}`, { headers: { ...headers, 'accept-encoding': 'identity' } }, signal),
    write: ({ method, path, isUpload = false, headers = {}, body }, signal) => {
      const url = path.startsWith('/') ? `${base}${isUpload ? '/upload' : ''}/storage/v1${path}` : path
      // An upload that goes on is no redirection.
      return send(
        url,
        {
          method,
          headers,
          redirect: 'manual',
          ...(body && { body: new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.length) }),
        },
        signal,
      )
    },
  }
}

function withScheme(endpoint: string): string {
  return /^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`
}

/** Finds Google's application default credentials and returns the headers of a request that uses them. */
async function openCredentials(): Promise<(url: string) => Promise<Headers>> {
  const { GoogleAuth } = await import('google-auth-library')
  const auth = new GoogleAuth({ scopes: SCOPES })
  return async (url) => {
    try {
      return await auth.getRequestHeaders(url)
    } catch (error) {
      // A public bucket can be read without credentials; Google's storage client does the same.
      if (error instanceof Error && error.message.includes('Could not load the default credentials'))
        return new Headers()
      throw error
    }
  }
}

/** A CRC-32C as the store writes it: four bytes, big-endian, in Base64. */
export class Crc32c {
  #value = 0

  update(chunk: Uint8Array): this {
    this.#value = crc32c.buf(chunk, this.#value)
    return this
  }

  digest(): string {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(this.#value)
    return bytes.toString('base64')
  }
}

const MAX_ERROR_LENGTH = 500

/** The beginning of an error's body, which may have any size. */
async function errorText(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length >= MAX_ERROR_LENGTH) break
  }
  return text.slice(0, MAX_ERROR_LENGTH).replace(/\s+/g, ' ').trim()
}

const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 5_000

/**
 * Calls `attempt` again, with growing pauses, after each transient failure: status 408, 429 or 5xx, a
 * connection that is refused or cut, a broken transfer.
 * @param forMs how long after the first failure a new attempt may still begin; at least one retry is made
 * @throws what the last attempt threw; the reason of `signal` once it aborts
 */
export async function retrying<T>(signal: AbortSignal, forMs: number, attempt: () => Promise<T>): Promise<T> {
  let lastStart = Number.POSITIVE_INFINITY
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      const now = performance.now()
      if (!isTransient(error) || now > lastStart) throw error
      lastStart = Math.min(lastStart, now + forMs)
      // Random, so that readers hit by the same outage do not all retry at the same moment.
      const randomizedMs = Math.min(pauseMs, forMs) * (0.5 + Math.random() / 2)
      await sleep(randomizedMs, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

function isTransient(error: unknown): boolean {
  if (error instanceof StoreAnswerError)
    return error.status === 408 || error.status === 429 || error.status >= 500
  // fetch throws a TypeError for every failure of a connection.
  return error instanceof BrokenTransferError || error instanceof TypeError
}
