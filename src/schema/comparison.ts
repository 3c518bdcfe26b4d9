import {
  type BinaryChange,
  type BinaryChangeKind,
  binaryChanges,
  loadBaselinePair,
  loadDiff,
} from '../resolvers/comparison.ts'
import { loadPairById, pairId } from '../resolvers/diff-ids.ts'
import type { DiffMode } from '../services/diff-service.ts'
import { BinaryType } from './binary.ts'
import { builder } from './builder.ts'
import { ComparisonType } from './comparison-type.ts'
import { DebdiffType } from './debdiff.ts'
import { DiffModeType } from './diff.ts'
import { DiffoscopeType } from './diffoscope.ts'
import { DIFF_ERRORS, LISTING_ERRORS } from './errors.ts'
import { UNPAGED } from './page.ts'
import { RunType } from './run.ts'

const BinaryChangeKindType = builder.enumType('BinaryChangeKind', {
  description: 'What became of a package.',
  values: {
    ADDED: { description: 'Only the new run built it.' },
    REMOVED: { description: 'Only the old run built it.' },
    CHANGED: { description: 'The two files differ.' },
    UNCHANGED: { description: 'The two files are the same, byte for byte.' },
  } satisfies Record<BinaryChangeKind, object>,
})

const BinaryChangeType = builder.objectRef<BinaryChange>('BinaryChange').implement({
  description: 'A package of one run or both.',
  fields: (t) => ({
    kind: t.field({
      type: BinaryChangeKindType,
      description: 'What became of it.',
      resolve: ({ kind }) => kind,
    }),
    old: t.expose('old', { type: BinaryType, nullable: true, description: 'Null for an added one.' }),
    new: t.expose('new', { type: BinaryType, nullable: true, description: 'Null for a removed one.' }),
  }),
})

const BinaryChangeListType = builder
  .objectRef<{ changes: readonly BinaryChange[] }>('BinaryChangeList')
  .implement({
    description: 'All packages of two runs, by name.',
    fields: (t) => ({
      nodes: t.field({
        type: [BinaryChangeType],
        description: 'In name order.',
        complexity: { field: 1, multiplier: UNPAGED },
        args: {
          kind: t.arg({ type: [BinaryChangeKindType], description: 'Only these; all where left out.' }),
        },
        resolve: ({ changes }, { kind }) => changes.filter((change) => !kind || kind.includes(change.kind)),
      }),
      totalCount: t.int({
        description: 'How many packages, of every kind.',
        resolve: ({ changes }) => changes.length,
      }),
    }),
  })

builder.node(ComparisonType, {
  description: 'Two runs side by side. Cheap by itself: nothing is diffed until a diff is asked for.',
  id: {
    description: 'Global id, for `node`.',
    resolve: pairId,
  },
  loadOne: loadPairById,
  fields: (t) => ({
    old: t.expose('old', { type: RunType, description: 'The run without the change.' }),
    new: t.expose('new', { type: RunType, description: 'The run with the change.' }),
    binaryChanges: t.field({
      type: BinaryChangeListType,
      description:
        "What became of each package, from names, sizes and the store's checksums; nothing is fetched.",
      errors: { types: LISTING_ERRORS },
      complexity: 5,
      resolve: async (pair, _, context) => ({ changes: await binaryChanges(pair, context) }),
    }),
    debdiff: t.field({
      type: DebdiffType,
      description: 'File lists and control fields that differ.',
      args: diffArguments(t.arg),
      complexity: diffCost,
      errors: { types: DIFF_ERRORS },
      resolve: (pair, args, context) => loadDiff('debdiff', pair, args, context),
    }),
    diffoscope: t.field({
      type: DiffoscopeType,
      description: 'What is different inside the files.',
      args: diffArguments(t.arg),
      complexity: diffCost,
      errors: { types: DIFF_ERRORS },
      resolve: (pair, args, context) => loadDiff('diffoscope', pair, args, context),
    }),
  }),
})

builder.objectField(RunType, 'comparisonWithBaseline', (t) =>
  t.field({
    type: ComparisonType,
    nullable: true,
    description:
      'It beside its baseline; null where there is none, and where it did not succeed and so has nothing to compare.',
    resolve: loadBaselinePair,
  }),
)

/** Making a diff while somebody waits, in fields: an operation may ask for a few. */
const WAIT_COST = 1000

function diffCost({ mode }: { readonly mode: DiffMode }) {
  return mode === 'WAIT' ? WAIT_COST : 5
}

type ArgumentBuilder = Parameters<Parameters<typeof builder.queryField>[1]>[0]['arg']

function diffArguments(arg: ArgumentBuilder) {
  return {
    mode: arg({
      type: DiffModeType,
      required: true,
      defaultValue: 'CACHED_ONLY',
      description: 'What may happen when it is not cached.',
    }),
    filterBoring: arg.boolean({
      required: true,
      defaultValue: false,
      description: 'Whether to leave out differences that every rebuild makes, such as version numbers.',
    }),
  } as const
}
