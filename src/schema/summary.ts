import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import { NOISE_CLASSES } from '../diff/summary/noise-classes.ts'
import type {
  FileChangeKind,
  FileSummary,
  NoiseCount,
  PackageChangeKind,
  PackageSummary,
  Verdict,
} from '../diff/summary/types.ts'
import type { RunPair } from '../model.ts'
import { loadFile } from '../resolvers/comparison.ts'
import { pageOfFiles, pageOfFindings } from '../resolvers/summary-pages.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import { FileReportResultType, fileReportArguments, fileReportCost } from './file-report.ts'
import { ExpectedFindingsType, FindingConnectionType, SeverityType } from './findings.ts'
import { checkedSlice, connectionType, pageCost, sliceArguments, UNPAGED } from './page.ts'

export const VerdictType = builder.enumType('Verdict', {
  description:
    'Whether two runs differ in anything that matters. If something could not be read or compared, the verdict is never better than `UNDECIDED`.',
  values: {
    IDENTICAL: { description: 'The packages are the same, byte for byte.' },
    NOISE_ONLY: { description: 'The packages differ only by what every rebuild changes.' },
    SUBSTANTIVE: { description: 'Something differs that noise does not explain.' },
    UNDECIDED: {
      description:
        'Something could not be read or compared, and what could be compared differs by noise at most.',
    },
    EXPECTED: {
      description:
        "Something differs that noise does not explain, and the service's rules file expects all of it.",
    },
  } satisfies Record<Verdict, object>,
})

const FileChangeKindType = builder.enumType('FileChangeKind', {
  description: 'How a file of a package differs.',
  values: {
    ADDED: { description: 'Only the new package has the file.' },
    REMOVED: { description: 'Only the old package has the file.' },
    CHANGED: { description: 'Content or attributes differ.' },
    MOVED: { description: 'The file has another path and the same content.' },
  } satisfies Record<FileChangeKind, object>,
})

const PackageChangeKindType = builder.enumType('PackageChangeKind', {
  description: 'How a package differs.',
  values: {
    ADDED: { description: 'Only the new run built the package.' },
    REMOVED: { description: 'Only the old run built the package.' },
    CHANGED: { description: 'Both runs built the package, and it differs.' },
    IDENTICAL: { description: 'Both runs built the same package, byte for byte.' },
    RENAMED: { description: 'The new run built the package under another name.' },
    ARCHITECTURE_CHANGED: {
      description: 'The package is for another architecture: `all` on one side, a concrete one on the other.',
    },
  } satisfies Record<PackageChangeKind, object>,
})

const NoiseCountType = builder.objectRef<NoiseCount>('NoiseCount').implement({
  description: 'A class of differences that every rebuild causes, and how often it occurs.',
  fields: (t) => ({
    class: t.exposeString('class', { description: 'Name of the class, like `MTIME`.' }),
    description: t.string({
      description: 'What the class explains.',
      resolve: ({ class: name }) => NOISE_CLASSES[name] ?? '',
    }),
    files: t.exposeInt('files', { description: 'Number of files that it explains, or helps to explain.' }),
  }),
})

/** A file of a summary, with the runs that it summarises. */
type FileSummaryView = FileSummary & { readonly pair: RunPair }

const modeText = (side: 'old' | 'new') =>
  `Type and permissions on the ${side} side, like \`-rwsr-xr-x\`; null if both sides have the same attributes, or this side has no such file.`
const sizeText = (side: 'old' | 'new') =>
  `Size on the ${side} side; null for anything but a regular file, and where the summary is of an older version.`

const FileSummaryType = builder.objectRef<FileSummaryView>('FileSummary').implement({
  description: 'A file that differs.',
  fields: (t) => ({
    package: t.exposeString('package', { description: 'Name of the package.' }),
    path: t.exposeString('path', {
      description:
        'Path in the package; below `control/` for a file of the control archive. Bytes that are not ' +
        'UTF-8 are escaped.',
    }),
    oldPath: t.string({
      nullable: true,
      description: 'Path in the old package, if it is another one.',
      resolve: ({ oldPath }) => oldPath ?? null,
    }),
    change: t.field({
      type: FileChangeKindType,
      description: 'How it differs.',
      resolve: ({ change }) => change,
    }),
    noise: t.stringList({
      description: 'Classes of noise that explain the difference or a part of it.',
      resolve: ({ noise }) => [...noise],
    }),
    substantive: t.exposeBoolean('substantive', {
      description: 'Whether something differs that noise does not explain.',
    }),
    oldMode: t.string({
      nullable: true,
      description: modeText('old'),
      resolve: ({ old }) => old?.mode ?? null,
    }),
    newMode: t.string({
      nullable: true,
      description: modeText('new'),
      resolve: (file) => file.new?.mode ?? null,
    }),
    oldSize: t.field({
      type: 'ByteCount',
      nullable: true,
      description: sizeText('old'),
      resolve: ({ oldSizeBytes = null }) => oldSizeBytes,
    }),
    newSize: t.field({
      type: 'ByteCount',
      nullable: true,
      description: sizeText('new'),
      resolve: ({ newSizeBytes = null }) => newSizeBytes,
    }),
    report: t.field({
      type: FileReportResultType,
      ...NULL_IF_FAILED,
      description: 'Differences of the file, as `Comparison.file` returns them.',
      args: fileReportArguments(t.arg),
      complexity: fileReportCost,
      resolve: ({ pair, package: name, path, oldPath = null }, args, context) =>
        loadFile(pair, { ...args, package: name, path, oldPath, oldPackage: null }, context),
    }),
  }),
})

const PackageSummaryType = builder.objectRef<PackageSummary>('PackageSummary').implement({
  description: 'How a package differs. It may be in only one of the two runs.',
  fields: (t) => ({
    package: t.exposeString('package', { description: 'Name of the package.' }),
    change: t.field({
      type: PackageChangeKindType,
      description: 'How it differs.',
      resolve: ({ change }) => change,
    }),
    verdict: t.field({
      type: VerdictType,
      description: 'Whether it differs in anything that matters.',
      resolve: ({ verdict }) => verdict,
    }),
    oldVersion: t.exposeString('oldVersion', {
      nullable: true,
      description: 'Version in the old run; null if it did not build the package.',
    }),
    newVersion: t.exposeString('newVersion', {
      nullable: true,
      description: 'Version in the new run; null if it did not build the package.',
    }),
    oldArchitecture: t.exposeString('oldArchitecture', {
      nullable: true,
      description: 'Architecture in the old run.',
    }),
    newArchitecture: t.exposeString('newArchitecture', {
      nullable: true,
      description: 'Architecture in the new run.',
    }),
    oldSize: t.field({
      type: 'ByteCount',
      nullable: true,
      description: 'Size of the package file in the old run.',
      resolve: ({ oldSizeBytes }) => oldSizeBytes,
    }),
    newSize: t.field({
      type: 'ByteCount',
      nullable: true,
      description: 'Size of the package file in the new run.',
      resolve: ({ newSizeBytes }) => newSizeBytes,
    }),
  }),
})

const FileSummaryConnectionType = connectionType('FileSummary', FileSummaryType, {
  noun: 'file',
  totalCount: 'Number of files that match the arguments, on all pages.',
  isCounted: true,
})

export const SummaryType = builder.objectRef<StoredSummary>('Summary').implement({
  description: 'What changed between two runs, and whether it matters.',
  fields: (t) => ({
    verdict: t.field({
      type: VerdictType,
      description: 'The answer in one word.',
      resolve: ({ summary }) => summary.verdict,
    }),
    rulesVersion: t.string({
      description: 'Version of the rules that made the summary. Another version may judge differently.',
      resolve: ({ summary }) => summary.rulesVersion,
    }),
    findings: t.field({
      type: FindingConnectionType,
      ...NULL_IF_FAILED,
      description: 'The findings, the worst first; those that the rules file expects come last.',
      complexity: pageCost,
      args: {
        ...sliceArguments(t.arg),
        severity: t.arg({ type: [SeverityType], description: 'Returns only findings of these severities.' }),
        rule: t.arg.stringList({ description: 'Returns only findings of these rules.' }),
        package: t.arg.string({ description: 'Returns only findings about this package.' }),
        expected: t.arg.boolean({
          description:
            'Returns only findings that the rules file expects (true), or does not expect (false).',
        }),
      },
      resolve: ({ summary }, args) => pageOfFindings(summary, checkedSlice(args), args),
    }),
    noise: t.field({
      type: [NoiseCountType],
      description:
        'What every rebuild changes, by class. Noise is explained, not hidden: `files` lists the files.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ summary }) => [...summary.noise],
    }),
    packages: t.field({
      type: [PackageSummaryType],
      description: 'The packages of both runs, ordered by name.',
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ summary }) => [...summary.packages],
    }),
    files: t.field({
      type: FileSummaryConnectionType,
      ...NULL_IF_FAILED,
      description: 'The files that differ.',
      complexity: pageCost,
      args: {
        ...sliceArguments(t.arg),
        change: t.arg({
          type: [FileChangeKindType],
          description: 'Returns only files that differ in these ways.',
        }),
        noise: t.arg.string({
          description: 'Returns only files that this class of noise explains, at least in part.',
        }),
        package: t.arg.string({ description: 'Returns only files of this package.' }),
        substantive: t.arg.boolean({
          description: 'Returns only files that differ by more than noise (true), or by noise alone (false).',
        }),
      },
      resolve: ({ summary, pair }, args) => {
        const page = pageOfFiles(summary, checkedSlice(args), args)
        return { ...page, edges: page.edges.map((edge) => ({ ...edge, node: { ...edge.node, pair } })) }
      },
    }),
    omittedFindings: t.int({
      description:
        'Number of findings that `findings` leaves out because there are too many. The worst ones are listed.',
      resolve: ({ summary }) => summary.omitted?.findings ?? 0,
    }),
    omittedFiles: t.int({
      description:
        'Number of files that `files` leaves out because there are too many. The counts of `noise` include them.',
      resolve: ({ summary }) => summary.omitted?.files ?? 0,
    }),
    expected: t.field({
      type: [ExpectedFindingsType],
      description:
        "What the service's rules file expects of this campaign and source; empty without such a file.",
      complexity: { field: 1, multiplier: UNPAGED },
      resolve: ({ summary }) => [...(summary.expected ?? [])],
    }),
    undecided: t.stringList({
      description: 'What could not be read or compared, one sentence each.',
      resolve: ({ summary }) => [...summary.undecided],
    }),
    text: t.string({
      description: 'The summary as plain text, at most 200 lines.',
      resolve: (stored) => stored.render('text'),
    }),
    markdown: t.string({
      description: 'The summary as Markdown, for a comment on a merge request.',
      resolve: (stored) => stored.render('markdown'),
    }),
  }),
})
