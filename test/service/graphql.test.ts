import { afterAll, beforeAll, describe } from 'vitest'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { graphqlSuite } from './graphql-suite.ts'

describe('GraphQL with the embedded database', () => {
  graphqlSuite(async () => ({}))
})

describe('GraphQL with PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())
  graphqlSuite(async () => ({ databaseUrl: postgres.url }))
})
