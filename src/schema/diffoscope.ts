import type { IncompleteKind, IncompleteMark } from '../diff/report/types.ts'
import { diffId, loadDiffById } from '../resolvers/diff-ids.ts'
import { nodeOfPath } from '../resolvers/node-of-path.ts'
import { pageOfNodes } from '../diff/report/pages.ts'
import { builder } from './builder.ts'
import { DiffInterface, type DiffoscopeView } from './diff.ts'
import { DiffNodeConnectionType, DiffNodeType } from './diff-node.ts'
import { DiffStatType } from './diff-stat.ts'
import { checkedPage, pageCost, placePageArguments, UNPAGED } from './page.ts'

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
  readonly view: DiffoscopeView
  readonly kind: IncompleteKind | 'LEGACY_UNVERIFIED'
  /** Ordinal of the node that tells; null where none does. */
  readonly node: number | null
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
    node: t.field({
      type: DiffNodeType,
      nullable: true,
      description: 'Where; null where it is about the whole report, or the filter hides the place.',
      resolve: async ({ view, node }, _, { reports }) => {
        // The filtered report is another one, with other ordinals.
        if (node === null || view.filterBoring) return null
        const report = await reports.of(view)
        return { view, report, value: await report.node(node) }
      },
    }),
  }),
})

function reasonsOf(view: DiffoscopeView): IncompleteReason[] {
  const { entry, incomplete } = view.stored
  const legacy = { view, kind: 'LEGACY_UNVERIFIED', tool: null, comment: null, node: null } as const
  return [...(entry.verified ? [] : [legacy]), ...incomplete.map((mark) => ({ ...mark, view }))]
}

export const DiffoscopeType = builder.objectRef<DiffoscopeView>('Diffoscope')

builder.node(DiffoscopeType, {
  description: 'What is different inside the files, found by `diffoscope`.',
  interfaces: [DiffInterface],
  id: { description: 'Global id, for `node`, which finds it as long as it is cached.', resolve: diffId },
  loadOne: (id, context) => loadDiffById('diffoscope', id, context),
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
        return { view, report, value: await report.node(0) }
      },
    }),
    nodes: t.field({
      type: DiffNodeConnectionType,
      description: 'All nodes below the root as one list, in document order: for a page that unfolds a tree.',
      args: {
        ...placePageArguments(t.arg, '`DiffNode.ordinal`; what comes ahead of it is not looked at'),
        maxDepth: t.arg.int({ description: 'Leave out what is deeper; packages are at depth 1.' }),
        pathGlob: t.arg.string({
          description:
            'Leave out nodes whose path, joined by `/`, does not match: `*` stands for any characters but `/`, `**` for any at all, `?` for one; at most 200 characters. Without a `/` only what follows the last one counts: `*.so.*`, `**/usr/share/doc/**`.',
        }),
      },
      // A pattern reads all nodes up to the end of its page.
      complexity: (page) => ({ ...pageCost(page), field: page.pathGlob == null ? 1 : 500 }),
      resolve: async (view, page, { reports }) => {
        const report = await reports.of(view)
        const isWhole = page.maxDepth == null && page.pathGlob == null
        return {
          view,
          report,
          value: await pageOfNodes(report, checkedPage(page)),
          totalCount: isWhole ? report.counts.nodes - 1 : null,
        }
      },
    }),
    node: t.field({
      type: DiffNodeType,
      nullable: true,
      description:
        'The first node of a path: names from the root down, the root left out; null where there is none. A path of the same report with the filter, or without, will do, though packages go by other versions there.',
      args: {
        path: t.arg.stringList({
          required: true,
          description: 'Like `["libssl3_3.0.22-1_amd64.deb", "file list"]`.',
        }),
      },
      resolve: async (view, { path }, { reports }) => {
        const report = await reports.of(view)
        const value = await nodeOfPath(report, path, view.stored.pair)
        return value ? { view, report, value } : null
      },
    }),
    complete: t.boolean({
      description: 'Whether nothing tells of a shortened comparison.',
      resolve: (view) => reasonsOf(view).length === 0,
    }),
    incompleteReasons: t.field({
      type: [IncompleteReasonType],
      description: 'What tells of it; at most 101.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: reasonsOf,
    }),
    incompleteCount: t.int({
      description: 'How many things tell of it.',
      resolve: ({ stored }) => stored.incompleteCount + (stored.entry.verified ? 0 : 1),
    }),
  }),
})
