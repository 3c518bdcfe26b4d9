import { expect } from 'vitest'
import type { DiffKind } from '../../src/model.ts'
import type { TestService } from '../fixtures/service.ts'

const ERROR_FIELDS = `
  ... on Error { message retryable }
  ... on RunNotFoundError { runId }
  ... on RunNotSuccessfulError { runId resultCode }
  ... on DatabaseUnavailableError { retryAfterMs }`
const DIFF_ERROR_FIELDS = `
  ... on Error { message retryable }
  ... on ArtifactsMissingError { runId }
  ... on ArtifactRetrievalError { runId }
  ... on InvalidPackageError { filename reason }
  ... on DiffCommandTimeoutError { command limitMs }
  ... on DiffCommandMemoryError { command limitBytes }
  ... on DiffCommandError { command exitCode signal stderr }
  ... on OverloadedError { retryAfterMs }`

/** Requests the diffs of a pair with mode WAIT. */
export async function requestDiffs(
  service: TestService,
  pair: { old: string; new: string },
  kinds: readonly DiffKind[] = ['debdiff', 'diffoscope'],
) {
  const { data, errors } = await service.graphql(
    `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { __typename
      ... on Comparison { ${kinds.map((kind) => `${kind}(mode: WAIT) { __typename ${DIFF_ERROR_FIELDS} }`).join(' ')} }
      ${ERROR_FIELDS} } }`,
    pair,
  )
  expect(errors).toBeUndefined()
  return data.comparison
}
