/** Relay: an environment whose network layer sends the text of operations, or their ids of a persisted manifest. */
import relay from 'relay-runtime'

const { Environment, Network, RecordSource, Store } = relay

export function createRelayEnvironment(url) {
  const network = Network.create(async ({ id, text }, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(id ? { documentId: id, variables } : { query: text, variables }),
    })
    return response.json()
  })
  return new Environment({ network, store: new Store(new RecordSource()) })
}
