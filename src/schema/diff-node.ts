/** The tree of a diffoscope report. */

import type { ReportNode } from '../diff/report/types.ts'
import { loadNode, nodeId } from '../resolvers/diff-ids.ts'
import { childrenOf, hunkAt, hunksOf, parentOf, pathOf } from '../resolvers/report-fields.ts'
import type { ReportPart } from '../resolvers/report-part.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { DiffStatType } from './diff-stat.ts'
import { HunkConnectionType, HunkType } from './hunk.ts'
import {
  checkedPage,
  checkedSlice,
  connectionType,
  pageArguments,
  pageCost,
  positionArguments,
} from './page.ts'

export const DiffNodeType = builder.objectRef<ReportPart<ReportNode>>('DiffNode')
export const DiffNodeConnectionType = connectionType('DiffNode', DiffNodeType, {
  noun: 'node',
  totalCount: 'Number of nodes on all pages; null if `maxDepth` or `pathGlob` is given.',
})

builder.node(DiffNodeType, {
  description:
    'Something that differs: a package, a file, a member of an archive, or the output of a program run ' +
    'on it.',
  id: {
    description: 'Global id, for `Query.node`. It changes when the report is made again.',
    resolve: nodeId,
  },
  loadOne: loadNode,
  fields: (t) => ({
    ordinal: t.int({
      description: 'Index of the node in the report, in document order; 0 for the root.',
      resolve: ({ value }) => value.ordinal,
    }),
    depth: t.int({
      description: 'Depth in the tree: 0 for the root, 1 for packages.',
      resolve: ({ value }) => value.depth,
    }),
    source1: t.string({
      description: 'Name on the old side. It comes from the package, so escape it.',
      resolve: ({ value }) => value.source1,
    }),
    source2: t.string({
      description: 'Name on the new side. It comes from the package, so escape it.',
      resolve: ({ value }) => value.source2,
    }),
    comments: t.stringList({
      description: 'Remarks by diffoscope.',
      resolve: ({ value }) => [...value.comments],
    }),
    path: t.stringList({
      description:
        'Names on the new side from the package down to this node, like `["tea_1.0-1_all.deb", ' +
        '"data.tar.xz", "data.tar", "./usr/share/tea/kinds"]`.',
      resolve: (node, _, context) => pathOf(node, context),
    }),
    parent: t.field({
      type: DiffNodeType,
      nullable: true,
      description: 'Parent node; null for the root.',
      resolve: (node, _, context) => parentOf(node, context),
    }),
    stat: t.field({
      type: DiffStatType,
      description: 'Counts for this node and all nodes below it.',
      resolve: ({ value }) => value.subtree,
    }),
    ownStat: t.field({
      type: DiffStatType,
      nullable: true,
      description: 'Counts for this node only, without its children; null if it has no lines itself.',
      resolve: ({ value: { diff } }) => diff && { nodes: 1, ...diff },
    }),
    children: t.field({
      type: DiffNodeConnectionType,
      ...NULL_IF_FAILED,
      description: 'Child nodes, in document order.',
      args: pageArguments(t.arg),
      complexity: pageCost,
      resolve: (node, page, context) => childrenOf(node, checkedPage(page), context),
    }),
    hunks: t.field({
      type: HunkConnectionType,
      ...NULL_IF_FAILED,
      description: 'Hunks of this node itself, in file order.',
      args: positionArguments(t.arg, '`Hunk.position`'),
      complexity: pageCost,
      resolve: (node, args) => hunksOf(node, checkedSlice(args)),
    }),
    hunk: t.field({
      type: HunkType,
      nullable: true,
      description: 'One hunk of this node, for example for a link to a line; null if there is none.',
      args: {
        position: t.arg.int({ required: true, description: 'The `Hunk.position`, counted from 0.' }),
      },
      resolve: (node, { position }) => hunkAt(node, position),
    }),
  }),
})
