import type { RunPair } from '../model.ts'
import { builder } from './builder.ts'

/**
 * Declared apart from its fields, because the fields lead to diffs and diffs lead back to their comparison.
 */
export const ComparisonType = builder.objectRef<RunPair>('Comparison')
