/**
 * Relay: an environment whose network layer sends the text of operations or their ids of a persisted manifest,
 * reads deferred parts, and subscribes by Server-Sent Events.
 */
import { createClient } from 'graphql-sse'
import relay from 'relay-runtime'

const { Environment, Network, Observable, RecordSource, Store } = relay

export function createRelayEnvironment(url) {
  const events = createClient({ url })
  const network = Network.create(
    (operation, variables) =>
      Observable.create((sink) => {
        const abort = new AbortController()
        fetchParts(url, operation, variables, sink, abort.signal).then(sink.complete, sink.error)
        return () => abort.abort()
      }),
    ({ text }, variables) => Observable.create((sink) => events.subscribe({ query: text, variables }, sink)),
  )
  return new Environment({ network, store: new Store(new RecordSource()) })
}

async function fetchParts(url, { id, text }, variables, sink, signal) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'multipart/mixed;deferSpec=20220824, application/json',
    },
    body: JSON.stringify(id ? { documentId: id, variables } : { query: text, variables }),
    signal,
  })
  const [, boundary] =
    /^multipart\/mixed;.*boundary="?([^";]+)/.exec(response.headers.get('content-type')) ?? []
  if (boundary === undefined) return sink.next(await response.json())
  for await (const part of partsOf(response.body, boundary)) {
    if (part.data !== undefined) sink.next({ data: part.data, errors: part.errors })
    for (const { data, path, label, errors } of part.incremental ?? [])
      sink.next({ data, path, label, errors, extensions: { is_final: !part.hasNext } })
  }
}

/** The bodies of a multipart response, as they arrive. */
async function* partsOf(body, boundary) {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true })
    const parts = rest.split(`--${boundary}`)
    rest = parts.pop()
    for (const part of parts) {
      const json = part.slice(part.indexOf('\r\n\r\n') + 4).trim()
      if (json !== '') yield JSON.parse(json)
    }
  }
  // After the last boundary there is only "--".
}
