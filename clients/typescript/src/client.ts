/** A small typed client: queries and mutations over HTTP, subscriptions over Server-Sent Events. */
import type { TypedDocumentString } from './generated/graphql.ts'

export interface ClientOptions {
  /** URL of the endpoint: `https://differ.example.org/graphql`. */
  readonly url: string
  /** Bearer token for operations that start or stop work. */
  readonly token?: string
  /** Defaults to the global one. */
  readonly fetch?: typeof fetch
}

export interface GraphQLFailure {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions?: {
    readonly code?: string
    readonly retryable?: boolean
    readonly retryAfterMs?: number
  }
}

/** The service answered with errors. */
export class OperationFailed extends Error {
  override readonly name = 'OperationFailed'
  readonly errors: readonly GraphQLFailure[]
  /** What the service could answer beside the errors. */
  readonly data: unknown

  constructor(errors: readonly GraphQLFailure[], data: unknown) {
    super(errors.map(({ message }) => message).join('; '))
    this.errors = errors
    this.data = data
  }
}

interface Answer<T> {
  readonly data?: T | null
  readonly errors?: readonly GraphQLFailure[]
}

export interface Client {
  /** @throws OperationFailed; TypeError if the service cannot be reached; the reason of `signal` */
  execute<T, V>(document: TypedDocumentString<T, V>, variables: V, signal?: AbortSignal): Promise<T>
  /**
   * The events of a subscription. Ends when the service says that it is complete.
   * @throws as `execute`; Error if the connection breaks off before the end
   */
  subscribe<T, V>(document: TypedDocumentString<T, V>, variables: V, signal?: AbortSignal): AsyncGenerator<T>
}

export function createClient({ url, token, fetch: send = fetch }: ClientOptions): Client {
  const request = async (document: unknown, variables: unknown, accept: string, signal?: AbortSignal) =>
    send(url, {
      method: 'POST',
      headers: {
        accept,
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: String(document), variables }),
      ...(signal && { signal }),
    })

  return {
    async execute<T, V>(document: TypedDocumentString<T, V>, variables: V, signal?: AbortSignal) {
      const response = await request(document, variables, 'application/graphql-response+json', signal)
      return dataOf((await response.json()) as Answer<T>)
    },
    async *subscribe<T, V>(document: TypedDocumentString<T, V>, variables: V, signal?: AbortSignal) {
      const response = await request(document, variables, 'text/event-stream', signal)
      if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
        dataOf((await response.json()) as Answer<T>)
      for await (const { event, data } of eventsOf(response)) {
        if (event === 'complete') return
        if (event === 'next') yield dataOf(JSON.parse(data) as Answer<T>)
      }
      throw new Error('The connection ended before the subscription did; subscribe again')
    },
  }
}

function dataOf<T>({ data, errors }: Answer<T>): T {
  if (errors && errors.length > 0) throw new OperationFailed(errors, data)
  if (data == null) throw new OperationFailed([{ message: 'The answer has no data' }], data)
  return data
}

async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: string }> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) yield { event: fieldOf(block, 'event'), data: fieldOf(block, 'data') }
  }
}

function fieldOf(block: string, name: string): string {
  const line = block.split('\n').find((one) => one.startsWith(`${name}:`)) ?? ''
  return line.slice(name.length + 1).trim()
}
