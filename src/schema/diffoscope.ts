import type { IncompleteKind, IncompleteMark, ReportCounts } from '../diff/report/types.ts'
import { builder } from './builder.ts'
import { DiffInterface, type DiffoscopeView } from './diff.ts'

const DiffStatType = builder.objectRef<ReportCounts>('DiffStat').implement({
  description: 'How much differs.',
  fields: (t) => ({
    nodes: t.exposeInt('nodes', {
      description: 'Nodes of the tree: packages, files, members of archives; the root counts.',
    }),
    hunks: t.exposeInt('hunks', { description: 'Groups of lines that differ.' }),
    added: t.exposeInt('addedLines', { description: 'Lines on the new side only.' }),
    removed: t.exposeInt('removedLines', { description: 'Lines on the old side only.' }),
  }),
})

const IncompleteReasonKind = builder.enumType('IncompleteReasonKind', {
  description: 'Why a report says less than there is to say.',
  values: {
    TIMEOUT: { description: "The tool's own time limit ended it early." },
    TOOL_MISSING: { description: 'A program that compares one kind of file is not installed.' },
    EXTRACTION_FAILED: { description: 'An archive could not be opened.' },
    COMMAND_FAILED: { description: 'A program that compares one kind of file failed.' },
    DEPTH_LIMIT: { description: 'An archive was nested too deeply.' },
    INPUT_CUT: { description: 'Only the beginning of two files was compared.' },
    BLOCK_CUT: { description: 'Lines of a diff were left out.' },
    LEGACY_UNVERIFIED: {
      description: 'The report was made by an older service, which may have taken a shortened one for whole.',
    },
  } satisfies Record<IncompleteKind | 'LEGACY_UNVERIFIED', object>,
})

interface IncompleteReason extends Pick<IncompleteMark, 'tool' | 'comment'> {
  readonly kind: IncompleteKind | 'LEGACY_UNVERIFIED'
}

const IncompleteReasonType = builder.objectRef<IncompleteReason>('IncompleteReason').implement({
  description: 'One thing that a report lacks.',
  fields: (t) => ({
    kind: t.field({ type: IncompleteReasonKind, description: 'Of what kind.', resolve: ({ kind }) => kind }),
    tool: t.exposeString('tool', {
      nullable: true,
      description: 'The program that is missing or failed, where that is known.',
    }),
    comment: t.exposeString('comment', { nullable: true, description: 'What diffoscope says of it.' }),
  }),
})

function reasonsOf({ stored }: DiffoscopeView): IncompleteReason[] {
  const legacy = { kind: 'LEGACY_UNVERIFIED', tool: null, comment: null } as const
  return [...(stored.entry.verified ? [] : [legacy]), ...stored.incomplete]
}

export const DiffoscopeType = builder.objectRef<DiffoscopeView>('Diffoscope').implement({
  description: 'What is different inside the files, found by `diffoscope`.',
  interfaces: [DiffInterface],
  fields: (t) => ({
    stat: t.field({
      type: DiffStatType,
      description: 'Of the whole report, without the filter.',
      resolve: ({ stored }) => stored.counts,
    }),
    complete: t.boolean({
      description: 'Whether nothing tells of a shortened comparison.',
      resolve: (view) => reasonsOf(view).length === 0,
    }),
    incompleteReasons: t.field({
      type: [IncompleteReasonType],
      description: 'What tells of it; at most 101.',
      resolve: reasonsOf,
    }),
  }),
})
