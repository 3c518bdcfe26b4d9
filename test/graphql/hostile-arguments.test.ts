/**
 * Every argument and variable of the schema, with values that no client should send. Each is answered by data
 * or by errors with a code and a sentence, and none is logged as a fault of the service. The cases are made
 * from schema.graphql, so a new argument is covered, too.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import PQueue from 'p-queue'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { countOf } from '../fixtures/seeds.ts'
import { addPair, eventually, send, startService, type TestService } from '../fixtures/service.ts'

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'))

/** Values that lead to real objects, by the name of the argument, or of a field and its argument. `RUNS` and `JOB` are set by the test. */
const BASE: Readonly<Record<string, string>> = {
  old: '"a-old"',
  new: '"a-new"',
  runId: '"a-new"',
  pairs: '[{ old: "a-old", new: "a-new" }]',
  jobId: '"JOB"',
  batchId: '"BATCH"',
  path: '["tea_1.0-1+jan1_all.deb"]',
  'file.package': '"tea"',
  'file.path': '"control/control"',
  position: '0',
  'makeDiffs.input': '{ comparison: { runs: { old: "a-old", new: "a-new" } } }',
  'cancelPrecacheJob.input': '{ jobId: "JOB" }',
  'retryPrecacheJob.input': '{ jobId: "JOB" }',
  'cancelPrecacheBatch.input': '{ batchId: "BATCH" }',
  id: '"UnVuOmEtbmV3"',
  ids: '["UnVuOmEtbmV3"]',
  runIds: '["a-new"]',
  text: '"e"',
  name: '"lintian-fixes"',
  first: '3',
  // A node with hunks.
  pathGlob: '"**/control"',
}
/** Arguments without which a field that has them fails, although they are optional. */
const NEEDED = new Set(['jobId', 'batchId', 'first', 'pathGlob'])

/** Fields that do not lead to an object of each type, or to a node without hunks. */
const BARREN = new Set([
  'Query.node',
  'Query.nodes',
  'Comparison.search',
  'Diffoscope.search',
  'Diffoscope.node',
  'Diffoscope.root',
  'FileReport.node',
  'FileReport.root',
  'FileReport.search',
  'FileSummary.report',
  'IncompleteReason.node',
])

interface Target {
  /** `Query.runs` */
  readonly name: string
  readonly field: GraphQLField<unknown, unknown>
  readonly operation: string
  /** The fields from the operation to this one's parent, each with its arguments and type condition. */
  readonly prefix: readonly string[]
}

function callOf(field: GraphQLField<unknown, unknown>, override?: readonly [string, string]): string {
  const args = field.args.flatMap((arg) => {
    if (override?.[0] === arg.name) return [`${arg.name}: ${override[1]}`]
    if (!isRequiredArgument(arg) && !NEEDED.has(arg.name)) return []
    const value = BASE[`${field.name}.${arg.name}`] ?? BASE[arg.name]
    if (value === undefined)
      throw new Error(`BASE needs a value for the argument ${arg.name} of ${field.name}`)
    return [`${arg.name}: ${value}`]
  })
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}`
}

/** Each field with arguments once, by its shortest way from an operation. */
function targets(): Target[] {
  const found = new Map<string, Target>()
  const visited = new Set<string>()
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  let level = roots.flatMap((type) => (type ? [{ type, prefix: [] as string[], operation: type.name }] : []))
  while (level.length > 0) {
    const next: typeof level = []
    for (const { type, prefix, operation } of level) {
      if (visited.has(`${type.name}`)) continue
      visited.add(type.name)
      for (const field of Object.values(type.getFields())) {
        const name = `${type.name}.${field.name}`
        if (field.args.length > 0 && !found.has(name))
          found.set(name, { name, field, prefix, operation: operation.toLowerCase() })
        if (operation !== 'Query' || BARREN.has(name)) continue
        for (const member of membersOf(field))
          next.push({
            type: member,
            prefix: [...prefix, callOf(field), `... on ${member.name}`],
            operation,
          })
      }
    }
    level = next
  }
  return [...found.values()]
}

function membersOf(field: GraphQLField<unknown, unknown>): readonly GraphQLObjectType[] {
  const type = getNamedType(field.type)
  if (isAbstractType(type)) return schema.getPossibleTypes(type)
  return isObjectType(type) ? [type] : []
}

/** The operation that calls a field with one argument as given, and its variable's definition. */
function operationOf(target: Target, override?: readonly [string, string], variable = ''): string {
  const leaf = isLeafType(getNamedType(target.field.type)) ? '' : ' { __typename }'
  const parts = [...target.prefix, `probe: ${callOf(target.field, override)}${leaf}`]
  return `${target.operation}${variable} { ${parts.join(' { ')} ${'} '.repeat(parts.length)}`
}

const TEXTS = ['', ' ', '\0', '\ud800', '€', '../../x', "'; --", 'null', 'x'.repeat(5_000)]
const NUMBERS = [0, -1, 1, 101, 2_147_483_647, -2_147_483_648, 2_147_483_648, 1.5, 1e100, 2 ** 53]
const TIMES = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59-23:59',
  '2026-02-30T00:00:00Z',
]
const OTHERS = [null, true, [], {}, [null], [[]], { x: 1 }]
const ANY: readonly unknown[] = [...TEXTS, ...TIMES, ...NUMBERS, ...OTHERS]

function hostileValues(type: GraphQLInputType): unknown[] {
  if (isNonNullType(type)) return hostileValues(type.ofType)
  if (isListType(type)) {
    const items = hostileValues(type.ofType)
    return [...ANY, ...items.map((item) => [item]), items, Array.from({ length: 200 }, () => items[0])]
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const valid = Object.fromEntries(
      fields.filter(({ type: its }) => isNonNullType(its)).map(({ name }) => [name, 'a-old']),
    )
    return [
      ...ANY,
      valid,
      ...fields.flatMap(({ name, type: its }) =>
        hostileValues(its).map((value) => ({ ...valid, [name]: value })),
      ),
    ]
  }
  return isEnumType(type) ? [...ANY, ...type.getValues().map(({ name }) => name)] : [...ANY]
}

/** A value as text of a document. A text that names a value of an enumeration is written as such, too. */
function literalsOf(value: unknown, type: GraphQLInputType): string[] {
  const named = getNamedType(type)
  const isName = typeof value === 'string' && /^\w+$/.test(value) && !/^\d/.test(value)
  return [literal(value), ...(isEnumType(named) && isName ? [value] : [])]
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([name, each]) => `${name}: ${literal(each)}`)
      .join(', ')} }`
  return JSON.stringify(value)
}

/** The type of an argument's variable, which may be null although the argument has a default. */
function variableType({ type, defaultValue }: GraphQLArgument): string {
  return defaultValue !== undefined && isNonNullType(type) ? String(type.ofType) : String(type)
}

const HTTP_TYPES = { 'content-type': 'application/json' }
const CASES = targets().flatMap((target) =>
  target.field.args.map((arg) => ({ name: `${target.name}(${arg.name}:)`, target, arg })),
)

let service: TestService
let state: TestDatabase
let ids: { JOB: string; BATCH: string }
beforeAll(async () => {
  state = await createTestDatabase()
  service = await startService({
    env: {
      DIFFER_MAX_CLIENT_OPERATIONS: '100',
      DIFFER_MAX_CLIENT_SUBSCRIPTIONS: '50',
      DIFFER_PING_INTERVAL: '1',
      DIFFER_STATE_DATABASE_URL: state.url,
    },
  })
  await addPair(service, 'a')
  const pair = '(old: "a-old", new: "a-new")'
  const made = await service.graphql(
    `{ comparison${pair} { ... on Comparison { summary(mode: WAIT) { __typename } debdiff(mode: WAIT) { __typename } diffoscope(mode: WAIT) { __typename } } } }`,
  )
  expect(made.errors).toBeUndefined()
  const { data } = await service.graphql(
    `mutation { precache${pair} { ... on PrecacheJob { jobId } } precacheAll { ... on PrecacheAllPayload { batch { batchId } } } }`,
  )
  await eventually(async () => {
    const { data: found } = await service.graphql('{ campaigns { nodes { name } } }')
    expect(found.campaigns.nodes).toEqual([{ name: 'lintian-fixes' }])
  })
  ids = { JOB: data.precache.jobId, BATCH: data.precacheAll.batch?.batchId ?? 'none' }
})
afterAll(async () => {
  await service?.close()
  await state?.stop()
})

/** The first result of an operation, with the ids of the job and the batch filled in. */
async function resultOf(query: string, variables?: object): Promise<{ status: number; text: string }> {
  const text = query.replace('"JOB"', JSON.stringify(ids.JOB)).replace('"BATCH"', JSON.stringify(ids.BATCH))
  const request = send(service.url, '/graphql', {
    method: 'POST',
    headers: { ...HTTP_TYPES, accept: 'application/json, text/event-stream;q=0.9, multipart/mixed;q=0.8' },
    body: JSON.stringify({ query: text, ...(variables && { variables }) }),
  })
  return new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (response) => {
      let received = ''
      const status = response.statusCode ?? 0
      response.on('data', (chunk) => {
        received += chunk
        // A subscription goes on. It begins with a ping; after the second one, nothing has matched its filter.
        const [, event] = /^event: next\ndata: (.*)\n/m.exec(received) ?? []
        const isSilent = (received.match(/^:/gm) ?? []).length > 1
        if (event === undefined && !isSilent) return
        request.destroy()
        resolve({ status, text: event ?? '{}' })
      })
      response.once('end', () => resolve({ status, text: received }))
      response.once('error', () => resolve({ status, text: received }))
    })
  })
}

interface Problem {
  readonly query: string
  readonly value?: unknown
  readonly status: number
  readonly text: string
}

/** What is wrong with an answer; null if nothing is. */
function problemOf(answer: { status: number; text: string }, query: string, value?: unknown): Problem | null {
  const problem = {
    query: query.slice(0, 300),
    value,
    status: answer.status,
    text: answer.text.slice(0, 300),
  }
  // The parts of a streamed response are JSON, one in a line.
  const parts = answer.text.split('\n').filter((line) => line.startsWith('{'))
  if (answer.status >= 500 || parts.length === 0) return problem
  const errors = parts.flatMap((part) => JSON.parse(part).errors ?? [])
  const isRight = errors.every(
    ({ message, extensions }) =>
      /^[A-Z]+(_[A-Z]+)*$/.test(extensions?.code ?? '') &&
      extensions.code !== 'INTERNAL_SERVER_ERROR' &&
      // Clients know the messages of persisted queries, which are no sentences.
      (/\w{2,} /.test(message) || /^PersistedQuery\w+$/.test(message)),
  )
  return isRight ? null : problem
}

/** Records of the log that the current test has caused. */
let logBefore = 0
beforeEach(() => {
  logBefore = service.log.length
})
function faults(): unknown[] {
  return service.log.slice(logBefore).filter(({ level }) => Number(level) >= 50)
}

describe('an argument', () => {
  it('of each field is covered', () => {
    const all = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .filter(({ name }) => !name.startsWith('__'))
      .flatMap((type) =>
        Object.values(type.getFields()).flatMap((field) =>
          field.args.map((arg) => `${type.name}.${field.name}(${arg.name}:)`),
        ),
      )
    expect(CASES.map(({ name }) => name).sort()).toEqual(all.sort())
  })

  it.each(targets().map((target) => [target.name, target] as const))(
    'has a base from which it is varied: %s',
    async (_, target) => {
      const { text } = await resultOf(operationOf(target))
      expect(JSON.parse(text).errors).toBeUndefined()
      // No job changes while the test listens, and no summary is made.
      const isSilent = ['Subscription.precacheJobs', 'Subscription.comparisonReady'].includes(target.name)
      if (!isSilent) expect(text).toContain('"probe"')
    },
  )

  it.each(CASES)('gets data or a code for any value: $name', async ({ target, arg }) => {
    const problems: (Problem | null)[] = []
    // A subscription to nothing takes until its second ping.
    const queue = new PQueue({ concurrency: target.operation === 'subscription' ? 40 : 1 })
    const probe = (query: string, variables?: { readonly value?: unknown }) =>
      void queue.add(async () => {
        problems.push(problemOf(await resultOf(query, variables), query, variables?.value))
      })
    // Every second value, in long tests each. It is a variable or written into the document, in turn. Which values
    // these are, and how they are sent, depends on the argument, too.
    const every = countOf(2, 1)
    const at = CASES.findIndex((other) => other.arg === arg)
    for (const [n, value] of hostileValues(arg.type).entries()) {
      if ((n + at) % every !== 0) continue
      if ((Math.floor(n / every) + Math.floor(at / every)) % 2 === 0) {
        const query = operationOf(target, [arg.name, '$value'], `($value: ${variableType(arg)})`)
        probe(query, { value })
        continue
      }
      for (const text of literalsOf(value, arg.type)) probe(operationOf(target, [arg.name, text]))
    }
    probe(operationOf(target, [arg.name, '$value'], `($value: ${variableType(arg)})`))
    await queue.onIdle()
    expect(problems.filter((problem) => problem !== null)).toEqual([])
    expect(faults()).toEqual([])
  })
})

describe('a directive', () => {
  const LIST = '{ runs(first: 3) { ... on RunConnection { nodes DIRECTIVE { runId } } } }'
  const FRAGMENT = '{ ... DIRECTIVE { run(runId: "a-new") { ... on Run { runId } } } }'
  const uses = [
    ...['stream', 'skip', 'include'].map((name) => ({ name, document: LIST })),
    ...['defer', 'skip', 'include'].map((name) => ({ name, document: FRAGMENT })),
  ]

  it.each(uses)('gets data or a code for any value: @$name in $document', async ({ name, document }) => {
    const problems: (Problem | null)[] = []
    for (const { name: argument, type } of schema.getDirective(name)?.args ?? []) {
      const required = argument === 'if' || !['skip', 'include'].includes(name) ? '' : 'if: true, '
      for (const value of ANY) {
        const written = document.replace('DIRECTIVE', `@${name}(${required}${argument}: ${literal(value)})`)
        problems.push(problemOf(await resultOf(written), written))
        for (const nullable of new Set([String(type), String(type).replace('!', '')])) {
          const query = `query ($value: ${nullable}) ${document.replace('DIRECTIVE', `@${name}(${required}${argument}: $value)`)}`
          problems.push(problemOf(await resultOf(query, { value }), query, value))
          const preset = `query ($value: ${nullable} = ${literal(value)}) ${document.replace('DIRECTIVE', `@${name}(${required}${argument}: $value)`)}`
          problems.push(problemOf(await resultOf(preset), preset))
        }
      }
    }
    for (const wrong of [
      `@${name}`,
      `@${name}(x: 1)`,
      `@${name} @${name}`,
      '@nonesuch',
      '@deprecated',
      '@oneOf',
    ]) {
      const query = document.replace('DIRECTIVE', wrong)
      problems.push(problemOf(await resultOf(query), query))
    }
    expect(problems.filter((problem) => problem !== null)).toEqual([])
    expect(faults()).toEqual([])
  })
})

describe('a request', () => {
  const BODIES: readonly (string | object)[] = [
    '',
    ' ',
    'null',
    '5',
    '"x"',
    '[]',
    '[[]]',
    '{',
    '{}',
    '\0',
    '{"query":',
    '[{"query":"{ __typename }"}]',
    { query: null },
    { query: 5 },
    { query: [] },
    { query: {} },
    { query: '' },
    { query: '{' },
    { query: '\0' },
    { query: '{ __typename }', variables: 5 },
    { query: '{ __typename }', variables: 'x' },
    { query: '{ __typename }', variables: [] },
    { query: '{ __typename }', variables: '{"x":' },
    { query: '{ __typename }', operationName: 5 },
    { query: '{ __typename }', operationName: 'x' },
    { query: '{ __typename }', operationName: '' },
    { query: '{ __typename }', extensions: 5 },
    { query: '{ __typename }', extensions: 'x' },
    { query: '{ __typename }', extensions: [] },
    { query: '{ __typename }', extensions: { persistedQuery: 5 } },
    { query: '{ __typename }', documentId: 5 },
    { query: 'query A { __typename } query B { __typename }' },
    { query: 'fragment F on Run { runId }' },
    { query: 'type X { a: Int }' },
    { query: '{ __typename }', unknown: 1 },
    { documentId: '' },
    '{"query":"{ __typename }","__proto__":{"x":1}}',
    '{"query":"{ __typename }","constructor":{"prototype":{}}}',
  ]

  it.each(BODIES.map((body) => [typeof body === 'string' ? body : JSON.stringify(body)]))(
    'of any form gets data or a code: %j',
    async (body) => {
      const answer = await service.ask('/graphql', { method: 'POST', headers: HTTP_TYPES, body })
      expect(problemOf(answer, body)).toBeNull()
      expect(faults()).toEqual([])
    },
  )

  it.each([
    '',
    '?',
    '?query',
    '?query=',
    '?query=%7B',
    '?query=%ff',
    '?query=%00',
    '?query[]=x',
    '?query={__typename}&query=x',
    '?query={__typename}&variables=5',
    '?query={__typename}&variables=[]',
    '?query={__typename}&variables=x',
    '?query={__typename}&variables=',
    '?query={__typename}&extensions=null',
    '?query={__typename}&extensions=5',
    '?query={__typename}&operationName=x',
    '?documentId=x',
    '?query=mutation{__typename}',
    '?query=subscription{precacheJobs{__typename}}',
  ])('over GET of any form gets data or a code: %s', async (query) => {
    const answer = await service.ask(`/graphql${query}`, { headers: { accept: 'application/json' } })
    expect(problemOf(answer, query)).toBeNull()
    expect(faults()).toEqual([])
  })
})
