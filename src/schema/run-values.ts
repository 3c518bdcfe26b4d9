import type { RunValue, RunValueKind } from '../db/run-values.ts'
import { pageOfRunValues } from '../resolvers/run-values.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { checkedPage, connectionType, pageArguments, pageCost } from './page.ts'

const RunValueType = builder.objectRef<RunValue>('RunValue').implement({
  description: 'A value that runs have, for a filter of runs.',
  fields: (t) => ({
    value: t.exposeString('value', { description: 'The value.' }),
    runs: t.exposeInt('runs', { description: 'Number of runs that have it.' }),
  }),
})

const RunValueConnectionType = connectionType('RunValue', RunValueType, {
  noun: 'value',
  totalCount: 'Always null: clients that filter do not need it.',
})

/** It reads a whole table. */
const VALUES_COST = 1000

builder.queryFields((t) => {
  const values = (kind: RunValueKind, description: string) =>
    t.field({
      type: RunValueConnectionType,
      ...NULL_IF_FAILED,
      description,
      args: {
        search: t.arg.string({ description: 'Only values that contain this text; case is ignored.' }),
        ...pageArguments(t.arg),
      },
      complexity: (page) => ({ ...pageCost(page), field: VALUES_COST }),
      resolve: (_, { search, ...page }, context) => pageOfRunValues(kind, search, checkedPage(page), context),
    })
  return {
    runCampaigns: values(
      'campaign',
      'Names of the campaigns that have runs, in the order of their characters.',
    ),
    runCodebases: values(
      'codebase',
      'Names of the codebases that have runs, in the order of their characters.',
    ),
    runSources: values(
      'source',
      'Names of the source packages that runs built, in the order of their characters.',
    ),
    runResultCodes: values(
      'resultCode',
      'Result codes that runs ended with, in the order of their characters.',
    ),
  }
})
