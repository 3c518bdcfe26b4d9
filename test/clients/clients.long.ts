/** Client libraries and schema checkers of other projects, used with the service. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { makeSampleDiffs, SAMPLES, startWithSamples } from '../graphql/samples.ts'

const HERE = import.meta.dirname
const ROOT = join(HERE, '../..')

let service: TestService
/** The examples, where the packages of these tests are found. */
let examples: string
beforeAll(async () => {
  service = await startWithSamples()
  await makeSampleDiffs(service)
  examples = await mkdtemp(join(HERE, 'node_modules/.examples-'))
  await cp(join(ROOT, 'clients/examples'), examples, { recursive: true })
})
afterAll(async () => {
  await service?.close()
  if (examples) await rm(examples, { recursive: true })
})

const url = () => `${service.url}/graphql`
const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(examples, name)).href)
/** A package of these tests, by the name of a module that exports all of it. */
async function packageOf(name: string) {
  const file = join(examples, `${name.replaceAll('/', '-')}.mjs`)
  await writeFile(file, `export * from '${name}'\nexport { default } from '${name}'\n`)
  return import(/* @vite-ignore */ pathToFileURL(file).href).catch(async () => {
    await writeFile(file, `export * from '${name}'\n`)
    return import(/* @vite-ignore */ `${pathToFileURL(file).href}?again`)
  })
}
const jsonOf = async (name: string) => JSON.parse(await readFile(join(ROOT, 'clients/schema', name), 'utf8'))

const RUNS =
  'query Runs($after: String) { runs(first: 1, after: $after) { edges { cursor node { id runId } } pageInfo { hasNextPage endCursor } } }'
const SUMMARY = `query Summary($old: ID!, $new: ID!) { comparison(old: $old, new: $new) { __typename
  ... on Comparison { id summary { __typename ... on Error { message } ... on Summary { verdict } } } } }`
const MAKE = `mutation Make($input: MakeDiffsInput!) { makeDiffs(input: $input) { __typename
  ... on MakeDiffsPayload { comparison { id summary { __typename ... on Error { message } ... on Summary { verdict } } } } } }`
const INPUT = { comparison: { runs: SAMPLES }, make: { tools: ['SUMMARY'] }, wait: true }

describe('Apollo Client', () => {
  it('pages lists, understands unions, and has its cache updated by a mutation', async () => {
    const { gql } = await packageOf('@apollo/client')
    const { createApolloClient } = await load('apollo.mjs')
    const client = createApolloClient(url(), await jsonOf('possible-types.json'))
    const watched = client.watchQuery({ query: gql(RUNS), variables: {} })
    const first = await client.query({ query: gql(RUNS), variables: {} })
    const { pageInfo } = first.data.runs
    expect(pageInfo.hasNextPage).toBe(true)
    const subscription = watched.subscribe(() => {})
    await watched.fetchMore({ variables: { after: pageInfo.endCursor } })
    subscription.unsubscribe()
    const grown = client.readQuery({ query: gql(RUNS), variables: {} })
    expect(grown.runs.edges.map(({ node }: { node: { runId: string } }) => node.runId).toSorted()).toEqual([
      SAMPLES.new,
      SAMPLES.old,
    ])
    await client.mutate({ mutation: gql(MAKE), variables: { input: INPUT } })
    await client.query({ query: gql(SUMMARY), variables: SAMPLES })
    const known = client.readQuery({ query: gql(SUMMARY), variables: SAMPLES })
    expect(known.comparison.summary).toMatchObject({ __typename: 'Summary', verdict: 'SUBSTANTIVE' })
  })
})

describe('urql with graphcache', () => {
  it('has a comparison updated by the mutation that makes its summary', async () => {
    const { createUrqlClient } = await load('urql.mjs')
    const client = createUrqlClient(
      url(),
      await jsonOf('introspection.json'),
      await jsonOf('graphcache-keys.json'),
    )
    const made = await client.mutation(MAKE, { input: INPUT }).toPromise()
    expect(made.error).toBeUndefined()
    const { data, error } = await client.query(SUMMARY, SAMPLES).toPromise()
    expect([error, data.comparison.summary.verdict]).toEqual([undefined, 'SUBSTANTIVE'])
    const first = await client.query(RUNS, {}).toPromise()
    const second = await client.query(RUNS, { after: first.data.runs.pageInfo.endCursor }).toPromise()
    expect([second.error, second.data.runs.edges.length]).toEqual([undefined, 2])
  })
})

describe('Relay', () => {
  /** A fragment for each list, with its connection; and one that is fetched again by its id. */
  const SOURCES: Readonly<Record<string, string>> = {
    runs: `fragment runs_query on Query @refetchable(queryName: "runsPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      runs(first: $count, after: $cursor) @connection(key: "runs_query_runs") { edges { node { id runId } } } }`,
    jobs: `fragment jobs_query on Query @refetchable(queryName: "jobsPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      precacheJobs(first: $count, after: $cursor) @connection(key: "jobs_query_precacheJobs") { edges { node { id status } } } }`,
    batches: `fragment batches_query on Query @refetchable(queryName: "batchesPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      precacheBatches(first: $count, after: $cursor) @connection(key: "batches_query_precacheBatches") { edges { node { id count } } } }`,
    children: `fragment children_node on DiffNode @refetchable(queryName: "childrenPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      children(first: $count, after: $cursor) @connection(key: "children_node_children") { edges { node { id source1 } } } }`,
    hunks: `fragment hunks_node on DiffNode @refetchable(queryName: "hunksPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      hunks(first: $count, after: $cursor) @connection(key: "hunks_node_hunks") { edges { node { id header } } } }`,
    lines: `fragment lines_hunk on Hunk @refetchable(queryName: "linesPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      lines(first: $count, after: $cursor) @connection(key: "lines_hunk_lines") { edges { node { position text } } } }`,
    rows: `fragment rows_hunk on Hunk @refetchable(queryName: "rowsPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      rows(first: $count, after: $cursor) @connection(key: "rows_hunk_rows") { edges { node { kind } } } }`,
    search: `fragment search_report on Diffoscope @refetchable(queryName: "searchPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      search(text: "a", first: $count, after: $cursor) @connection(key: "search_report_search") { edges { node { text } } } }`,
    findings: `fragment findings_comparison on Comparison @refetchable(queryName: "findingsPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      summary { ... on Summary { findings(first: $count, after: $cursor) @connection(key: "findings_comparison_findings") { edges { node { message } } } } } }`,
    binaries: `fragment binaries_run on Run @refetchable(queryName: "binariesPageQuery") @argumentDefinitions(count: {type: "Int", defaultValue: 10}, cursor: {type: "String"}) {
      binaries { ... on BinaryList { binaries(first: $count, after: $cursor) @connection(key: "binaries_run_binaries") { edges { node { id filename } } } } } }`,
    page: `query pageQuery { ...runs_query ...jobs_query ...batches_query }`,
    make: `mutation makeMutation($input: MakeDiffsInput!, $connections: [ID!]!) { makeDiffs(input: $input) { ... on MakeDiffsPayload {
      job @prependNode(connections: $connections, edgeTypeName: "PrecacheJobEdge") { id status } comparison { id } } } }`,
    watch: `subscription watchSubscription { precacheJobs(status: [DONE]) { ... on PrecacheJob { id status } } }`,
  }

  it('compiles fragments that page all lists', async () => {
    const dir = join(examples, 'relay')
    await mkdir(join(dir, 'src'), { recursive: true })
    for (const [name, text] of Object.entries(SOURCES))
      await writeFile(
        join(dir, 'src', `${name}.js`),
        `import { graphql } from 'relay-runtime'\ngraphql\`${text}\`\n`,
      )
    await cp(join(ROOT, 'schema.graphql'), join(dir, 'schema.graphql'))
    await writeFile(
      join(dir, 'relay.config.json'),
      JSON.stringify({
        src: './src',
        schema: './schema.graphql',
        language: 'javascript',
        // Without this, what is below node_modules is left out.
        excludes: [],
      }),
    )
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [join(HERE, 'node_modules/relay-compiler/cli.js'), 'relay.config.json'],
      { cwd: dir },
    )
    expect(stdout + stderr).toMatch(/Done|Compiled|Compilation completed/i)
  })
})

it('the public audits of GraphQL over HTTP pass', async () => {
  const { serverAudits } = await packageOf('graphql-http')
  const { auditServer } = await packageOf('graphql-http').then(({ auditServer: audit }) => ({
    auditServer: audit,
  }))
  expect(serverAudits({ url: url() }).length).toBeGreaterThan(50)
  const results: { name: string; status: string }[] = await auditServer({ url: url() })
  expect(results.filter(({ status }) => status === 'error').map(({ name }) => name)).toEqual([])
})

/** Rules of graphql-eslint that the schema does not keep, each with the reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'no-root-type': 'the rule is for services that have no mutations or no subscriptions; this one has both',
  alphabetize: 'schema.graphql is sorted by its printer, which does not sort arguments as the rule does',
  'input-name': 'mutations of before 0.1.0, which are deprecated, take arguments; the others take an input',
  'no-typename-prefix': '`runId` is the id of the build system, beside the global id',
  'relay-arguments': 'searches, rows, children and jobs have an order that can be read forwards only',
  'relay-edge-types': 'lines, rows, findings and changes have no identity, so they are no nodes',
  'require-deprecation-date': 'releases are named in CHANGELOG.md; dates would be guesses',
  'require-field-of-type-query-in-mutation-result': 'a mutation returns what it changed',
  'require-type-pattern-with-oneof': 'a failure is a member of the union, not of a wrapper',
  'strict-id-in-types': 'values without identity have no id: graphcache-keys.json lists them',
  'no-hashtag-description': 'schema.graphql has no comments',
}

it('graphql-eslint finds nothing in the schema but the exceptions', async () => {
  const file = join(examples, 'lint.mjs')
  await writeFile(
    file,
    `import { ESLint } from 'eslint'
import plugin from '@graphql-eslint/eslint-plugin'
const rules = { ...plugin.configs['flat/schema-all'].rules ?? plugin.configs['flat/schema-all'], ...plugin.configs['flat/schema-relay'].rules ?? plugin.configs['flat/schema-relay'] }
const eslint = new ESLint({ cwd: ${JSON.stringify(ROOT)}, overrideConfigFile: true, overrideConfig: [{ files: ['**/*.graphql'], plugins: { '@graphql-eslint': plugin },
  languageOptions: { parser: plugin.parser, parserOptions: { graphQLConfig: { schema: ${JSON.stringify(join(ROOT, 'schema.graphql'))} } } }, rules }] })
const [result] = await eslint.lintFiles(['schema.graphql'])
console.log(JSON.stringify(result.messages.map(({ ruleId, message, line }) => ({ ruleId, message, line }))))
`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, [file], { maxBuffer: 1 << 26 })
  const messages: { ruleId: string; message: string; line: number }[] = JSON.parse(stdout)
  const others = messages.filter(({ ruleId }) => !(ruleId.replace('@graphql-eslint/', '') in EXCEPTIONS))
  expect(others).toEqual([])
})
