/** The tree of a report. */
import type { ReportNode } from '../diff/report/types.ts'
import { loadNode, nodeId } from '../resolvers/diff-ids.ts'
import { namesOf, type Page, pageOfChildren, pageOfHunks } from '../diff/report/pages.ts'
import { builder } from './builder.ts'
import { DiffStatType } from './diff-stat.ts'
import { HunkConnectionType, HunkType, type InReport, infoOf } from './hunk.ts'
import { checkedPage, PageInfoType, pageArguments, pageCost, placePageArguments } from './page.ts'

interface NodePage extends InReport<Page<ReportNode>> {
  /** Null where counting would mean reading the whole report. */
  readonly totalCount: number | null
}

export const DiffNodeType = builder.objectRef<InReport<ReportNode>>('DiffNode')
export const DiffNodeConnectionType = builder.objectRef<NodePage>('DiffNodeConnection')

builder.node(DiffNodeType, {
  description:
    'A thing that differs: a package, a file, a member of an archive, the output of a program on it.',
  id: {
    description: 'Global id, for `node`. Another report of the same runs has other ones.',
    resolve: ({ view, value }) => nodeId(view, value),
  },
  loadOne: (id, context) => loadNode(id, context),
  fields: (t) => ({
    ordinal: t.int({
      description: 'Its place in the report, in document order; the root is 0.',
      resolve: ({ value }) => value.ordinal,
    }),
    depth: t.int({ description: '0 for the root.', resolve: ({ value }) => value.depth }),
    source1: t.string({
      description: 'What it is called on the old side. From a package: escape it.',
      resolve: ({ value }) => value.source1,
    }),
    source2: t.string({
      description: 'What it is called on the new side. From a package: escape it.',
      resolve: ({ value }) => value.source2,
    }),
    comments: t.stringList({
      description: 'What diffoscope remarks.',
      resolve: ({ value }) => [...value.comments],
    }),
    path: t.stringList({
      description:
        'The names from the root down to it, the root left out; the new side’s. Like `["tea_1.0-1_all.deb", "data.tar.xz", "data.tar", "./usr/share/tea/kinds"]`.',
      resolve: ({ report, value }) => namesOf(report, value.ordinal),
    }),
    parent: t.field({
      type: DiffNodeType,
      nullable: true,
      description: 'What it is directly below; null for the root.',
      resolve: async ({ view, report, value }) =>
        value.parent === null ? null : { view, report, value: await report.node(value.parent) },
    }),
    stat: t.field({
      type: DiffStatType,
      description: 'Of it and all below it.',
      resolve: ({ value }) => value.subtree,
    }),
    ownStat: t.field({
      type: DiffStatType,
      nullable: true,
      description: 'Of it alone; null where it has no lines of its own, only what is below it.',
      resolve: ({ value: { diff } }) => diff && { nodes: 1, ...diff },
    }),
    children: t.field({
      type: DiffNodeConnectionType,
      description: 'What is directly below it.',
      args: pageArguments(t.arg),
      complexity: pageCost,
      resolve: async ({ view, report, value }, page) => ({
        view,
        report,
        value: await pageOfChildren(report, value.ordinal, checkedPage(page)),
        totalCount: value.children,
      }),
    }),
    hunks: t.field({
      type: HunkConnectionType,
      description: 'Its own lines that differ.',
      args: placePageArguments(t.arg, '`Hunk.position`'),
      complexity: pageCost,
      resolve: async ({ view, report, value }, page) => ({
        view,
        report,
        value: await pageOfHunks(report, value.ordinal, checkedPage(page)),
        totalCount: value.diff?.hunks ?? 0,
      }),
    }),
    hunk: t.field({
      type: HunkType,
      nullable: true,
      description: 'One of its hunks: for a link to a line. Null where there is none.',
      args: { position: t.arg.int({ required: true, description: '`Hunk.position`, from 0.' }) },
      resolve: async ({ view, report, value }, { position }) => {
        const [hunk] = position < 0 ? [] : await report.hunks(value.ordinal, position, 1)
        return hunk ? { view, report, value: hunk } : null
      },
    }),
  }),
})

DiffNodeConnectionType.implement({
  description: 'A page of nodes.',
  fields: (t) => ({
    nodes: t.field({
      type: [DiffNodeType],
      description: 'In document order.',
      resolve: ({ view, report, value }) => value.items.map(({ node }) => ({ view, report, value: node })),
    }),
    totalCount: t.exposeInt('totalCount', {
      nullable: true,
      description: 'How many on all pages; null where `maxDepth` or `pathGlob` chose among them.',
    }),
    pageInfo: t.field({
      type: PageInfoType,
      description: 'Where the page ends.',
      resolve: ({ value }) => infoOf(value),
    }),
  }),
})
