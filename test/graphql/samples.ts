/** Starts a service with the sample builds, as `npm start` does. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { type ServiceOptions, startService, type TestService } from '../fixtures/service.ts'
import { copyShared } from '../fixtures/shared-files.ts'
import { script } from '../scripts/script.ts'

/** Run ids of the samples. */
export const SAMPLES = { old: 'teatime-unchanged', new: 'teatime-lintian-fixes' } as const

export async function startWithSamples(options: ServiceOptions = {}): Promise<TestService> {
  const service = await startService(options)
  const { buildSamples } = await script<{ buildSamples(outDir: string): Promise<void> }>('samples')
  await copyShared('samples', service.places.artifacts, buildSamples)
  const shared = { codebase: 'teatime', source: 'teatime', mainBranchRevision: 'teatime-main' }
  await service.addRun(
    {
      ...shared,
      id: SAMPLES.old,
      campaign: 'unchanged',
      version: '1.4-1~jan+unchanged1',
      revision: 'teatime-main',
    },
    [],
  )
  await service.addRun(
    {
      ...shared,
      id: SAMPLES.new,
      campaign: 'lintian-fixes',
      version: '1.4-2~jan+lint1',
      revision: 'teatime-lint',
    },
    [],
  )
  return service
}

/**
 * Executes an operation and returns its data, of the type that the caller has selected.
 * @throws Error with the response's errors, if it has any
 */
export async function dataOf<Data>(
  service: TestService,
  query: string,
  variables: object = {},
): Promise<Data> {
  const { data, errors } = await service.graphql(query, variables)
  if (errors) throw new Error(JSON.stringify(errors))
  return data as Data
}

/** Starts a service with the sample builds and their diffs. */
export async function startWithSampleDiffs(): Promise<TestService> {
  const service = await startWithSamples()
  await makeSampleDiffs(service)
  return service
}

/** Makes both diffs of the samples, so that they are cached. The tools run once for all test files. */
export async function makeSampleDiffs(service: TestService): Promise<void> {
  const { cache } = service.places
  await copyShared('sample-diffs', cache, async (dir) => {
    await requestSampleDiffs(service)
    for (const part of ['debdiff', 'diffoscope', 'differ/stamps'])
      await cp(join(cache, part), join(dir, part), { recursive: true, preserveTimestamps: true })
  })
  await requestSampleDiffs(service)
}

async function requestSampleDiffs(service: TestService): Promise<void> {
  const { comparison } = await dataOf<{
    comparison: { debdiff: { __typename: string }; diffoscope: { __typename: string } }
  }>(
    service,
    `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { ... on Comparison {
      debdiff(mode: WAIT) { __typename } diffoscope(mode: WAIT) { __typename } } } }`,
    SAMPLES,
  )
  if (comparison.debdiff.__typename !== 'Debdiff' || comparison.diffoscope.__typename !== 'Diffoscope')
    throw new Error(JSON.stringify(comparison))
}
