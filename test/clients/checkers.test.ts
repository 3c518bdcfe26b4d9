/** Compilers, linters and audits of other projects, used with the schema and the service. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestService } from '../fixtures/service.ts'
import { startWithSamples } from '../graphql/samples.ts'
import { compileRelay } from './relay-project.ts'
import { type Libraries, openLibraries } from './world.ts'

const ROOT = join(import.meta.dirname, '../..')

let libraries: Libraries
beforeAll(async () => {
  libraries = await openLibraries()
})
afterAll(() => libraries?.remove())

interface Type {
  readonly name: string
  readonly kind: string
  readonly fields?: readonly {
    readonly name: string
    readonly args: readonly { readonly name: string; readonly type: { readonly kind: string } }[]
  }[]
  readonly interfaces?: readonly { readonly name: string }[]
}

describe('relay-compiler', () => {
  /** Where a list of a type without an id is, seen from an object that can be fetched again. */
  const PATHS: Readonly<Record<string, readonly [parent: string, before: string, after: string]>> = {
    BinaryChangeList: ['Comparison', 'binaryChanges { ... on BinaryChangeList {', '} }'],
    BinaryList: ['Run', 'binaries { ... on BinaryList {', '} }'],
    Summary: ['Comparison', 'summary { ... on Summary {', '} }'],
  }
  /** Relay pages no list that is below another list: its page is read by a query with variables. */
  const IN_A_LIST: Readonly<Record<string, readonly [parent: string, before: string, after: string]>> = {
    DebdiffFileList: ['Debdiff', 'sections { ... on DebdiffFileList {', '} }'],
  }
  const REQUIRED: Readonly<Record<string, string>> = { search: 'text: "a", ' }

  const forwards = 'count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }'
  const backwards = 'count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" }'

  /** A fragment that pages one list, in one direction. */
  function pageOf(type: string, field: string, isBackward: boolean): string {
    const [parent, before, after] = PATHS[type] ?? IN_A_LIST[type] ?? [type, '', '']
    const name = `${isBackward ? 'last' : 'lists'}_${type}_${field}`
    const page = isBackward ? 'last: $count, before: $cursor' : 'first: $count, after: $cursor'
    const refetch = type in IN_A_LIST ? '' : `@refetchable(queryName: "${name.replaceAll('_', '')}Query")`
    return `fragment ${name} on ${parent} ${refetch} @argumentDefinitions(${isBackward ? backwards : forwards}) {
      ${before} ${field}(${REQUIRED[field] ?? ''}${page}) @connection(key: "${name}_${field}") {
        edges { cursor node { __typename } } } ${after} }`
  }

  it('takes fragments that page every list in each direction, and fetch every object again', async () => {
    const { __schema } = await libraries.file('introspection.json')
    const types = new Map((__schema.types as Type[]).map((type) => [type.name, type]))
    const connections: Record<string, Record<string, string[]>> = await libraries.file('connections.json')
    const lists = Object.entries(connections).flatMap(([type, fields]) =>
      Object.keys(fields).map((field) => {
        const args = types.get(type)?.fields?.find(({ name }) => name === field)?.args ?? []
        return { type, field, isBidirectional: args.some(({ name }) => name === 'last') }
      }),
    )
    const objects = [...types.values()].filter(({ interfaces }) =>
      interfaces?.some(({ name }) => name === 'Node'),
    )
    const nodes = objects.filter(({ kind }) => kind === 'OBJECT').map(({ name }) => name)
    expect([lists.length, nodes.length]).toEqual([expect.any(Number), expect.any(Number)])
    expect(nodes).toEqual(
      expect.arrayContaining([
        'Run',
        'Comparison',
        'Campaign',
        'Hunk',
        'DiffNode',
        'PrecacheJob',
        'PrecacheBatch',
      ]),
    )
    const { output } = await compileRelay(libraries, 'relay-lists', {
      lists: lists.map(({ type, field }) => pageOf(type, field, false)),
      last: lists.filter((one) => one.isBidirectional).map(({ type, field }) => pageOf(type, field, true)),
      nodes: nodes.map(
        (type) => `fragment nodes_${type} on ${type} @refetchable(queryName: "nodes${type}Query") { id }`,
      ),
      work: [
        `mutation workMakeMutation($input: MakeDiffsInput!, $connections: [ID!]!) { makeDiffs(input: $input) { ... on MakeDiffsPayload {
          job @prependNode(connections: $connections, edgeTypeName: "PrecacheJobEdge") { id status } comparison { id } } } }`,
        `subscription workWatchSubscription { precacheJobs(status: [DONE]) { ... on PrecacheJob { id status } } }`,
        `query workDeferQuery { comparison(old: "a", new: "b") { ...work_deferred @defer(label: "changes") } }`,
        `fragment work_deferred on ComparisonResult { ... on Comparison { binaryChanges { __typename } } }`,
        `query workThrowQuery @throwOnFieldError { runs(first: 1) { edges { node { runId } } } }`,
      ],
    })
    expect(output).toMatch(/Done|Compiled|Compilation completed/i)
    expect(output).not.toMatch(/error|warn/i)
  })
})

describe('a running service', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startWithSamples()
  })
  afterAll(() => service?.close())

  it('passes the public audits of GraphQL over HTTP', async () => {
    const { serverAudits, auditServer } = await libraries.of('graphql-http')
    const url = `${service.url}/graphql`
    expect(serverAudits({ url }).length).toBeGreaterThan(50)
    const results: { name: string; status: string }[] = await auditServer({ url })
    expect(results.filter(({ status }) => status === 'error').map(({ name }) => name)).toEqual([])
  })
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
  'strict-id-in-types': 'values without identity have no id: graphcache-keys.json lists them',
}

it('graphql-eslint finds nothing in the schema but the exceptions, each of which is needed', async () => {
  const file = join(libraries.dir, 'lint.mjs')
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
  const found = messages.map((one) => ({ ...one, ruleId: one.ruleId.replace('@graphql-eslint/', '') }))
  expect(found.filter(({ ruleId }) => !(ruleId in EXCEPTIONS))).toEqual([])
  const broken = new Set(found.map(({ ruleId }) => ruleId))
  expect(Object.keys(EXCEPTIONS).filter((rule) => !broken.has(rule))).toEqual([])
})
