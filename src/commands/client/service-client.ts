/** A client of a running service, over its public GraphQL API. */
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../../errors.ts'

/** A broken subscription is opened again. It begins with the current state, so no change is missed. */
const MAX_RECONNECTS = 8
/** Of one event, in characters. A state takes some hundred. */
const MAX_EVENT_LENGTH = 1 << 20

interface GraphqlResponse {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { readonly message: string }[]
}

/** What every result has; `message` is that of an error. */
export interface Typed {
  readonly __typename: string
  readonly message?: string
  /** Of an error: whether the same request may succeed later. */
  readonly retryable?: boolean
}

export class ServiceClient {
  readonly #url: string
  readonly #headers: Record<string, string>

  /** @param url base URL of the service: `http://localhost:9920`, with or without a path */
  constructor(url: string, token: string | null) {
    this.#url = `${url.replace(/\/+$/, '')}/graphql`
    this.#headers = {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    }
  }

  /**
   * The only field of a query or mutation.
   * @throws UsageError if the service cannot be reached, or with the message of its error
   */
  async request<T extends Typed>(operation: string, variables: object): Promise<T> {
    const response = await this.#post(operation, variables, 'application/json')
    const body = (await response.json().catch(() => {
      throw new UsageError(
        `${this.#url} did not respond with GraphQL (status ${response.status}): check that --url is the URL of Differ`,
      )
    })) as GraphqlResponse
    return onlyField<T>(body)
  }

  /** The states that a subscription sends, until it completes. @throws as `request` */
  async *subscribe<T extends Typed>(operation: string, variables: object): AsyncGenerator<T, void> {
    for (let failures = 0; ; failures++) {
      try {
        const response = await this.#post(operation, variables, 'text/event-stream')
        for await (const event of readEvents(response)) {
          const state = onlyField<T>(event)
          failures = 0
          yield state
        }
        return
      } catch (error) {
        const isFinal = error instanceof ServiceError && !error.isTransient
        if (isFinal || failures >= MAX_RECONNECTS) throw error
        await sleep(Math.min(5_000, 100 * 2 ** failures))
      }
    }
  }

  async #post(query: string, variables: object, accept: string): Promise<Response> {
    const body = JSON.stringify({ query, variables })
    const headers = { ...this.#headers, accept }
    return fetch(this.#url, { method: 'POST', headers, body }).catch((cause: unknown) => {
      const { message, cause: inner } = cause as Error
      const reason = (inner as NodeJS.ErrnoException | undefined)?.code ?? message
      throw new UsageError(
        `${this.#url} cannot be reached (${reason}): start the service, or set --url to its URL`,
        { cause },
      )
    })
  }
}

/** The service has responded with an error. */
class ServiceError extends UsageError {
  /** Whether repeating the request may help. */
  readonly isTransient: boolean
  constructor(message: string, isTransient = false) {
    super(message)
    this.isTransient = isTransient
  }
}

function onlyField<T extends Typed>({ data, errors }: GraphqlResponse): T {
  const [error] = errors ?? []
  if (error) throw new ServiceError(error.message)
  const [field] = Object.values(data ?? {})
  const result = field as T | undefined
  if (!result) throw new ServiceError('The service responded without data')
  if (result.__typename.endsWith('Error'))
    throw new ServiceError(result.message ?? result.__typename, result.retryable === true)
  return result
}

/**
 * Reads Server-Sent Events until the event `complete`.
 * @throws UsageError for another kind of response, and for one that ends early
 */
async function* readEvents(response: Response): AsyncGenerator<GraphqlResponse, void> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body)
    throw new UsageError(`The service does not stream events (status ${response.status})`)
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const complete = text.split('\n\n')
    text = complete.pop() ?? ''
    if (text.length > MAX_EVENT_LENGTH)
      throw new UsageError(`The service sent an event of more than ${MAX_EVENT_LENGTH} characters`)
    for (const event of complete) {
      if (/^event: complete$/m.test(event)) return
      const [, data] = /^data: (.+)$/m.exec(event) ?? []
      if (data) yield JSON.parse(data) as GraphqlResponse
    }
  }
  throw new UsageError('The service closed the connection early')
}
