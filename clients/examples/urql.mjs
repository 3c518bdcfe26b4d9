/** urql with its normalised cache, which knows the schema. */
import { Client, fetchExchange } from '@urql/core'
import { cacheExchange } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'

/**
 * @param schema the content of clients/schema/introspection.json
 * @param embedded the content of clients/schema/graphcache-keys.json: types without an id
 */
export function createUrqlClient(url, schema, embedded) {
  const keys = Object.fromEntries(embedded.map((name) => [name, () => null]))
  return new Client({
    url,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({ schema, keys, resolvers: { Query: { runs: relayPagination() } } }),
      fetchExchange,
    ],
  })
}
