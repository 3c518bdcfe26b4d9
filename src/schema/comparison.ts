import {
  type BinaryChange,
  type BinaryChangeKind,
  binaryChanges,
  loadBaselinePair,
  loadDebdiff,
  loadDiffoscope,
  loadFile,
  loadSummary,
} from '../resolvers/comparison.ts'
import { loadPairById, pairId } from '../resolvers/diff-ids.ts'
import { sliceOf } from '../resolvers/list-page.ts'
import { pageOfComparisons } from '../resolvers/run-fields.ts'
import { searchFiles } from '../resolvers/search-fields.ts'
import type { DiffMode } from '../services/diff-service.ts'
import { BinaryType } from './binary.ts'
import { type ArgumentBuilder, builder, NULL_IF_FAILED } from './builder.ts'
import { ComparisonType } from './comparison-type.ts'
import { DebdiffType } from './debdiff.ts'
import { DiffModeType, QUERIES_ONLY_READ } from './diff.ts'
import { DiffoscopeType } from './diffoscope.ts'
import { FileReportResultType, fileReportArguments, fileReportCost } from './file-report.ts'
import { HIDE_DESCRIPTION, NoiseClassType } from './noise-class.ts'
import {
  checkedPage,
  checkedSlice,
  connectionType,
  pageArguments,
  pageCost,
  sliceArguments,
  UNPAGED,
} from './page.ts'
import { DIFF_ERRORS, LISTING_ERRORS, resultType } from './results.ts'
import { RunType } from './run.ts'
import { SearchHitConnectionType, searchArguments, searchCost } from './search-hits.ts'
import { SummaryType } from './summary.ts'

const BinaryChangeKindType = builder.enumType('BinaryChangeKind', {
  description: 'How a package differs between two runs.',
  values: {
    ADDED: { description: 'Only the new run built the package.' },
    REMOVED: { description: 'Only the old run built the package.' },
    CHANGED: { description: 'Both runs built the package, and the files differ.' },
    UNCHANGED: { description: 'Both runs built the same file, byte for byte.' },
  } satisfies Record<BinaryChangeKind, object>,
})

const BinaryChangeType = builder.objectRef<BinaryChange>('BinaryChange').implement({
  description: 'How one package differs between the two runs.',
  fields: (t) => ({
    kind: t.field({
      type: BinaryChangeKindType,
      description: 'Whether the package was added, removed or changed.',
      resolve: ({ kind }) => kind,
    }),
    old: t.expose('old', {
      type: BinaryType,
      nullable: true,
      description: 'The package of the old run; null if it was added.',
    }),
    new: t.expose('new', {
      type: BinaryType,
      nullable: true,
      description: 'The package of the new run; null if it was removed.',
    }),
  }),
})

const BinaryChangeConnectionType = connectionType('BinaryChange', BinaryChangeType, {
  noun: 'change',
  totalCount: 'Number of packages of the requested kinds.',
  isCounted: true,
})

function kindArgument(arg: ArgumentBuilder) {
  return arg({
    type: [BinaryChangeKindType],
    description: 'Returns only packages of these kinds. Omit it for all packages.',
  })
}

function hasKind(kinds: readonly BinaryChangeKind[] | null | undefined) {
  return ({ kind }: BinaryChange) => kinds == null || kinds.includes(kind)
}

const BinaryChangeListType = builder
  .objectRef<{ changes: readonly BinaryChange[] }>('BinaryChangeList')
  .implement({
    description: 'The packages of two runs, paired by name.',
    fields: (t) => ({
      changes: t.field({
        type: BinaryChangeConnectionType,
        ...NULL_IF_FAILED,
        description: 'The packages, ordered by name.',
        complexity: pageCost,
        args: { ...sliceArguments(t.arg), kind: kindArgument(t.arg) },
        resolve: ({ changes }, { kind, ...args }) => sliceOf(changes, checkedSlice(args), hasKind(kind)),
      }),
      nodes: t.field({
        type: [BinaryChangeType],
        description: 'The packages, ordered by name.',
        deprecationReason: 'Use `changes`, which has pages. Removed in version 0.2.',
        complexity: { field: 1, multiplier: UNPAGED },
        args: { kind: kindArgument(t.arg) },
        resolve: ({ changes }, { kind }) => changes.filter(hasKind(kind)),
      }),
      totalCount: t.int({
        description: 'Number of packages of all kinds.',
        resolve: ({ changes }) => changes.length,
      }),
    }),
  })

const BinaryChangeListResultType = resultType(
  'BinaryChangeListResult',
  BinaryChangeListType,
  LISTING_ERRORS,
  'The list of packages',
)
const SummaryResultType = resultType('SummaryResult', SummaryType, DIFF_ERRORS, 'The summary')
const DebdiffResultType = resultType('DebdiffResult', DebdiffType, DIFF_ERRORS, 'The diff')
const DiffoscopeResultType = resultType('DiffoscopeResult', DiffoscopeType, DIFF_ERRORS, 'The diff')

builder.node(ComparisonType, {
  description: 'Two runs and their differences. The diffs are read from the cache; `makeDiffs` makes them.',
  id: { description: 'Global id, for `Query.node`.', resolve: pairId },
  loadOne: loadPairById,
  fields: (t) => ({
    old: t.expose('old', { type: RunType, description: 'The run without the change.' }),
    new: t.expose('new', { type: RunType, description: 'The run with the change.' }),
    binaryChanges: t.field({
      type: BinaryChangeListResultType,
      ...NULL_IF_FAILED,
      description:
        'How each package differs, according to names, sizes and checksums of the artifact store. No ' +
        'package is fetched.',
      complexity: 5,
      resolve: async (pair, _, context) => ({ changes: await binaryChanges(pair, context) }),
    }),
    summary: t.field({
      type: SummaryResultType,
      ...NULL_IF_FAILED,
      description:
        'What changed and whether it matters: findings by rule, and what differs only because it was ' +
        'built again. Differ reads the packages for it, without debdiff and diffoscope, so it takes ' +
        'about as long as unpacking them.',
      args: { mode: diffArguments(t.arg).mode },
      complexity: diffCost,
      resolve: loadSummary,
    }),
    debdiff: t.field({
      type: DebdiffResultType,
      ...NULL_IF_FAILED,
      description:
        'Differences of file lists and control fields: the output of `debdiff`, and typed fields from the ' +
        "packages themselves, for which the pair's summary is needed.",
      args: diffArguments(t.arg),
      complexity: diffCost,
      resolve: loadDebdiff,
    }),
    diffoscope: t.field({
      type: DiffoscopeResultType,
      ...NULL_IF_FAILED,
      description: 'Differences inside the files, found by `diffoscope`.',
      args: diffArguments(t.arg),
      complexity: diffCost,
      resolve: loadDiffoscope,
    }),
    search: t.field({
      type: SearchHitConnectionType,
      ...NULL_IF_FAILED,
      description:
        'Searches the text files that differ, as `FileReport.search` does, in the order of `Summary.files`; ' +
        'maintainer scripts and control files too. The summary must be cached. Reports of text are made as they are ' +
        'needed; other files are left out and counted.',
      args: searchArguments(t.arg),
      complexity: searchCost,
      resolve: (pair, args, context) => searchFiles(pair, checkedPage(args), context),
    }),
    file: t.field({
      type: FileReportResultType,
      ...NULL_IF_FAILED,
      description:
        'Differences of one file. The lines of text are compared at once, without the token; for other files ' +
        '`diffoscope` runs on the two files.',
      args: {
        package: t.arg.string({
          required: true,
          description: 'Name of the package, as in `FileSummary.package`.',
        }),
        path: t.arg.string({
          required: true,
          description: 'Path of the file, as in `FileSummary.path`: `usr/bin/sudo`, `control/postinst`.',
        }),
        oldPath: t.arg.string({
          description:
            'Path on the old side, if it is another one. By default the same path, or where the file with this ' +
            'content was.',
        }),
        oldPackage: t.arg.string({
          description:
            'Name of the package on the old side, if it is another one, for a file that moved there.',
        }),
        ...fileReportArguments(t.arg),
      },
      complexity: fileReportCost,
      resolve: (pair, { oldPath, oldPackage, ...args }, context) =>
        loadFile(pair, { ...args, oldPath: oldPath ?? null, oldPackage: oldPackage ?? null }, context),
    }),
  }),
})

builder.objectField(RunType, 'comparisonWithBaseline', (t) =>
  t.field({
    type: ComparisonType,
    nullable: true,
    description: 'Comparison of this run with its baseline; null if it has none or did not succeed.',
    resolve: loadBaselinePair,
  }),
)

const ComparisonConnectionType = connectionType('Comparison', ComparisonType, {
  noun: 'comparison',
  totalCount: 'Always null: a control run may have thousands of comparisons.',
})

/** Cost of a list that takes a statement of its own for each run. */
const LIST_COST = 20

builder.objectField(RunType, 'comparisons', (t) =>
  t.field({
    type: ComparisonConnectionType,
    ...NULL_IF_FAILED,
    description:
      'Comparisons of this run: of a control run, those with every successful change that is built on its revision, ' +
      'the newest first; of a change, the one with its baseline.',
    args: pageArguments(t.arg),
    complexity: (args) => ({ ...pageCost(args), field: LIST_COST }),
    resolve: (run, page, context) => pageOfComparisons(run, checkedPage(page), context),
  }),
)

/** Cost of a diff that the client waits for. It lets an operation request only a few. */
const WAIT_COST = 1000

function diffCost({ mode }: { readonly mode: DiffMode }) {
  return mode === 'WAIT' ? WAIT_COST : 5
}

function diffArguments(arg: ArgumentBuilder) {
  return {
    mode: arg({
      type: DiffModeType,
      required: true,
      defaultValue: 'CACHED_ONLY',
      description: 'What the service may do if the diff is not cached. Omit it: then nothing is started.',
      deprecationReason: QUERIES_ONLY_READ,
    }),
    hide: arg({
      type: [NoiseClassType],
      description: HIDE_DESCRIPTION,
    }),
    filterBoring: arg.boolean({
      required: true,
      defaultValue: false,
      description: 'The same as `hide: [ALL]`.',
      deprecationReason: 'Use `hide`. Removed in version 0.2.',
    }),
  } as const
}
