/**
 * The operations in examples/operations, which the documentation shows and GraphiQL offers, with the sample
 * runs.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ComparisonDocument,
  ErrorsDocument,
  HunksDocument,
  MakeDiffsDocument,
  ProgressDocument,
  type ProgressSubscription,
  RunsDocument,
  SearchDocument,
  TreeDocument,
  type TreeQueryVariables,
} from '../../examples/generated/graphql.ts'
import { EXAMPLE_TABS } from '../../src/graphql/example-operations.ts'
import type { TestService } from '../fixtures/service.ts'
import { dataOf, SAMPLES, startWithSamples } from './samples.ts'
import { having, present } from './selections.ts'

const ROOT = join(import.meta.dirname, '../..')
const DIR = join(ROOT, 'examples/operations')
const FILES = readdirSync(DIR).sort()
const DOCUMENTS = {
  comparison: ComparisonDocument,
  errors: ErrorsDocument,
  hunks: HunksDocument,
  'make-diffs': MakeDiffsDocument,
  progress: ProgressDocument,
  runs: RunsDocument,
  search: SearchDocument,
  tree: TreeDocument,
}
const textOf = (file: string) => readFileSync(join(DIR, file), 'utf8')

let service: TestService
beforeAll(async () => {
  service = await startWithSamples()
})
afterAll(() => service?.close())

type Documents = typeof DOCUMENTS
type Result<Name extends keyof Documents> =
  Documents[Name] extends TypedDocumentNode<infer Data, infer _Variables> ? Data : never

/** Executes an operation as its file has it, by default with the variables of its comment. */
async function run<Name extends keyof Documents>(name: Name, variables?: object): Promise<Result<Name>> {
  const query = textOf(`${name}.graphql`)
  return dataOf(service, query, variables ?? JSON.parse(/^# Variables: (.*)$/m.exec(query)?.[1] ?? '{}'))
}

describe('the example operations', () => {
  it('queue a diff and watch its job until it ends', async () => {
    const { job } = having((await run('make-diffs')).makeDiffs, 'job')
    const client = createClient({ url: `${service.url}/graphql` })
    const states: unknown[] = []
    // GraphiQL's tab has the id of the job that the tab "MakeDiffs" queues.
    const query = EXAMPLE_TABS.find((tab) => tab.query.includes('subscription Progress'))?.query ?? ''
    for await (const { data } of client.iterate<ProgressSubscription>({ query }))
      states.push(data?.precacheJob)
    client.dispose()
    expect(states.at(-1)).toMatchObject({ jobId: present(job).jobId, status: 'DONE', progress: 1 })
  })

  it('show a comparison with both diffs', async () => {
    const comparison = having((await run('comparison')).comparison, 'debdiff')
    const debdiff = having(comparison.debdiff, 'sections')
    expect(debdiff).toMatchObject({ __typename: 'Debdiff', isEmpty: false })
    expect(debdiff.sections.map(({ title }) => title)).toContain(
      'Control files of package teatime: lines which differ (wdiff format)',
    )
    const diffoscope = having(comparison.diffoscope, 'stat')
    expect(diffoscope).toMatchObject({ __typename: 'Diffoscope', complete: true })
    expect(diffoscope.stat.nodes).toBeGreaterThan(10)
    expect(having(comparison.binaryChanges, 'changes').changes.nodes).toHaveLength(5)
  })

  it('list runs with their diffs', async () => {
    const { runs } = await run('runs')
    expect(runs.totalCount).toBe(2)
    const changed = runs.nodes.find(({ runId }) => runId === SAMPLES.new)
    expect(changed?.comparisonWithBaseline).toMatchObject({
      old: { runId: SAMPLES.old },
      diffoscope: { __typename: 'Diffoscope' },
    })
    const control = runs.nodes.find(({ runId }) => runId === SAMPLES.old)
    expect(control?.comparisonWithBaseline).toBeNull()
  })

  it('read a tree page by page', async () => {
    const page = async (variables: TreeQueryVariables) => {
      const { comparison } = await run('tree', variables)
      return having(having(comparison, 'diffoscope').diffoscope, 'nodes')
    }
    const ids: string[] = []
    let after: string | null = null
    do {
      const { nodes, stat } = await page({ ...SAMPLES, first: 7, after })
      expect(nodes.totalCount).toBe(stat.nodes - 1)
      ids.push(...nodes.nodes.map(({ id }) => id))
      after = nodes.pageInfo.hasNextPage ? nodes.pageInfo.endCursor : null
    } while (after)
    const whole = await page({ ...SAMPLES, first: 100 })
    expect(whole.hidden.map((one) => one.class)).toContain('MD5SUMS')
    expect(ids).toEqual(whole.nodes.nodes.map(({ id }) => id))
  })

  it('read the hunks of one node side by side, with the changed segments', async () => {
    const { comparison } = await run('hunks')
    const { hunks } = present(having(having(comparison, 'diffoscope').diffoscope, 'node').node)
    expect(hunks.totalCount).toBeGreaterThan(0)
    const rows = hunks.nodes.flatMap((hunk) => hunk.rows.nodes)
    const version = rows.find((row) => row.kind === 'CHANGED' && row.old?.text.startsWith('Version:'))
    expect(version?.old?.text).toBe('Version: 1.4-1~jan+unchanged1')
    expect(version?.new?.text).toBe('Version: 1.4-2~jan+lint1')
    const segments = present(version?.new?.segments)
    expect(segments.map(({ text }) => text).join('')).toBe(version?.new?.text)
    expect(segments.find(({ changed }) => !changed)?.text).toMatch(/^Version: 1\.4-/)
  })

  it('search a report', async () => {
    const { comparison } = await run('search')
    const { nodes } = having(having(comparison, 'diffoscope').diffoscope, 'search').search
    expect(nodes.length).toBeGreaterThan(0)
    expect(nodes.every(({ text }) => text.includes('1.4-2'))).toBe(true)
  })

  it('return errors by type, and an empty object to a query that does not select them', async () => {
    expect(await run('errors')).toEqual({
      happy: {},
      careful: {
        __typename: 'RunNotFoundError',
        runId: 'no-such-run',
        message: 'Run no-such-run does not exist',
        retryable: false,
      },
      several: [
        { __typename: 'Comparison', new: { runId: SAMPLES.old } },
        { __typename: 'RunNotFoundError', message: 'Run no-such-run does not exist' },
      ],
    })
  })

  it('have typed documents, whose hashes the manifest lists', () => {
    const manifest = JSON.parse(
      readFileSync(join(ROOT, 'examples/generated/persisted-documents.json'), 'utf8'),
    )
    const documents = Object.values(DOCUMENTS)
    expect(documents).toHaveLength(FILES.length)
    for (const document of documents) {
      const { __meta__ } = document as unknown as { readonly __meta__: { readonly hash: string } }
      expect(manifest).toHaveProperty(__meta__.hash, expect.stringContaining('{'))
    }
  })

  it('have no required variable with a default, which relay-compiler refuses', () => {
    for (const file of FILES)
      expect([file, textOf(file)]).toEqual([file, expect.not.stringMatching(/\$\w+: \w+! =/)])
  })

  it('are the tabs of GraphiQL, which work without variables; if not, run `npm run codegen`', async () => {
    const withoutDefaults = (text: string) =>
      text.replace(/^# Variables: .*\n/m, '').replace(/ = ("[^"]*"|\w+|\[.*?\])(?=[,)])/g, '')
    expect(EXAMPLE_TABS.map(({ query }) => withoutDefaults(query))).toEqual(
      FILES.map((file) => withoutDefaults(textOf(file))),
    )
    const required = EXAMPLE_TABS.flatMap(({ query }) => [...query.matchAll(/\$\w+: [\w![\]]+!(?=[,)])/g)])
    expect(required.map(([variable]) => variable)).toEqual([])
    for (const { query } of EXAMPLE_TABS.filter(({ query }) => /^query /m.test(query)))
      expect([query, (await service.graphql(query)).errors]).toEqual([query, undefined])
  })
})

it('README.md shows the quick start and its answer', async () => {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(text)?.[1] ?? ''
  const query = readFileSync(join(ROOT, 'examples/quick-start.graphql'), 'utf8')
  expect(query.replace(/^#.*\n/, '')).toBe(block('graphql'))
  expect(JSON.parse(block('json'))).toEqual({ data: await dataOf(service, query) })
})

describe('docs/api.md', () => {
  const text = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
  const blocks = [...text.matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, block = '']) => block)

  it('shows each example operation unchanged, or links to it', () => {
    for (const file of FILES)
      if (!blocks.includes(textOf(file))) expect(text).toContain(`(../examples/operations/${file})`)
  })

  it('has only queries that work', async () => {
    const others = blocks.filter((block) => !FILES.some((file) => textOf(file) === block))
    expect(others.length).toBeGreaterThan(1)
    for (const query of others) {
      const { errors, data } = await service.graphql(query)
      expect([query, errors]).toEqual([query, undefined])
      expect(JSON.stringify(data)).not.toMatch(/"__typename":"\w+Error"/)
    }
  })

  it('has commands that print what it says', async () => {
    const commands = [...text.matchAll(/^```sh\n(curl .*?)```$/gms)].map(([, command = '']) => command)
    expect(commands.length).toBeGreaterThan(1)
    for (const command of commands) {
      const local = command.replaceAll('http://localhost:9920', service.url)
      const { stdout } = await promisify(execFile)('sh', ['-c', local])
      expect([command, stdout]).toEqual([command, expect.stringMatching(/"data":|HTTP\/1.1 304|event: next/)])
    }
  })
})
