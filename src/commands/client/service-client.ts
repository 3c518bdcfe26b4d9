/** A running service as its clients see it: nothing but the public GraphQL API. */
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../../errors.ts'

/** A stream that breaks is opened again: it tells the state of that moment first, so nothing is missed. */
const MAX_RECONNECTS = 8
/** Of one event: a state is some hundred bytes. */
const MAX_EVENT_LENGTH = 1 << 20

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { readonly message: string }[]
}

/** What every result says of itself; `message` is an error's. */
export interface Typed {
  readonly __typename: string
  readonly message?: string
}

export class ServiceClient {
  readonly #url: string
  readonly #headers: Record<string, string>

  /** @param url where the service is: `http://localhost:9920`, with or without a path */
  constructor(url: string, token: string | null) {
    this.#url = `${url.replace(/\/+$/, '')}/graphql`
    this.#headers = {
      'content-type': 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    }
  }

  /**
   * The only field of a query or mutation.
   * @throws UsageError where the service is not reached, or refuses: with its sentence
   */
  async ask<T extends Typed>(query: string, variables: object): Promise<T> {
    const response = await this.#post(query, variables, 'application/json')
    const answer = (await response.json().catch(() => {
      throw new UsageError(
        `${this.#url} gave no answer of GraphQL (status ${response.status}); is it Differ?`,
      )
    })) as Answer
    return fieldOf<T>(answer)
  }

  /** The states that a subscription tells, to its end. @throws as `ask` */
  async *watch<T extends Typed>(query: string, variables: object): AsyncGenerator<T, void> {
    for (let failures = 0; ; failures++) {
      try {
        for await (const answer of events(await this.#post(query, variables, 'text/event-stream'))) {
          failures = 0
          yield fieldOf<T>(answer)
        }
        return
      } catch (error) {
        if (error instanceof Refused || failures >= MAX_RECONNECTS) throw error
        await sleep(Math.min(5_000, 100 * 2 ** failures))
      }
    }
  }

  async #post(query: string, variables: object, accept: string): Promise<Response> {
    const body = JSON.stringify({ query, variables })
    const headers = { ...this.#headers, accept }
    return fetch(this.#url, { method: 'POST', headers, body }).catch((cause: unknown) => {
      const why =
        ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error).message
      throw new UsageError(`${this.#url} cannot be reached (${why}); say with --url where the service is`, {
        cause,
      })
    })
  }
}

/** The service has answered: asking again changes nothing. */
class Refused extends UsageError {}

function fieldOf<T extends Typed>({ data, errors }: Answer): T {
  const [error] = errors ?? []
  if (error) throw new Refused(error.message)
  const [field] = Object.values(data ?? {})
  const result = field as T | undefined
  if (!result) throw new Refused('The service answered nothing')
  if (result.__typename.endsWith('Error')) throw new Refused(result.message ?? result.__typename)
  return result
}

/** Server-Sent Events, to `complete`. @throws UsageError for an answer that is none, or breaks off */
async function* events(response: Response): AsyncGenerator<Answer, void> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body)
    throw new UsageError(`The service does not stream (status ${response.status})`)
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const complete = text.split('\n\n')
    text = complete.pop() ?? ''
    if (text.length > MAX_EVENT_LENGTH) throw new UsageError('The service sends an event without an end')
    for (const event of complete) {
      if (/^event: complete$/m.test(event)) return
      const [, data] = /^data: (.+)$/m.exec(event) ?? []
      if (data) yield JSON.parse(data) as Answer
    }
  }
  throw new UsageError('The service has broken off')
}
