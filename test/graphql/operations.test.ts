/** The operations of examples/operations: what the docs show and GraphiQL offers works on the sample runs as it is. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ComparisonDocument,
  ErrorsDocument,
  HunksDocument,
  PrecacheDocument,
  ProgressDocument,
  RunsDocument,
  TreeDocument,
} from '../../examples/generated/graphql.ts'
import { EXAMPLE_TABS } from '../../src/graphql/example-operations.ts'
import type { TestService } from '../fixtures/service.ts'
import { SAMPLES, startWithSamples } from './samples.ts'

const ROOT = join(import.meta.dirname, '../..')
const DIR = join(ROOT, 'examples/operations')
const FILES = readdirSync(DIR).sort()
const textOf = (name: string) => readFileSync(join(DIR, `${name}.graphql`), 'utf8')

let service: TestService
beforeAll(async () => {
  service = await startWithSamples()
})
afterAll(() => service?.close())

/** An operation as its file has it, with the variables that it names, or others. */
async function run(name: string, variables?: object): Promise<any> {
  const query = textOf(name)
  const given = variables ?? JSON.parse(/^# Variables: (.*)$/m.exec(query)?.[1] ?? '{}')
  const { data, errors } = await service.graphql(query, given)
  expect(errors).toBeUndefined()
  return data
}

describe('the example operations', () => {
  it('show a comparison with both diffs', async () => {
    const { comparison } = await run('comparison')
    expect(comparison.debdiff).toMatchObject({ __typename: 'Debdiff', isEmpty: false })
    expect(comparison.debdiff.sections.map(({ title }: { title: string }) => title)).toContain(
      'Control files of package teatime: lines which differ (wdiff format)',
    )
    expect(comparison.diffoscope).toMatchObject({ __typename: 'Diffoscope', complete: true })
    expect(comparison.diffoscope.stat.nodes).toBeGreaterThan(10)
    expect(comparison.binaryChanges.nodes).toHaveLength(5)
  })

  it('list runs with their diffs', async () => {
    const { runs } = await run('runs')
    expect(runs.totalCount).toBe(2)
    const changed = runs.nodes.find(({ runId }: { runId: string }) => runId === SAMPLES.new)
    expect(changed.comparisonWithBaseline).toMatchObject({
      old: { runId: SAMPLES.old },
      diffoscope: { __typename: 'Diffoscope' },
    })
    const control = runs.nodes.find(({ runId }: { runId: string }) => runId === SAMPLES.old)
    expect(control.comparisonWithBaseline).toBeNull()
  })

  it('walk a tree by page', async () => {
    const ids: string[] = []
    let after: string | null = null
    do {
      const { comparison } = await run('tree', { ...SAMPLES, first: 7, after })
      const { nodes, pageInfo, totalCount } = comparison.diffoscope.nodes
      expect(totalCount).toBe(comparison.diffoscope.stat.nodes - 1)
      ids.push(...nodes.map(({ id }: { id: string }) => id))
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    } while (after)
    const { comparison } = await run('tree', { ...SAMPLES, first: 100 })
    expect(comparison.diffoscope.hidden.nodes).toBeGreaterThanOrEqual(0)
    expect(ids).toEqual(comparison.diffoscope.nodes.nodes.map(({ id }: { id: string }) => id))
  })

  it('load hunks of one node, side by side, with what changed marked', async () => {
    const { comparison } = await run('hunks')
    const { node } = comparison.diffoscope
    expect(node.hunks.totalCount).toBeGreaterThan(0)
    const rows = node.hunks.nodes.flatMap((hunk: any) => hunk.rows.nodes)
    const version = rows.find((row: any) => row.kind === 'CHANGED' && row.old.text.startsWith('Version:'))
    expect(version.old.text).toBe('Version: 1.4-1~jan+unchanged1')
    expect(version.new.text).toBe('Version: 1.4-2~jan+lint1')
    expect(version.new.segments.map(({ text }: { text: string }) => text).join('')).toBe(version.new.text)
    expect(version.new.segments.filter(({ changed }: { changed: boolean }) => !changed)[0].text).toMatch(
      /^Version: 1\.4-/,
    )
  })

  it('tell errors by type, and leave who does not ask for them with an empty object', async () => {
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

  it('ask for a diff in the background, and watch it to its end', async () => {
    const { precache } = await run('precache')
    expect(precache.__typename).toBe('PrecacheJob')
    const client = createClient({ url: `${service.url}/graphql` })
    const states: any[] = []
    // As the tab of GraphiQL has it: it watches the job that the one of "Precache" asks for.
    const query = EXAMPLE_TABS.find((tab) => tab.query.includes('subscription Progress'))?.query ?? ''
    for await (const { data } of client.iterate({ query })) states.push((data as any)?.precacheJob)
    client.dispose()
    expect(states.at(-1)).toMatchObject({ jobId: precache.jobId, status: 'DONE', progress: 1 })
  })

  it('have typed documents, each known by its hash', () => {
    const manifest = JSON.parse(
      readFileSync(join(ROOT, 'examples/generated/persisted-documents.json'), 'utf8'),
    )
    const documents = [
      ComparisonDocument,
      ErrorsDocument,
      HunksDocument,
      PrecacheDocument,
      ProgressDocument,
      RunsDocument,
      TreeDocument,
    ]
    expect(documents).toHaveLength(FILES.length)
    for (const document of documents)
      expect(manifest).toHaveProperty((document as any).__meta__.hash, expect.stringContaining('{'))
  })

  it('are the tabs of GraphiQL, which work without variables; if not, run `npm run codegen`', async () => {
    const plain = (text: string) =>
      text.replace(/^# Variables: .*\n/m, '').replace(/ = ("[^"]*"|\w+|\[.*?\])(?=[,)])/g, '')
    expect(EXAMPLE_TABS.map(({ query }) => plain(query))).toEqual(
      FILES.map((name) => plain(readFileSync(join(DIR, name), 'utf8'))),
    )
    const needed = EXAMPLE_TABS.flatMap(({ query }) => [...query.matchAll(/\$\w+: [\w![\]]+!(?=[,)])/g)])
    expect(needed.map(([variable]) => variable)).toEqual([])
    for (const { query } of EXAMPLE_TABS.filter(({ query }) => /^query /m.test(query)))
      expect([query, (await service.graphql(query)).errors]).toEqual([query, undefined])
  })
})

describe('docs/api.md', () => {
  const text = readFileSync(join(ROOT, 'docs/api.md'), 'utf8')
  const blocks = [...text.matchAll(/^```graphql\n(.*?)^```$/gms)].map(([, block = '']) => block)

  it('shows the example operations as they are', () => {
    for (const name of FILES) expect(blocks).toContain(readFileSync(join(DIR, name), 'utf8'))
  })

  it('has no query that does not work', async () => {
    const own = blocks.filter(
      (block) => !FILES.some((name) => readFileSync(join(DIR, name), 'utf8') === block),
    )
    expect(own.length).toBeGreaterThan(3)
    for (const query of own) {
      const { errors, data } = await service.graphql(query)
      expect([query, errors]).toEqual([query, undefined])
      expect(JSON.stringify(data)).not.toMatch(/"__typename":"\w+Error"/)
    }
  })

  it('has commands that print what it says', async () => {
    const commands = [...text.matchAll(/^```sh\n(curl .*?)```$/gms)].map(([, command = '']) => command)
    expect(commands.length).toBeGreaterThan(1)
    for (const command of commands) {
      const here = command.replaceAll('http://localhost:9920', service.url)
      const { stdout } = await promisify(execFile)('sh', ['-c', here])
      expect([command, stdout]).toEqual([command, expect.stringMatching(/"data":|HTTP\/1.1 304|event: next/)])
    }
  })
})

describe('README.md', () => {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const block = (language: string, start: string) =>
    new RegExp(`^\`\`\`${language}\n(${start}.*?)^\`\`\`$`, 'ms').exec(text)?.[1] ?? ''

  it('shows the query of examples/quick-start.graphql', () => {
    const file = readFileSync(join(ROOT, 'examples/quick-start.graphql'), 'utf8')
    expect(file.replace(/^#.*\n/gm, '')).toBe(block('graphql', '{'))
  })

  it('has a command that returns the answer below it', async () => {
    const command = block('sh', 'curl ').replace('http://localhost:9920', service.url)
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: ROOT })
    expect(JSON.parse(stdout)).toEqual(JSON.parse(block('json', '{')))
  })
})
