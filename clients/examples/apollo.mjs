/**
 * Apollo Client: a cache that understands unions, lists that grow page by page, mutations that update the cache,
 * `@defer`, and subscriptions over WebSocket.
 */
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { Defer20220824Handler } from '@apollo/client/incremental'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { relayStylePagination } from '@apollo/client/utilities'
import { OperationTypeNode } from 'graphql'
import { createClient } from 'graphql-ws'

/**
 * @param files the content of clients/schema/: possibleTypes and connections
 * @param webSocketImpl only for Node.js before 22, which has no WebSocket of its own
 */
export function createApolloClient(url, { possibleTypes, connections }, webSocketImpl) {
  const socket = createClient({ url: url.replace(/^http/, 'ws'), ...(webSocketImpl && { webSocketImpl }) })
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url }),
  )
  const client = new ApolloClient({
    link,
    cache: new InMemoryCache({ possibleTypes, typePolicies: typePolicies(possibleTypes, connections) }),
    incrementalHandler: new Defer20220824Handler(),
  })
  client.onClearStore(async () => socket.dispose())
  return client
}

/**
 * Pages of a list are joined. Members of unions are merged, so that the next page of a list below one does not
 * replace the others; one of another type replaces it.
 */
function typePolicies(possibleTypes, connections) {
  const types = new Set([...Object.values(possibleTypes).flat(), ...Object.keys(connections)])
  types.delete('Query')
  const fieldsOf = (type) =>
    Object.entries(connections[type] ?? {}).map(([field, keyArgs]) => [field, relayStylePagination(keyArgs)])
  const merged = [...types].map((type) => [type, { merge: true, fields: Object.fromEntries(fieldsOf(type)) }])
  return { Query: { fields: Object.fromEntries(fieldsOf('Query')) }, ...Object.fromEntries(merged) }
}
