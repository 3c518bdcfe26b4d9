/** The clients and examples of `clients/` against the service. `checkers.test.ts` has compilers, `user-steps.test.ts` caches. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createClient,
  JobDocument,
  MakeDiffsDocument,
  OperationFailed,
  RunsDocument,
  type RunsQuery,
  SummaryDocument,
} from '../../clients/typescript/src/index.ts'
import type { TestService } from '../fixtures/service.ts'
import { SAMPLES, startWithSamples } from '../graphql/samples.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLES = join(ROOT, 'clients/examples')

let service: TestService
beforeAll(async () => {
  service = await startWithSamples()
})
afterAll(() => service?.close())

const clientOf = () => createClient({ url: `${service.url}/graphql` })

describe('the TypeScript client', () => {
  it('pages through runs', async () => {
    const found: string[] = []
    for (let after: string | null = null; ; ) {
      const { runs }: RunsQuery = await clientOf().execute(RunsDocument, { first: 1, after })
      found.push(...runs.nodes.map(({ runId }) => runId))
      if (!runs.pageInfo.hasNextPage) break
      after = runs.pageInfo.endCursor
    }
    expect(found.toSorted()).toEqual([SAMPLES.new, SAMPLES.old])
  })

  it('makes a summary and reads it again', async () => {
    const input = { comparison: { runs: SAMPLES }, make: { tools: ['SUMMARY' as const] }, wait: true }
    const { makeDiffs } = await clientOf().execute(MakeDiffsDocument, { input })
    expect(makeDiffs).toMatchObject({ __typename: 'MakeDiffsPayload', errors: [] })
    const { comparison } = await clientOf().execute(SummaryDocument, SAMPLES)
    expect(comparison).toMatchObject({ summary: { __typename: 'Summary', verdict: 'SUBSTANTIVE' } })
  })

  it('throws the errors of an operation with their codes', async () => {
    const failing = clientOf().execute(RunsDocument, { first: 1000 })
    await expect(failing).rejects.toThrow(OperationFailed)
    await expect(failing).rejects.toMatchObject({ errors: [{ extensions: { code: 'PAGE_TOO_LARGE' } }] })
  })

  it('follows a subscription to its end', async () => {
    const events: unknown[] = []
    for await (const { precacheJob } of clientOf().subscribe(JobDocument, { jobId: 'none' }))
      events.push(precacheJob.__typename)
    expect(events).toEqual(['JobNotFoundError'])
  })
})

describe('an example', () => {
  const run = async (command: string, ...args: string[]) =>
    (
      await promisify(execFile)(command, [
        join(EXAMPLES, args[0] ?? ''),
        `${service.url}/graphql`,
        ...args.slice(1),
      ])
    ).stdout

  it('with fetch prints the verdict and the worst findings', async () => {
    expect(await run(process.execPath, 'fetch.mjs', SAMPLES.old, SAMPLES.new)).toMatch(
      /^(SUBSTANTIVE|The summary has)/,
    )
    expect(await run(process.execPath, 'fetch.mjs', SAMPLES.old, 'none')).toBe('Run none does not exist\n')
  })

  it('in Python lists the runs of a campaign', async () => {
    expect(await run('python3', 'runs.py', 'lintian-fixes')).toContain(
      `${SAMPLES.new}\tteatime\t1.4-2~jan+lint1\tsuccess`,
    )
  })
})

it('the files for libraries are those of the schema; if not, run `npm run codegen`', () => {
  const read = (name: string) => JSON.parse(readFileSync(join(ROOT, 'clients/schema', name), 'utf8'))
  expect(read('possible-types.json').Node).toContain('Hunk')
  expect(read('graphcache-keys.json')).toContain('RunConnection')
  expect(read('graphcache-keys.json')).not.toContain('Run')
  expect(existsSync(join(ROOT, 'clients/schema/introspection.json'))).toBe(true)
})
