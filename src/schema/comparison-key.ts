/** The inputs that say which two runs to compare. */
import { builder } from './builder.ts'

export const OLD_RUN_ID = 'The `Run.runId` of the run without the change.'
export const NEW_RUN_ID = 'The `Run.runId` of the run with the change.'

export const RunPairInput = builder.inputType('RunPairInput', {
  description: 'Two runs to compare.',
  fields: (t) => ({
    old: t.id({ required: true, description: OLD_RUN_ID }),
    new: t.id({ required: true, description: NEW_RUN_ID }),
  }),
})

/** In one input, because exactly one of these ways is needed. */
export const ComparisonKeyType = builder.inputType('ComparisonKey', {
  description: 'Which comparison: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The comparison with this global id.' }),
    runs: t.field({ type: RunPairInput, description: 'The comparison of these two runs.' }),
    ofRun: t.id({ description: 'The comparison of the run with this `Run.runId` with its baseline.' }),
  }),
})
