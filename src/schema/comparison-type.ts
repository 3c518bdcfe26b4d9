import { DatabaseUnavailableError, RunNotFoundError, RunNotSuccessfulError } from '../errors.ts'
import type { RunPair } from '../model.ts'
import { builder } from './builder.ts'
import { resultType } from './results.ts'

/**
 * Declared apart from its fields, because the fields lead to diffs and diffs lead back to their comparison.
 */
export const ComparisonType = builder.objectRef<RunPair>('Comparison')

export const ComparisonResultType = resultType(
  'ComparisonResult',
  ComparisonType,
  [RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError],
  'The comparison',
)
