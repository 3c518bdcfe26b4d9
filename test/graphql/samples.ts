/** A service that has the sample builds, as `npm start` has. */
import { mkdir } from 'node:fs/promises'
import type { ServiceOptions, TestService } from '../fixtures/service.ts'
import { startService } from '../fixtures/service.ts'
import { script } from '../scripts/script.ts'

export const SAMPLES = { old: 'teatime-unchanged', new: 'teatime-lintian-fixes' } as const

export async function startWithSamples(options: ServiceOptions = {}): Promise<TestService> {
  const service = await startService(options)
  const { buildSamples } = await script('samples')
  await mkdir(service.places.artifacts, { recursive: true })
  await buildSamples(service.places.artifacts)
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

/** Asks, and refuses an answer with errors. */
export async function dataOf(service: TestService, query: string, variables: object = {}): Promise<any> {
  const { data, errors } = await service.graphql(query, variables)
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

/** Makes both diffs of the samples, so that they are cached. */
export async function makeSampleDiffs(service: TestService): Promise<void> {
  const { comparison } = await dataOf(
    service,
    `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { ... on Comparison {
      debdiff(mode: WAIT) { __typename } diffoscope(mode: WAIT) { __typename } } } }`,
    SAMPLES,
  )
  if (comparison.debdiff.__typename !== 'Debdiff' || comparison.diffoscope.__typename !== 'Diffoscope')
    throw new Error(JSON.stringify(comparison))
}
