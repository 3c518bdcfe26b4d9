import type { RunPair } from '../model.ts'
import { builder } from './builder.ts'

/** Known by name ahead of its fields, which lead to diffs, which lead back to it. */
export const ComparisonType = builder.objectRef<RunPair>('Comparison')
