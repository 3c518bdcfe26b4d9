import type { IncompleteKind, IncompleteMark } from '../diff/report/types.ts'
import { pageOfNodes } from '../resolvers/report-pages.ts'
import { builder } from './builder.ts'
import { DiffInterface, type DiffoscopeView } from './diff.ts'
import { bounded, DiffNodeConnectionType, DiffNodeType, pageArguments } from './diff-node.ts'
import { DiffStatType } from './diff-stat.ts'

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
      description: 'Of what is shown.',
      resolve: async (view, _, { reports }) => (await reports.of(view)).counts,
    }),
    hidden: t.field({
      type: DiffStatType,
      nullable: true,
      description: 'What the filter hides; null without it.',
      resolve: async (view, _, { reports }) => (await reports.of(view)).hidden,
    }),
    root: t.field({
      type: DiffNodeType,
      description: 'The top of the tree: the two runs. Its children are the packages that differ.',
      resolve: async (view, _, { reports }) => {
        const report = await reports.of(view)
        return { report, value: await report.node(0) }
      },
    }),
    nodes: t.field({
      type: DiffNodeConnectionType,
      description: 'All nodes below the root as one list, in document order: for a page that unfolds a tree.',
      args: {
        ...pageArguments(t.arg),
        maxDepth: t.arg.int({ description: 'Leave out what is deeper; packages are at depth 1.' }),
      },
      resolve: async (view, { maxDepth, ...page }, { reports }) => {
        const report = await reports.of(view)
        return { report, value: await pageOfNodes(report, { ...bounded(page), maxDepth }) }
      },
    }),
    node: t.field({
      type: DiffNodeType,
      nullable: true,
      description:
        'The first node of a path: names from the root down, the root left out; null where there is none.',
      args: {
        path: t.arg.stringList({
          required: true,
          description: 'Like `["libssl3_3.0.22-1_amd64.deb", "file list"]`.',
        }),
      },
      resolve: async (view, { path }, { reports }) => {
        const report = await reports.of(view)
        const [value] = await report.find(path, 1)
        return value ? { report, value } : null
      },
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
