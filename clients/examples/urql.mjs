/** urql with its normalised cache, which knows the schema: lists that grow, `@defer`, and subscriptions by events. */
import { Client, fetchExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

/**
 * @param files the content of clients/schema/: introspection, connections, and embedded (graphcache-keys.json)
 */
export function createUrqlClient(url, { introspection, connections, embedded }) {
  const keys = Object.fromEntries(embedded.map((name) => [name, () => null]))
  const resolvers = Object.fromEntries(
    Object.entries(connections).map(([type, fields]) => [
      type,
      Object.fromEntries(Object.keys(fields).map((field) => [field, relayPagination()])),
    ]),
  )
  return new Client({
    url,
    preferGetMethod: false,
    fetchSubscriptions: true,
    exchanges: [cacheExchange({ schema: introspection, keys, resolvers }), fetchExchange],
  })
}
