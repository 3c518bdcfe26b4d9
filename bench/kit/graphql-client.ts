/** A GraphQL client for the bench of precaching: operations, and the subscription to a batch. */
import { type Agent, type IncomingMessage, request } from 'node:http'

interface Batch {
  readonly filled: boolean
  readonly cancelled: number
}

/** Reads the states of a batch until `isLast` returns true. */
export async function watchBatch(
  url: string,
  id: string,
  isLast: (batch: Batch) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const query =
    'subscription ($id: String!) { precacheBatch(batchId: $id) { ... on PrecacheBatch { filled cancelled } } }'
  const response = await post(
    url,
    { query, variables: { id } },
    { accept: 'text/event-stream' },
    undefined,
    signal,
  )
  let text = ''
  for await (const chunk of response) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      const data = /^data: (.+)$/m.exec(event)?.[1]
      if (data && isLast(JSON.parse(data).data.precacheBatch)) {
        response.destroy()
        return
      }
    }
  }
}

export async function graphql(
  url: string,
  query: string,
  variables: object = {},
  agent?: Agent,
  // biome-ignore lint/suspicious/noExplicitAny: each caller reads the fields that its query selects
): Promise<any> {
  let text = ''
  for await (const chunk of await post(url, { query, variables }, {}, agent)) text += chunk
  const { data, errors } = JSON.parse(text)
  if (errors) throw new Error(errors[0].message)
  return data
}

function post(
  url: string,
  body: object,
  headers: Record<string, string>,
  agent?: Agent,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      agent: agent ?? false,
      ...(signal && { signal }),
    })
    sent.once('response', resolve).once('error', reject)
    sent.end(JSON.stringify(body))
  })
}
