/**
 * Requests to Google Cloud Storage's JSON API: the official client finds the endpoint and the credentials, Node.js's own `fetch` carries them. The
 * client's own transfers cannot be stopped before an answer has begun, wait for ever on a connection that is cut in the middle of a body, and an error of one
 * closes the connections of all.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { untilAborted } from '../until-aborted.ts'

/** The store's answer was no success. */
export class StoreAnswerError extends Error {
  readonly status: number
  constructor(status: number, said: string) {
    super(`The artifact store answered ${status}${said && `: ${said}`}`)
    this.name = 'StoreAnswerError'
    this.status = status
  }
}

/** What came is not what the listing promised; the next try may bring it. */
export class BrokenTransferError extends Error {
  override readonly name = 'BrokenTransferError'
}

export interface Requests {
  /**
   * A successful answer whose body is still to be read.
   * @param path below the API's root, escaped
   * @throws StoreAnswerError; TypeError (of fetch) for a connection that fails; what `signal` was aborted with
   */
  get(path: string, signal: AbortSignal): Promise<Response>
  /** The CRC-32C of chunks, in the form that the store gives it: four bytes, big-endian, in Base64. */
  newCrc32c(): { update(chunk: Buffer): void; toString(): string }
}

/** @param endpoint of an emulator; without it the client's own, which heeds STORAGE_EMULATOR_HOST. An emulator gets no credentials. */
export async function openRequests(endpoint?: string): Promise<Requests> {
  // 0.7 s: for nobody who has no bucket.
  const { CRC32C, Storage } = await import('@google-cloud/storage')
  const storage = new Storage(endpoint === undefined ? {} : { apiEndpoint: endpoint })
  const root = `${storage.apiEndpoint.replace(/\/storage\/v1\/?$/, '')}/storage/v1`

  async function credentials(url: string): Promise<Record<string, string>> {
    if (storage.customEndpoint) return {}
    try {
      return await storage.authClient.getRequestHeaders(url)
    } catch (error) {
      // As the client has it: a public bucket is read without.
      if (error instanceof Error && error.message.includes('Could not load the default credentials'))
        return {}
      throw error
    }
  }

  return {
    newCrc32c: () => new CRC32C(),
    async get(path, signal) {
      const url = `${root}${path}`
      const headers = await untilAborted(credentials(url), signal)
      // The listing's size and checksum are those of the bytes as they are stored.
      const answer = await fetch(url, { headers: { ...headers, 'accept-encoding': 'identity' }, signal })
      if (answer.ok) return answer
      throw new StoreAnswerError(answer.status, await beginning(answer))
    },
  }
}

const SAID_BYTES = 500

/** An error's body may be of any size. */
async function beginning(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length >= SAID_BYTES) break
  }
  return text.slice(0, SAID_BYTES).replace(/\s+/g, ' ').trim()
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5_000

/**
 * Calls `attempt` again, with growing pauses, while it fails in a way that may pass: 408, 429, 5xx, a connection that is refused or
 * cut, a broken transfer.
 * @param forMs how long after the first failure a new attempt may still begin; at least one does
 * @throws what the last attempt threw; what `signal` was aborted with
 */
export async function retrying<T>(signal: AbortSignal, forMs: number, attempt: () => Promise<T>): Promise<T> {
  let lastStart = Number.POSITIVE_INFINITY
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      const now = performance.now()
      if (!mayPass(error) || now > lastStart) throw error
      lastStart = Math.min(lastStart, now + forMs)
      // Many readers that one outage has hit do not come back at one moment.
      await sleep(Math.min(pauseMs, forMs) * (0.5 + Math.random() / 2), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      )
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof StoreAnswerError)
    return error.status === 408 || error.status === 429 || error.status >= 500
  // fetch has a TypeError for whatever happens to a connection.
  return error instanceof BrokenTransferError || error instanceof TypeError
}
