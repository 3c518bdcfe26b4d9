import { describe } from 'vitest'
import { graphqlSuite } from './graphql-suite.ts'

describe('GraphQL with the embedded database', () => {
  graphqlSuite(async () => ({ embedded: true }))
})

describe('GraphQL with PostgreSQL', () => {
  graphqlSuite(async () => ({}))
})
