import { afterAll, beforeAll, describe } from 'vitest'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { graphqlSuite } from './graphql-suite.ts'

describe('GraphQL over the embedded database', () => {
  graphqlSuite(async () => ({}))
})

describe("GraphQL over a farm's PostgreSQL", () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())
  graphqlSuite(async () => ({ databaseUrl: postgres.url }))
})
