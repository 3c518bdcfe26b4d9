import type { HiddenNoise } from '../diff/report/filter/filter-rules.ts'
import type { MissingPackage } from '../diff/stored/stored-diffoscope.ts'
import { diffId, fileReportId, loadDiffoscopeById, loadFileReport } from '../resolvers/diff-ids.ts'
import { type PictureView, pictureOf, pictureUrl } from '../resolvers/picture-view.ts'
import {
  type IncompleteReason,
  incompleteCount,
  incompleteReasons,
  nodeAt,
  nodeAtPath,
  nodeOfReason,
  nodesOf,
} from '../resolvers/report-fields.ts'
import { searchReport } from '../resolvers/search-fields.ts'
import type { ReportRetry, RetryState } from '../services/report-retry.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { DiffInterface, type DiffoscopeView, type ReportView } from './diff.ts'
import { DiffNodeConnectionType, DiffNodeType } from './diff-node.ts'
import { DiffStatType } from './diff-stat.ts'
import { checkedPage, checkedSlice, pageCost, positionArguments, UNPAGED } from './page.ts'
import { PrecacheJobType } from './precache-job.ts'
import { FileReportType, SearchHitConnectionType, searchArguments, searchCost } from './search-hits.ts'

const IncompleteReasonKind = builder.enumType('IncompleteReasonKind', {
  description: 'Kinds of reasons why a report may be incomplete.',
  values: {
    NOT_COMPARED: { description: 'diffoscope failed at a package, so its contents are not compared.' },
    TIMEOUT: { description: 'diffoscope stopped at its own time limit.' },
    TOOL_MISSING: { description: 'A program that compares one kind of file is not installed.' },
    EXTRACTION_FAILED: { description: 'An archive could not be unpacked.' },
    COMMAND_FAILED: { description: 'A program that compares one kind of file failed.' },
    COMMAND_WARNED: {
      description:
        'A program that compares one kind of file printed errors or warnings; its output may be incomplete.',
    },
    PARSING_FAILED: {
      description: 'diffoscope does not understand a file, or what a program printed about it.',
    },
    DEPTH_LIMIT: { description: 'An archive was nested too deeply.' },
    INPUT_CUT: { description: 'Only the beginning of two files was compared.' },
    BLOCK_CUT: { description: 'Lines of a diff were omitted.' },
    LEGACY_UNVERIFIED: {
      description: 'The report was made by the previous service, which may have cached incomplete reports.',
    },
    NOT_SHOWN: {
      description:
        'The packages differ in something that the report does not show. The comment names it, and the summary has the finding.',
    },
  } satisfies Record<IncompleteReason['kind'], object>,
})

const IncompleteReasonType = builder.objectRef<IncompleteReason>('IncompleteReason').implement({
  description: 'One reason why a report may be incomplete.',
  fields: (t) => ({
    kind: t.field({
      type: IncompleteReasonKind,
      description: 'Kind of the reason.',
      resolve: ({ kind }) => kind,
    }),
    tool: t.exposeString('tool', {
      nullable: true,
      description: 'Program that is missing or failed; null if it is not known.',
    }),
    comment: t.exposeString('comment', {
      nullable: true,
      description: "diffoscope's own message; null if there is none.",
    }),
    node: t.field({
      type: DiffNodeType,
      nullable: true,
      description: 'Node that is incomplete; null if the whole report is concerned, or if noise is hidden.',
      resolve: (reason, _, context) => nodeOfReason(reason, context),
    }),
  }),
})

const HiddenNoiseType = builder.objectRef<HiddenNoise>('HiddenNoise').implement({
  description: 'Counts of what one class of noise hides.',
  fields: (t) => ({
    class: t.exposeString('class', { description: 'Name of the class, like `MTIME`.' }),
    hunks: t.exposeInt('hunks', {
      description: 'Number of hidden hunks that the class explains, or helps to explain.',
    }),
    files: t.exposeInt('files', { description: 'Number of files and lists of files with such hunks.' }),
  }),
})

export const ReportInterface = builder.interfaceRef<ReportView>('Report').implement({
  description: 'Differences as a tree: the diffoscope report of two runs, or the report of two files.',
  interfaces: [DiffInterface, builder.nodeInterfaceRef()],
  fields: (t) => ({
    stat: t.field({
      type: DiffStatType,
      description: 'Counts of the differences that are shown.',
      resolve: async (view, _, { resources }) => (await resources.reports.of(view)).counts,
    }),
    isEmpty: t.boolean({
      description:
        'Whether the report shows no differences, apart from hidden ones. Its root alone shows none.',
      resolve: async (view, _, { resources }) => {
        const { nodes, hunks } = (await resources.reports.of(view)).counts
        return nodes <= 1 && hunks === 0
      },
    }),
    hidden: t.field({
      type: [HiddenNoiseType],
      description:
        'Counts of what is hidden, by class of noise; empty if nothing is. A hunk that several classes explain counts for each of them. Request the report without `hide` to see it.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: async (view, _, { resources }) => [...(await resources.reports.of(view)).hiddenNoise],
    }),
    root: t.field({
      type: DiffNodeType,
      description:
        'Root of the tree. It stands for the two runs; its children are the packages or files that differ.',
      resolve: (view, _, context) => nodeAt(view, 0, context),
    }),
    nodes: t.field({
      type: DiffNodeConnectionType,
      ...NULL_IF_FAILED,
      description: 'All nodes below the root as one list in document order, for example for a tree view.',
      args: {
        ...positionArguments(t.arg, '`DiffNode.ordinal`'),
        maxDepth: t.arg.int({
          description: 'Returns only nodes up to this depth; packages have depth 1.',
        }),
        pathGlob: t.arg.string({
          description:
            'Returns only nodes whose path, joined by `/`, matches this pattern of at most 200 ' +
            'characters: `*` matches any characters except `/`, `**` any characters, `?` one character ' +
            'except `/`. A pattern without `/` is compared with the text after the last `/`. Examples: ' +
            '`*.so.*`, `**/usr/share/doc/**`.',
        }),
      },
      // With a pattern, all nodes up to the end of the page are read.
      complexity: (page) => ({ ...pageCost(page), field: page.pathGlob == null ? 1 : 500 }),
      resolve: (view, { maxDepth, pathGlob, ...page }, context) =>
        nodesOf(view, checkedSlice(page), { maxDepth, pathGlob }, context),
    }),
    node: t.field({
      type: DiffNodeType,
      nullable: true,
      description:
        'First node with this path; null if the report has no such node or hides it. The path may come from the same ' +
        'report with other noise hidden.',
      args: {
        path: t.arg.stringList({
          required: true,
          description:
            'Names from the package down to the node, like `["libssl3_3.0.22-1_amd64.deb", "file list"]`.',
        }),
      },
      resolve: (view, { path }, context) => nodeAtPath(view, path, context),
    }),
    search: t.field({
      type: SearchHitConnectionType,
      ...NULL_IF_FAILED,
      description:
        'Searches the names of nodes, remarks by diffoscope, and the text of lines without their signs; not the ' +
        'headers of hunks. What is hidden is not searched. A page takes at most about a second.',
      args: searchArguments(t.arg),
      complexity: searchCost,
      resolve: (view, args, context) => searchReport(view, checkedPage(args), context),
    }),
    complete: t.boolean({
      description:
        'Whether the report is complete, as far as can be told: it has no sign of an incomplete comparison, and it shows ' +
        'every difference that the summary of the pair knows, if that is cached.',
      resolve: async (view, _, context) => (await incompleteReasons(view, context)).length === 0,
    }),
    incompleteReasons: t.field({
      type: [IncompleteReasonType],
      description:
        'Reasons why the report may be incomplete: at most the first 101 that the report has, and 100 that the summary knows.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: (view, _, context) => incompleteReasons(view, context),
    }),
    incompleteCount: t.int({
      description: 'Number of reasons why the report may be incomplete.',
      resolve: (view, _, context) => incompleteCount(view, context),
    }),
  }),
})

export const MissingPackageType = builder.objectRef<MissingPackage>('MissingPackage').implement({
  description: 'A package that a report lacks, because it could not be compared.',
  fields: (t) => ({
    old: t.exposeString('old', {
      nullable: true,
      description: 'File name of the old package; null if the old run has none.',
    }),
    new: t.exposeString('new', {
      nullable: true,
      description: 'File name of the new package; null if the new run has none.',
    }),
    message: t.string({
      description: 'Why it could not be compared, as a sentence for people.',
      resolve: ({ error }) => error.message,
    }),
  }),
})

const ReportRetryState = builder.enumType('ReportRetryState', {
  description: 'Whether the packages that a report lacks are tried again.',
  values: {
    PENDING: { description: 'A job is queued or runs that tries them under larger limits.' },
    POSSIBLE: {
      description: 'A job may succeed, but none is queued. `makeDiffs` queues one.',
    },
    NEVER: {
      description: 'It would fail again: a package is broken, or the limits of jobs do not suffice either.',
    },
  } satisfies Record<RetryState, object>,
})

const ReportRetryType = builder.objectRef<ReportRetry>('ReportRetry').implement({
  description: 'Whether the packages that a report lacks are tried again, and by which job.',
  fields: (t) => ({
    state: t.field({
      type: ReportRetryState,
      description: 'Whether the packages are tried again.',
      resolve: ({ state }) => state,
    }),
    reason: t.exposeString('reason', { description: '`state` as a sentence for people, with what to do.' }),
    job: t.field({
      type: PrecacheJobType,
      nullable: true,
      description: 'The job of the two runs, or the last one if it has ended; null if there is none.',
      resolve: ({ job }) => job,
    }),
  }),
})

export const DiffoscopeType = builder.objectRef<DiffoscopeView>('Diffoscope')

builder.node(DiffoscopeType, {
  description: 'Differences inside the files, found by `diffoscope`, as a tree.',
  interfaces: [ReportInterface, DiffInterface],
  id: {
    description: 'Global id, for `Query.node`, which finds the diff as long as it is cached.',
    resolve: diffId,
  },
  loadOne: loadDiffoscopeById,
  fields: (t) => ({
    missing: t.field({
      type: [MissingPackageType],
      description:
        'Packages that could not be compared, for example for lack of time or memory. Each has a node that says ' +
        'so. `makeDiffs` queues a background job that tries them again, if its limits may suffice.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ stored }) => [...stored.missing],
    }),
    retry: t.field({
      type: ReportRetryType,
      nullable: true,
      description: 'Whether the missing packages are tried again; null if none is missing.',
      resolve: ({ stored }, _, { services }) => services.diffService.retry(stored),
    }),
  }),
})

const SHOWN_PICTURES =
  'Null for anything but a PNG, JPEG, GIF or WebP file of at most 8 MiB and 40 million pixels.'

const PictureType = builder.objectRef<PictureView>('Picture').implement({
  description: 'A picture in a package.',
  fields: (t) => ({
    url: t.string({
      description:
        'URL of the picture. Its content comes from the package and is served with the media type that its first bytes indicate. Browsers neither run it nor load anything for it.',
      resolve: (picture, _, { services }) => pictureUrl(picture, services),
    }),
    mediaType: t.exposeString('type', { description: 'Media type, like `image/png`.' }),
    width: t.exposeInt('width', { description: 'Width in pixels.' }),
    height: t.exposeInt('height', { description: 'Height in pixels.' }),
    size: t.expose('sizeBytes', { type: 'ByteCount', description: 'Size of the file.' }),
  }),
})

builder.node(FileReportType, {
  description:
    'Differences between two files, as a tree like that of a diffoscope report. Text is compared line by line; `diffoscope` compares other files. If only one side has the file, the report shows its content, or facts about it. Types, modes and owners are compared too; times are not.',
  interfaces: [ReportInterface, DiffInterface],
  id: { description: 'Global id, for `Query.node`.', resolve: fileReportId },
  loadOne: loadFileReport,
  fields: (t) => ({
    package: t.string({
      description: 'Name of the package, as it was requested.',
      resolve: ({ stored }) => stored.file.package,
    }),
    path: t.string({
      description: 'Path of the file, as it was requested.',
      resolve: ({ stored }) => stored.file.path,
    }),
    oldPath: t.string({
      nullable: true,
      description: 'Path of the file on the old side, if another one was requested.',
      resolve: ({ stored }) => stored.file.oldPath,
    }),
    oldPackage: t.string({
      nullable: true,
      description: 'Name of the package on the old side, if another one was requested.',
      resolve: ({ stored }) => stored.file.oldPackage,
    }),
    oldPicture: t.field({
      type: PictureType,
      nullable: true,
      description: `The file on the old side, if it is a picture. ${SHOWN_PICTURES}`,
      resolve: (view) => pictureOf(view, 'old'),
    }),
    newPicture: t.field({
      type: PictureType,
      nullable: true,
      description: `The file on the new side, if it is a picture. ${SHOWN_PICTURES}`,
      resolve: (view) => pictureOf(view, 'new'),
    }),
  }),
})
