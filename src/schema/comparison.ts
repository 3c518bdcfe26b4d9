import type { RunPair } from '../model.ts'
import {
  type BinaryChange,
  type BinaryChangeKind,
  binaryChanges,
  loadDiff,
  loadPair,
} from '../resolvers/comparison.ts'
import { BinaryType } from './binary.ts'
import { builder } from './builder.ts'
import { DebdiffType } from './debdiff.ts'
import { DiffModeType } from './diff.ts'
import { DiffoscopeType } from './diffoscope.ts'
import { DIFF_ERRORS, LISTING_ERRORS } from './errors.ts'
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

export const ComparisonType = builder.objectRef<RunPair>('Comparison')

builder.node(ComparisonType, {
  description: 'Two runs side by side. Cheap by itself: nothing is diffed until a diff is asked for.',
  id: {
    description: 'Global id, for `node`.',
    resolve: ({ old, new: fresh }) => JSON.stringify([old.id, fresh.id]),
  },
  loadOne: async (id, context) => {
    const ids = pairIdsOf(id)
    // `node` answers null for what is not there, and an unknown run is not there.
    return ids && loadPair(...ids, context).catch(() => null)
  },
  fields: (t) => ({
    old: t.expose('old', { type: RunType, description: 'The run without the change.' }),
    new: t.expose('new', { type: RunType, description: 'The run with the change.' }),
    binaryChanges: t.field({
      type: BinaryChangeListType,
      description:
        "What became of each package, from names, sizes and the store's checksums; nothing is fetched.",
      errors: { types: LISTING_ERRORS },
      resolve: async (pair, _, context) => ({ changes: await binaryChanges(pair, context) }),
    }),
    debdiff: t.field({
      type: DebdiffType,
      description: 'File lists and control fields that differ.',
      args: diffArguments(t.arg),
      errors: { types: DIFF_ERRORS },
      resolve: (pair, args, context) => loadDiff('debdiff', pair, args, context),
    }),
    diffoscope: t.field({
      type: DiffoscopeType,
      description: 'What is different inside the files.',
      args: diffArguments(t.arg),
      errors: { types: DIFF_ERRORS },
      resolve: (pair, args, context) => loadDiff('diffoscope', pair, args, context),
    }),
  }),
})

function pairIdsOf(id: string): [string, string] | null {
  try {
    const ids: unknown = JSON.parse(id)
    return Array.isArray(ids) && typeof ids[0] === 'string' && typeof ids[1] === 'string'
      ? [ids[0], ids[1]]
      : null
  } catch {
    return null
  }
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
