/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** How a package differs between two runs. */
export type BinaryChangeKind =
  /** Only the new run built the package. */
  | 'ADDED'
  /** Both runs built the package, and the files differ. */
  | 'CHANGED'
  /** Only the old run built the package. */
  | 'REMOVED'
  /** Both runs built the same file, byte for byte. */
  | 'UNCHANGED';

/** Kind of a binary package. */
export type BinaryKind =
  /** An ordinary package (`.deb`), or one with debug symbols (`.ddeb`). */
  | 'DEB'
  /** A package for the Debian installer (`.udeb`). */
  | 'UDEB';

/** A diff tool. */
export type DiffCommand =
  /** `debdiff` from devscripts compares file lists and control fields. */
  | 'DEBDIFF'
  /** `diffoscope` compares the contents of files. */
  | 'DIFFOSCOPE'
  /** The summary, for which Differ reads the packages with `dpkg-deb`. */
  | 'SUMMARY';

/** Kind of a line in a hunk. */
export type DiffLineKind =
  /** The line is only on the new side. */
  | 'ADDED'
  /** The line is on both sides. */
  | 'CONTEXT'
  /** A placeholder for lines that the tool omitted. */
  | 'ELIDED'
  /** The previous line does not end with a newline. Rows have no such lines; see `DiffLine.noNewline`. */
  | 'NO_NEWLINE'
  /** The line is only on the old side. */
  | 'REMOVED';

/** Kind of a row in a side-by-side hunk. */
export type DiffRowKind =
  /** The line is only on the new side. */
  | 'ADDED'
  /** A removed line next to the added line that probably replaced it. */
  | 'CHANGED'
  /** The same line is on both sides. */
  | 'CONTEXT'
  /** The line is only on the old side. */
  | 'REMOVED';

/** A file of a package, as `Summary.files` lists it. */
export type FileAddressInput = {
  /** Name of the package on the old side, if it is another one. */
  oldPackage?: string | null | undefined;
  /** Path on the old side, if it is another one. */
  oldPath?: string | null | undefined;
  /** Name of the package. */
  package: string;
  /** Path of the file: `usr/bin/sudo`, `control/postinst`. */
  path: string;
};

/** How a file of a package differs. */
export type FileChangeKind =
  /** Only the new package has the file. */
  | 'ADDED'
  /** Content or attributes differ. */
  | 'CHANGED'
  /** The file has another path and the same content. */
  | 'MOVED'
  /** Only the old package has the file. */
  | 'REMOVED';

/** What happened to the files of a list. */
export type FileListChange =
  /** The files, or these attributes of theirs, are only on the new side. */
  | 'ADDED'
  /** The files are members of the control archive, like maintainer scripts and `conffiles`, and their content differs. */
  | 'CHANGED'
  /** Another package has the files now. */
  | 'MOVED'
  /** The files, or these attributes of theirs, are only on the old side. */
  | 'REMOVED'
  /** Files were moved between several packages. */
  | 'SPREAD';

/** Kinds of reasons why a report may be incomplete. */
export type IncompleteReasonKind =
  /** Lines of a diff were omitted. */
  | 'BLOCK_CUT'
  /** A program that compares one kind of file failed. */
  | 'COMMAND_FAILED'
  /** A program that compares one kind of file printed errors or warnings; its output may be incomplete. */
  | 'COMMAND_WARNED'
  /** An archive was nested too deeply. */
  | 'DEPTH_LIMIT'
  /** An archive could not be unpacked. */
  | 'EXTRACTION_FAILED'
  /** Only the beginning of two files was compared. */
  | 'INPUT_CUT'
  /** The report was made by the previous service, which may have cached incomplete reports. */
  | 'LEGACY_UNVERIFIED'
  /** diffoscope failed at a package, so its contents are not compared. */
  | 'NOT_COMPARED'
  /** The packages differ in something that the report does not show. The comment names it, and the summary has the finding. */
  | 'NOT_SHOWN'
  /** diffoscope does not understand a file, or what a program printed about it. */
  | 'PARSING_FAILED'
  /** diffoscope stopped at its own time limit. */
  | 'TIMEOUT'
  /** A program that compares one kind of file is not installed. */
  | 'TOOL_MISSING';

/** Classes of noise: differences that every rebuild causes. docs/rules.md describes them. */
export type NoiseClass =
  /** All classes. */
  | 'ALL'
  /** Times of members of a static library. */
  | 'AR_TIME'
  /** A changelog entry of a binary-only upload, which a rebuild in the archive adds. */
  | 'BINNMU_CHANGELOG'
  /** What a file of the build environment records: versions of build dependencies, paths, variables. */
  | 'BUILDINFO'
  /** Compiler options that name the build directory. */
  | 'BUILD_FLAGS'
  /** Build ids of ELF files, and the paths and fields that are made of them. */
  | 'BUILD_ID'
  /** The directory in which the package was built, in documentation, lists and debug information. */
  | 'BUILD_PATH'
  /** The first entry of the Debian changelog, if it is of this build. */
  | 'CHANGELOG_TOP'
  /** The date and time that the preprocessor puts into a program. */
  | 'COMPILED_IN'
  /** Debug sections that are compressed otherwise. */
  | 'COMPRESSED_DEBUG'
  /** The same content, compressed otherwise. */
  | 'COMPRESSION_ONLY'
  /** The last year of a copyright notice in generated documentation. */
  | 'COPYRIGHT_YEAR'
  /** The checksum of a debug file, in the program that belongs to it. */
  | 'DEBUGLINK_CRC'
  /** When documentation was generated. */
  | 'DOC_DATE'
  /** Who compiled an Emacs Lisp file, and when. */
  | 'ELC_STAMP'
  /** Line breaks and blanks in fields of the control file, where they mean nothing. */
  | 'FIELD_FOLDING'
  /** The order of members in an archive. */
  | 'FILE_ORDER'
  /** The order of lines in an index of fonts that names each font once. */
  | 'FONT_INDEX'
  /** Dates in the header of a message catalogue. */
  | 'GETTEXT_DATE'
  /** The build id of a Go program. */
  | 'GO_BUILD_ID'
  /** Time, name and system in the header of a gzip file. */
  | 'GZIP_HEADER'
  /** The order of the keys of JSON objects, and of a text that lists the same keys in another order. */
  | 'HASH_ORDER'
  /** Name of the machine that built, in a line that says so. */
  | 'HOSTNAME'
  /** The field Installed-Size, which follows from the files. */
  | 'INSTALLED_SIZE'
  /** Dates that java.util.Properties writes, and volatile fields of a manifest. */
  | 'JAVA_PROPS'
  /** The kernel and the number of processors of the machine that built. */
  | 'KERNEL_CPU'
  /** Dates in the language of the machine that built. */
  | 'LOCALE'
  /** The date of a man page, and comments of its generator. */
  | 'MAN_DATE'
  /** The list of checksums, as far as it follows from the files, and its order. */
  | 'MD5SUMS'
  /** Size and time in a list of files, of a file that the report shows itself. Only filtered reports use it. */
  | 'MEMBER_SIZES'
  /** Times of files. */
  | 'MTIME'
  /** The order of fields, of relations, and of items of unordered lists in HTML, where it means nothing. */
  | 'ORDER_ONLY'
  /** Dates that other generators leave in their output. */
  | 'OTHER_STAMPS'
  /** Sizes of the compressed archives in a package. */
  | 'OUTER_SIZES'
  /** Number or name of the owner root, one of which is missing on a side; owners in static libraries. */
  | 'OWNER_NUMBERS'
  /** The note of an ELF file that names its package and version. */
  | 'PACKAGE_NOTE'
  /** Programs found in /bin or /usr/bin, which is one directory. */
  | 'PATH_SHELL'
  /** Dates of a PDF file. */
  | 'PDF_DATE'
  /** Times in a PNG file. */
  | 'PNG_TIME'
  /** Comments of a PostScript file that say when and from where it was made. */
  | 'PS_DVI_DATE'
  /** Time, size or hash of the source in the header of a compiled Python module. */
  | 'PYC_STAMP'
  /** Identifiers that generators choose at random. */
  | 'RANDOM_ID'
  /** When a package for R was built. */
  | 'R_BUILT'
  /** One moment in the time zone of the machine that built. */
  | 'TIMEZONE'
  /** Versions of compilers and generators, where they sign what they made. */
  | 'TOOLCHAIN'
  /** Write permission of the group on most files, which follows from the umask of the build. */
  | 'UMASK'
  /** Name of the user who built, in a line that says so. */
  | 'USER'
  /** The own version of each side. */
  | 'VERSION_ECHO'
  /** Times of members of a zip file. */
  | 'ZIP_TIME';

/** How a package differs. */
export type PackageChangeKind =
  /** Only the new run built the package. */
  | 'ADDED'
  /** The package is for another architecture: `all` on one side, a concrete one on the other. */
  | 'ARCHITECTURE_CHANGED'
  /** Both runs built the package, and it differs. */
  | 'CHANGED'
  /** Both runs built the same package, byte for byte. */
  | 'IDENTICAL'
  /** Only the old run built the package. */
  | 'REMOVED'
  /** The new run built the package under another name. */
  | 'RENAMED';

/** Status of a job. */
export type PrecacheJobStatus =
  /** The job was cancelled. */
  | 'CANCELLED'
  /** debdiff is running. */
  | 'DEBDIFF'
  /** diffoscope is running; `step` names the package. */
  | 'DIFFOSCOPE'
  /** What the job makes is cached. */
  | 'DONE'
  /** The job failed; see `error` and `failure`. */
  | 'FAILED'
  /** The job waits for a worker. */
  | 'QUEUED'
  /** A worker is fetching the packages and reading them for the summary. */
  | 'RETRIEVING';

/** Why a job was queued. */
export type PrecacheTrigger =
  /** The pair belongs to a batch. */
  | 'BATCH'
  /** A search of the database found the finished run; its message was missed. */
  | 'CATCH_UP'
  /** The rules have changed since the summary of the pair was made. */
  | 'REFRESH'
  /** A client requested this pair. */
  | 'REQUEST'
  /** A client requested a report that lacks packages; the job tries these again under larger limits. */
  | 'RETRY'
  /** A message announced that the run has finished. */
  | 'RUN_FINISHED';

/** Whether the packages that a report lacks are tried again. */
export type ReportRetryState =
  /** It would fail again: a package is broken, or the limits of jobs do not suffice either. */
  | 'NEVER'
  /** A job is queued or runs that tries them under larger limits. */
  | 'PENDING'
  /** A job may succeed, but none is queued. `makeDiffs` queues one. */
  | 'POSSIBLE';

/** Conditions for runs. A run must meet all that are given. A list matches any of its values. Those from `verdict` on are about the summaries of the run: they must be met by one and the same comparison, and those about a finding by one and the same finding. They need the state, know only runs whose summary was made, and cannot be combined with `source`, `resultCode` and `search`. */
export type RunFilterInput = {
  /** Names of campaigns. */
  campaign?: Array<string> | null | undefined;
  /** A `Cluster.clusterId`. */
  cluster?: string | number | null | undefined;
  /** Names of codebases. */
  codebase?: Array<string> | null | undefined;
  /** Whether the rules file expects the finding. Omit it for both. */
  expected?: boolean | null | undefined;
  /** Earliest finish time (inclusive). */
  finishedAfter?: string | null | undefined;
  /** Latest finish time (exclusive). */
  finishedBefore?: string | null | undefined;
  /** Package of the finding. */
  package?: string | null | undefined;
  /** Path of the finding, as `Finding.path` says. */
  path?: string | null | undefined;
  /** Result codes, like `success`. */
  resultCode?: Array<string> | null | undefined;
  /** Rules of the finding. */
  rule?: Array<string> | null | undefined;
  /** Words, like `tea lintian`: at most 8, of 200 characters in all. Each word must occur in the codebase, the campaign, the source package or the run id, begin with a digit and occur in the version, or be the name of a binary package; case is ignored. */
  search?: string | null | undefined;
  /** Severities of the finding. */
  severity?: Array<Severity> | null | undefined;
  /** Names of source packages. */
  source?: Array<string> | null | undefined;
  /** Whether the run succeeded; false also matches runs that have not finished. */
  successful?: boolean | null | undefined;
  /** Only runs whose summary could not be made (true), or has been made (false). */
  summaryFailed?: boolean | null | undefined;
  /** Verdicts of the summary. */
  verdict?: Array<Verdict> | null | undefined;
};

/** Two runs to compare. */
export type RunPairInput = {
  /** The `Run.runId` of the run with the change. */
  new: string | number;
  /** The `Run.runId` of the run without the change. */
  old: string | number;
};

/** On which side a segment of a line occurs. */
export type SegmentKind =
  /** The segment is only on the new side. */
  | 'ADDED'
  /** The segment is on both sides. */
  | 'EQUAL'
  /** The segment is only on the old side. */
  | 'REMOVED';

/** How much attention a finding needs. */
export type Severity =
  /** Most likely a defect or a danger. */
  | 'BAD'
  /** Good to know; no action is expected. */
  | 'INFO'
  /** A person should confirm that it is intended. */
  | 'VERIFY';

/** Whether two runs differ in anything that matters. If something could not be read or compared, the verdict is never better than `UNDECIDED`. */
export type Verdict =
  /** Something differs that noise does not explain, and the service's rules file expects all of it. */
  | 'EXPECTED'
  /** The packages are the same, byte for byte. */
  | 'IDENTICAL'
  /** The packages differ only by what every rebuild changes. */
  | 'NOISE_ONLY'
  /** Something differs that noise does not explain. */
  | 'SUBSTANTIVE'
  /** Something could not be read or compared, and what could be compared differs by noise at most. */
  | 'UNDECIDED';

export type CampaignListQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type CampaignListQuery = { campaigns: { nodes: Array<{ name: string, comparisonCount: number, failureCount: number, newestRunTime: string, verdicts: Array<{ verdict: Verdict, comparisons: number }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CampaignOverviewQueryVariables = Exact<{
  name: string;
}>;


export type CampaignOverviewQuery = { campaign:
    | { __typename: 'Campaign', name: string, comparisonCount: number, failureCount: number, undecidedComparisons: number, incompleteComparisons: number, outdatedComparisons: number, newestRunTime: string, lagSeconds: number, oldSize: number, newSize: number, expected: Array<{ rules: Array<string>, sources: Array<string>, packages: Array<string>, paths: Array<string>, reason: string }>, verdicts: Array<{ verdict: Verdict, comparisons: number }>, failures: Array<{ error: string, comparisons: number }>, rules: Array<{ rule: string, severity: Severity, expected: boolean, comparisons: number, findings: number }>, noise: Array<{ class: string, description: string, comparisons: number, files: number }>, packages: Array<{ change: string, comparisons: number, packages: number }>, clusters: { totalCount: number | null, nodes: Array<{ clusterId: string, comparisonCount: number, verdict: Verdict, findings: Array<{ rule: string, severity: Severity, expected: boolean, package: string, path: string }> }>, pageInfo: { endCursor: string | null } }, look: { totalCount: number | null, nodes: Array<{ oldRunId: string, newRunId: string, codebase: string, verdict: Verdict | null, bad: number, verify: number }> } }
    | { __typename: 'CampaignNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'StateNotConfiguredError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type CampaignClustersQueryVariables = Exact<{
  name: string;
  after?: string | null | undefined;
}>;


export type CampaignClustersQuery = { campaign:
    | { clusters: { totalCount: number | null, nodes: Array<{ clusterId: string, comparisonCount: number, verdict: Verdict, findings: Array<{ rule: string, severity: Severity, expected: boolean, package: string, path: string }> }>, pageInfo: { endCursor: string | null } } }
    | Record<PropertyKey, never>
   };

export type ClusterPageFragment = { totalCount: number | null, nodes: Array<{ clusterId: string, comparisonCount: number, verdict: Verdict, findings: Array<{ rule: string, severity: Severity, expected: boolean, package: string, path: string }> }>, pageInfo: { endCursor: string | null } };

export type ComparisonPageQueryVariables = Exact<{
  old: string | number;
  new: string | number;
}>;


export type ComparisonPageQuery = { comparison:
    | { __typename: 'Comparison', old: { runId: string, codebase: string, campaign: string, source: string | null, version: string | null, resultCode: string | null, startTime: string | null, finishTime: string | null, revision: string | null }, new: { runId: string, codebase: string, campaign: string, source: string | null, version: string | null, resultCode: string | null, startTime: string | null, finishTime: string | null, revision: string | null }, binaryChanges:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'BinaryChangeList', changes: { nodes: Array<{ kind: BinaryChangeKind, old: { filename: string, package: string, version: string, architecture: string, kind: BinaryKind, size: number } | null, new: { filename: string, package: string, version: string, architecture: string, kind: BinaryKind, size: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
       }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', runId: string, resultCode: string | null, message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type MorePackagesQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  after: string;
}>;


export type MorePackagesQuery = { comparison:
    | { binaryChanges:
        | { changes: { nodes: Array<{ kind: BinaryChangeKind, old: { filename: string, package: string, version: string, architecture: string, kind: BinaryKind, size: number } | null, new: { filename: string, package: string, version: string, architecture: string, kind: BinaryKind, size: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
        | Record<PropertyKey, never>
       }
    | Record<PropertyKey, never>
   };

export type PackageChangesFragment = { nodes: Array<{ kind: BinaryChangeKind, old: { filename: string, package: string, version: string, architecture: string, kind: BinaryKind, size: number } | null, new: { filename: string, package: string, version: string, architecture: string, kind: BinaryKind, size: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } };

export type RunFactsFragment = { runId: string, codebase: string, campaign: string, source: string | null, version: string | null, resultCode: string | null, startTime: string | null, finishTime: string | null, revision: string | null };

export type BinaryFactsFragment = { filename: string, package: string, version: string, architecture: string, kind: BinaryKind, size: number };

export type DebdiffPageQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  hide: Array<NoiseClass> | NoiseClass;
}>;


export type DebdiffPageQuery = { comparison:
    | { __typename: 'Comparison', debdiff:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'Debdiff', isEmpty: boolean, sections: Array<
            | { __typename: 'DebdiffControlFields', package: string, title: string | null, fields: Array<{ name: string, lines: Array<Array<{ kind: SegmentKind, text: string }>> }> }
            | { __typename: 'DebdiffFileList', change: FileListChange, package: string, movedTo: string | null, totalCount: number, title: string | null, entries: { nodes: Array<{ path: string, mode: string, owner: string, group: string, target: string | null }> } }
            | { __typename: 'DebdiffNote', lines: Array<string>, title: string | null }
            | { __typename: 'DebdiffPackageList', packages: Array<string>, title: string | null }
          >, text: { url: string }, markdown: { url: string }, html: { url: string }, json: { url: string } }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null, job: { jobId: string } | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
       }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type FileFactsFragment = { path: string, mode: string, owner: string, group: string, target: string | null };

export type DebdiffFilesQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  hide: Array<NoiseClass> | NoiseClass;
  from: number;
}>;


export type DebdiffFilesQuery = { comparison:
    | { debdiff:
        | { sections: Array<
            | { entries: { nodes: Array<{ path: string, mode: string, owner: string, group: string, target: string | null }> } }
            | Record<PropertyKey, never>
          > }
        | Record<PropertyKey, never>
       }
    | Record<PropertyKey, never>
   };

export type DiffoscopePageQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  hide: Array<NoiseClass> | NoiseClass;
}>;


export type DiffoscopePageQuery = { comparison:
    | { __typename: 'Comparison', diffoscope:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null, job: { jobId: string } | null }
        | { __typename: 'Diffoscope', id: string, filtered: boolean, complete: boolean, incompleteCount: number, retry: { state: ReportRetryState } | null, stat: { nodes: number, hunks: number, added: number, removed: number }, hidden: Array<{ class: string, hunks: number, files: number }>, incompleteReasons: Array<{ kind: IncompleteReasonKind, tool: string | null, comment: string | null, node: { ordinal: number, path: Array<string> } | null }>, text: { url: string }, markdown: { url: string }, html: { url: string }, json: { url: string } }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
       }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

type ReportFacts_Diffoscope_Fragment = { id: string, filtered: boolean, complete: boolean, incompleteCount: number, stat: { nodes: number, hunks: number, added: number, removed: number }, hidden: Array<{ class: string, hunks: number, files: number }>, incompleteReasons: Array<{ kind: IncompleteReasonKind, tool: string | null, comment: string | null, node: { ordinal: number, path: Array<string> } | null }>, text: { url: string }, markdown: { url: string }, html: { url: string }, json: { url: string } };

type ReportFacts_FileReport_Fragment = { id: string, filtered: boolean, complete: boolean, incompleteCount: number, stat: { nodes: number, hunks: number, added: number, removed: number }, hidden: Array<{ class: string, hunks: number, files: number }>, incompleteReasons: Array<{ kind: IncompleteReasonKind, tool: string | null, comment: string | null, node: { ordinal: number, path: Array<string> } | null }>, text: { url: string }, markdown: { url: string }, html: { url: string }, json: { url: string } };

export type ReportFactsFragment =
  | ReportFacts_Diffoscope_Fragment
  | ReportFacts_FileReport_Fragment
;

export type CountsFragment = { nodes: number, hunks: number, added: number, removed: number };

type Downloads_Debdiff_Fragment = { text: { url: string }, markdown: { url: string }, html: { url: string }, json: { url: string } };

type Downloads_Diffoscope_Fragment = { text: { url: string }, markdown: { url: string }, html: { url: string }, json: { url: string } };

type Downloads_FileReport_Fragment = { text: { url: string }, markdown: { url: string }, html: { url: string }, json: { url: string } };

export type DownloadsFragment =
  | Downloads_Debdiff_Fragment
  | Downloads_Diffoscope_Fragment
  | Downloads_FileReport_Fragment
;

export type NotReadyFragment = { job: { jobId: string } | null };

type ToolFailure_ArtifactsMissingError_Fragment = { runId: string };

type ToolFailure_DiffCommandError_Fragment = { command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string };

type ToolFailure_DiffCommandMemoryError_Fragment = { command: DiffCommand, limitBytes: number };

type ToolFailure_DiffCommandTimeoutError_Fragment = { command: DiffCommand, limitMs: number, job: { jobId: string } | null };

type ToolFailure_InvalidPackageError_Fragment = { filename: string, reason: string };

export type ToolFailureFragment =
  | ToolFailure_ArtifactsMissingError_Fragment
  | ToolFailure_DiffCommandError_Fragment
  | ToolFailure_DiffCommandMemoryError_Fragment
  | ToolFailure_DiffCommandTimeoutError_Fragment
  | ToolFailure_InvalidPackageError_Fragment
;

export type FilesPageQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  substantive?: boolean | null | undefined;
  after?: string | null | undefined;
}>;


export type FilesPageQuery = { comparison:
    | { __typename: 'Comparison', summary:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null, job: { jobId: string } | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'Summary', files: { totalCount: number, nodes: Array<{ package: string, path: string, oldPath: string | null, change: FileChangeKind, noise: Array<string>, substantive: boolean, oldMode: string | null, newMode: string | null, oldSize: number | null, newSize: number | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, noise: Array<{ class: string, description: string, files: number }> }
       }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type ListedFileFragment = { package: string, path: string, oldPath: string | null, change: FileChangeKind, noise: Array<string>, substantive: boolean, oldMode: string | null, newMode: string | null, oldSize: number | null, newSize: number | null };

export type FilePageQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  package: string;
  path: string;
  oldPath?: string | null | undefined;
  oldPackage?: string | null | undefined;
  hide: Array<NoiseClass> | NoiseClass;
}>;


export type FilePageQuery = { comparison:
    | { __typename: 'Comparison', file:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null, job: { jobId: string } | null }
        | { __typename: 'FileNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'FileReport', id: string, filtered: boolean, complete: boolean, incompleteCount: number, oldPicture: { url: string, width: number, height: number, size: number } | null, newPicture: { url: string, width: number, height: number, size: number } | null, stat: { nodes: number, hunks: number, added: number, removed: number }, hidden: Array<{ class: string, hunks: number, files: number }>, incompleteReasons: Array<{ kind: IncompleteReasonKind, tool: string | null, comment: string | null, node: { ordinal: number, path: Array<string> } | null }>, text: { url: string }, markdown: { url: string }, html: { url: string }, json: { url: string } }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'PackageNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
       }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type PictureFactsFragment = { url: string, width: number, height: number, size: number };

export type MakeFileMutationVariables = Exact<{
  old: string | number;
  new: string | number;
  file: FileAddressInput;
}>;


export type MakeFileMutation = { makeDiffs:
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'MakeDiffsPayload', job: { jobId: string } | null, report:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'FileNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'FileReport' }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'PackageNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
       | null }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type MakeDiffsMutationVariables = Exact<{
  old: string | number;
  new: string | number;
}>;


export type MakeDiffsMutation = { makeDiffs:
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'MakeDiffsPayload', job: { jobId: string } | null }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type CancelJobMutationVariables = Exact<{
  jobId: string | number;
}>;


export type CancelJobMutation = { cancelPrecacheJob:
    | { __typename: 'JobNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'PrecacheJob', jobId: string, status: PrecacheJobStatus }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type JobProgressSubscriptionVariables = Exact<{
  jobId: string | number;
}>;


export type JobProgressSubscription = { precacheJob:
    | { __typename: 'JobNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'PrecacheJob', jobId: string, status: PrecacheJobStatus, trigger: PrecacheTrigger, progress: number, step: string | null, attempts: number, failure: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, oldRunId: string, newRunId: string, error:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'WorkerLostError', message: string, retryable: boolean, retryAfterMs: number | null }
       | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type QueueChangesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type QueueChangesSubscription = { precacheJobs:
    | { __typename: 'JobNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'PrecacheJob', jobId: string, status: PrecacheJobStatus, trigger: PrecacheTrigger, progress: number, step: string | null, attempts: number, failure: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, oldRunId: string, newRunId: string, error:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'WorkerLostError', message: string, retryable: boolean, retryAfterMs: number | null }
       | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type RetryJobMutationVariables = Exact<{
  jobId: string | number;
}>;


export type RetryJobMutation = { retryPrecacheJob:
    | { __typename: 'JobNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'PrecacheJob', jobId: string, status: PrecacheJobStatus }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type CancelBatchMutationVariables = Exact<{
  batchId: string | number;
}>;


export type CancelBatchMutation = { cancelPrecacheBatch:
    | { __typename: 'BatchNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'PrecacheBatch', batchId: string, createdAt: string, filled: boolean, count: number, queued: number, running: number, done: number, skipped: number, failed: number, cancelled: number }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type QueueBatchesQueryVariables = Exact<{ [key: string]: never; }>;


export type QueueBatchesQuery = { precacheBatches: { nodes: Array<{ batchId: string, createdAt: string, filled: boolean, count: number, queued: number, running: number, done: number, skipped: number, failed: number, cancelled: number }> } };

export type BatchJobsQueryVariables = Exact<{
  batchId: string | number;
  after?: string | null | undefined;
}>;


export type BatchJobsQuery = { precacheBatch:
    | { __typename: 'BatchNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'PrecacheBatch', count: number, jobs: { nodes: Array<{ jobId: string, status: PrecacheJobStatus, trigger: PrecacheTrigger, progress: number, step: string | null, attempts: number, failure: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, oldRunId: string, newRunId: string, old: { version: string | null } | null, new: { source: string | null, codebase: string, version: string | null, campaign: string } | null, error:
            | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
            | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
            | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
            | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
            | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
            | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
            | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
            | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
            | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
            | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
            | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
            | { __typename: 'WorkerLostError', message: string, retryable: boolean, retryAfterMs: number | null }
           | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type JobNumberFragment = { nodes: Array<{ jobId: string }>, pageInfo: { hasNextPage: boolean } };

export type BatchFactsFragment = { batchId: string, createdAt: string, filled: boolean, count: number, queued: number, running: number, done: number, skipped: number, failed: number, cancelled: number };

export type ListedJobFragment = { jobId: string, status: PrecacheJobStatus, trigger: PrecacheTrigger, progress: number, step: string | null, attempts: number, failure: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, oldRunId: string, newRunId: string, old: { version: string | null } | null, new: { source: string | null, codebase: string, version: string | null, campaign: string } | null, error:
    | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
    | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
    | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
    | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'WorkerLostError', message: string, retryable: boolean, retryAfterMs: number | null }
   | null };

export type QueuePageQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  status?: Array<PrecacheJobStatus> | PrecacheJobStatus | null | undefined;
}>;


export type QueuePageQuery = { precacheCounts:
    | { __typename: 'PrecacheCounts', queued: number, running: number }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
  , failed: { nodes: Array<{ jobId: string }>, pageInfo: { hasNextPage: boolean } }, done: { nodes: Array<{ jobId: string }>, pageInfo: { hasNextPage: boolean } }, precacheJobs: { nodes: Array<{ jobId: string, status: PrecacheJobStatus, trigger: PrecacheTrigger, progress: number, step: string | null, attempts: number, failure: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, oldRunId: string, newRunId: string, old: { version: string | null } | null, new: { source: string | null, codebase: string, version: string | null, campaign: string } | null, error:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'WorkerLostError', message: string, retryable: boolean, retryAfterMs: number | null }
       | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type JobFactsFragment = { jobId: string, status: PrecacheJobStatus, trigger: PrecacheTrigger, progress: number, step: string | null, attempts: number, failure: string | null, createdAt: string, startedAt: string | null, finishedAt: string | null, oldRunId: string, newRunId: string, error:
    | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
    | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
    | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
    | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'WorkerLostError', message: string, retryable: boolean, retryAfterMs: number | null }
   | null };

export type NodePageQueryVariables = Exact<{
  report: string | number;
  from: number;
  first: number;
}>;


export type NodePageQuery = { node:
    | { nodes: { nodes: Array<{ id: string, ordinal: number, depth: number, source1: string, source2: string, comments: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number }, ownStat: { nodes: number, hunks: number, added: number, removed: number } | null }> } }
    | { nodes: { nodes: Array<{ id: string, ordinal: number, depth: number, source1: string, source2: string, comments: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number }, ownStat: { nodes: number, hunks: number, added: number, removed: number } | null }> } }
    | Record<PropertyKey, never>
   | null };

export type NodeFactsFragment = { id: string, ordinal: number, depth: number, source1: string, source2: string, comments: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number }, ownStat: { nodes: number, hunks: number, added: number, removed: number } | null };

export type LinesOfHunksQueryVariables = Exact<{
  node: string | number;
  from: number;
  first: number;
  lines: number;
}>;


export type LinesOfHunksQuery = { node:
    | { hunks: { nodes: Array<{ position: number, header: string | null, oldStart: number, oldLines: number, newStart: number, newLines: number, added: number, removed: number, cut: boolean, whiteSpaceOnly: boolean, lines: { totalCount: number, nodes: Array<{ position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null }> } }> } }
    | Record<PropertyKey, never>
   | null };

export type RowsOfHunksQueryVariables = Exact<{
  node: string | number;
  from: number;
  first: number;
  rows: number;
}>;


export type RowsOfHunksQuery = { node:
    | { hunks: { nodes: Array<{ position: number, header: string | null, oldStart: number, oldLines: number, newStart: number, newLines: number, added: number, removed: number, cut: boolean, whiteSpaceOnly: boolean, lines: { totalCount: number }, rows: { nodes: Array<{ kind: DiffRowKind, old: { noNewline: boolean, position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null } | null, new: { noNewline: boolean, position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }> } }
    | Record<PropertyKey, never>
   | null };

export type MoreLinesQueryVariables = Exact<{
  node: string | number;
  hunk: number;
  from: number;
  first: number;
}>;


export type MoreLinesQuery = { node:
    | { hunk: { lines: { nodes: Array<{ position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null }> } } | null }
    | Record<PropertyKey, never>
   | null };

export type MoreRowsQueryVariables = Exact<{
  node: string | number;
  hunk: number;
  after?: string | null | undefined;
  first: number;
}>;


export type MoreRowsQuery = { node:
    | { hunk: { rows: { nodes: Array<{ kind: DiffRowKind, old: { noNewline: boolean, position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null } | null, new: { noNewline: boolean, position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null }
    | Record<PropertyKey, never>
   | null };

export type HunkFactsFragment = { position: number, header: string | null, oldStart: number, oldLines: number, newStart: number, newLines: number, added: number, removed: number, cut: boolean, whiteSpaceOnly: boolean };

export type LineFactsFragment = { position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null };

export type RowsFragment = { nodes: Array<{ kind: DiffRowKind, old: { noNewline: boolean, position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null } | null, new: { noNewline: boolean, position: number, kind: DiffLineKind, oldNumber: number | null, newNumber: number | null, text: string, textCut: number, elidedLines: number, segments: Array<{ changed: boolean, text: string }> | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } };

export type TreeTopQueryVariables = Exact<{
  report: string | number;
  after?: string | null | undefined;
}>;


export type TreeTopQuery = { node:
    | { root: { children: { totalCount: number | null, nodes: Array<{ id: string, ordinal: number, depth: number, source1: string, source2: string, comments: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number }, ownStat: { nodes: number, hunks: number, added: number, removed: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } }
    | { root: { children: { totalCount: number | null, nodes: Array<{ id: string, ordinal: number, depth: number, source1: string, source2: string, comments: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number }, ownStat: { nodes: number, hunks: number, added: number, removed: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } }
    | Record<PropertyKey, never>
   | null };

export type TreeBelowQueryVariables = Exact<{
  node: string | number;
  after?: string | null | undefined;
}>;


export type TreeBelowQuery = { node:
    | { children: { totalCount: number | null, nodes: Array<{ id: string, ordinal: number, depth: number, source1: string, source2: string, comments: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number }, ownStat: { nodes: number, hunks: number, added: number, removed: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
    | Record<PropertyKey, never>
   | null };

export type TreeLevelFragment = { totalCount: number | null, nodes: Array<{ id: string, ordinal: number, depth: number, source1: string, source2: string, comments: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number }, ownStat: { nodes: number, hunks: number, added: number, removed: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } };

export type FindPathQueryVariables = Exact<{
  report: string | number;
  glob: string;
}>;


export type FindPathQuery = { node:
    | { nodes: { nodes: Array<{ ordinal: number, path: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number } }>, pageInfo: { hasNextPage: boolean } } }
    | { nodes: { nodes: Array<{ ordinal: number, path: Array<string>, stat: { nodes: number, hunks: number, added: number, removed: number } }>, pageInfo: { hasNextPage: boolean } } }
    | Record<PropertyKey, never>
   | null };

export type PathOfQueryVariables = Exact<{
  report: string | number;
  from: number;
}>;


export type PathOfQuery = { node:
    | { nodes: { nodes: Array<{ ordinal: number, path: Array<string> }> } }
    | { nodes: { nodes: Array<{ ordinal: number, path: Array<string> }> } }
    | Record<PropertyKey, never>
   | null };

export type NodeAtQueryVariables = Exact<{
  report: string | number;
  path: Array<string> | string;
}>;


export type NodeAtQuery = { node:
    | { node: { ordinal: number } | null }
    | { node: { ordinal: number } | null }
    | Record<PropertyKey, never>
   | null };

export type FindTextQueryVariables = Exact<{
  report: string | number;
  text: string;
  first: number;
  after?: string | null | undefined;
}>;


export type FindTextQuery = { node:
    | { search: { cutLines: number, nodes: Array<{ hunkPosition: number | null, linePosition: number | null, kind: DiffLineKind | null, text: string, node: { ordinal: number, path: Array<string> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
    | { search: { cutLines: number, nodes: Array<{ hunkPosition: number | null, linePosition: number | null, kind: DiffLineKind | null, text: string, node: { ordinal: number, path: Array<string> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
    | Record<PropertyKey, never>
   | null };

export type RunListQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: RunFilterInput | null | undefined;
}>;


export type RunListQuery = { runs: { nodes: Array<{ runId: string, codebase: string, campaign: string, source: string | null, version: string | null, resultCode: string | null, successful: boolean, startTime: string | null, finishTime: string | null, baseline: { runId: string, version: string | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type RunRowFragment = { runId: string, codebase: string, campaign: string, source: string | null, version: string | null, resultCode: string | null, successful: boolean, startTime: string | null, finishTime: string | null, baseline: { runId: string, version: string | null } | null };

export type WaitingFragment = { job: { status: PrecacheJobStatus } | null };

type Failure_ArtifactRetrievalError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_ArtifactRetrievalTimeoutError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_ArtifactsMissingError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_BatchNotFoundError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_CampaignNotFoundError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_DatabaseUnavailableError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_DiffCommandError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_DiffCommandMemoryError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_DiffCommandTimeoutError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_DiffNotReadyError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_FileNotFoundError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_InvalidPackageError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_JobNotFoundError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_OverloadedError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_PackageNotFoundError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_QueueUnavailableError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_RunNotFoundError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_RunNotSuccessfulError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_SearchPatternError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_StateNotConfiguredError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

type Failure_WorkerLostError_Fragment = { message: string, retryable: boolean, retryAfterMs: number | null };

export type FailureFragment =
  | Failure_ArtifactRetrievalError_Fragment
  | Failure_ArtifactRetrievalTimeoutError_Fragment
  | Failure_ArtifactsMissingError_Fragment
  | Failure_BatchNotFoundError_Fragment
  | Failure_CampaignNotFoundError_Fragment
  | Failure_DatabaseUnavailableError_Fragment
  | Failure_DiffCommandError_Fragment
  | Failure_DiffCommandMemoryError_Fragment
  | Failure_DiffCommandTimeoutError_Fragment
  | Failure_DiffNotReadyError_Fragment
  | Failure_FileNotFoundError_Fragment
  | Failure_InvalidPackageError_Fragment
  | Failure_JobNotFoundError_Fragment
  | Failure_OverloadedError_Fragment
  | Failure_PackageNotFoundError_Fragment
  | Failure_QueueUnavailableError_Fragment
  | Failure_RunNotFoundError_Fragment
  | Failure_RunNotSuccessfulError_Fragment
  | Failure_SearchPatternError_Fragment
  | Failure_StateNotConfiguredError_Fragment
  | Failure_WorkerLostError_Fragment
;

export type RunStatesQueryVariables = Exact<{
  pairs: Array<RunPairInput> | RunPairInput;
}>;


export type RunStatesQuery = { comparisons: Array<
    | { __typename: 'Comparison', new: { runId: string }, summary:
        | { __typename: 'ArtifactRetrievalError' }
        | { __typename: 'ArtifactRetrievalTimeoutError' }
        | { __typename: 'ArtifactsMissingError' }
        | { __typename: 'DiffCommandError' }
        | { __typename: 'DiffCommandMemoryError' }
        | { __typename: 'DiffCommandTimeoutError' }
        | { __typename: 'DiffNotReadyError', job: { status: PrecacheJobStatus } | null }
        | { __typename: 'InvalidPackageError' }
        | { __typename: 'OverloadedError' }
        | { __typename: 'QueueUnavailableError' }
        | { __typename: 'Summary', verdict: Verdict, bad: { totalCount: number, nodes: Array<{ rule: string, message: string }> }, verify: { totalCount: number }, code: { totalCount: number }, packages: Array<{ package: string, change: PackageChangeKind }> }
      , diffoscope:
        | { __typename: 'ArtifactRetrievalError' }
        | { __typename: 'ArtifactRetrievalTimeoutError' }
        | { __typename: 'ArtifactsMissingError' }
        | { __typename: 'DiffCommandError' }
        | { __typename: 'DiffCommandMemoryError' }
        | { __typename: 'DiffCommandTimeoutError' }
        | { __typename: 'DiffNotReadyError', job: { status: PrecacheJobStatus } | null }
        | { __typename: 'Diffoscope', stat: { added: number, removed: number } }
        | { __typename: 'InvalidPackageError' }
        | { __typename: 'OverloadedError' }
        | { __typename: 'QueueUnavailableError' }
       }
    | { __typename: 'DatabaseUnavailableError' }
    | { __typename: 'RunNotFoundError' }
    | { __typename: 'RunNotSuccessfulError' }
  > };

export type RunValuesQueryVariables = Exact<{ [key: string]: never; }>;


export type RunValuesQuery = { runCampaigns: { nodes: Array<{ value: string, runs: number }> }, runResultCodes: { nodes: Array<{ value: string, runs: number }> } };

export type SummaryPageQueryVariables = Exact<{
  old: string | number;
  new: string | number;
}>;


export type SummaryPageQuery = { comparison:
    | { __typename: 'Comparison', summary:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null, job: { jobId: string } | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'Summary', verdict: Verdict, undecided: Array<string>, omittedFindings: number, findings: { totalCount: number, nodes: Array<{ rule: string, severity: Severity, package: string, path: string, old: string, new: string, message: string, expected: { reason: string } | null, severityChange: { from: Severity, reason: string } | null }>, pageInfo: { endCursor: string | null } }, bad: { totalCount: number }, verify: { totalCount: number }, info: { totalCount: number }, expectedFindings: { totalCount: number }, code: { totalCount: number }, otherBuildId: { totalCount: number }, packages: Array<{ package: string, change: PackageChangeKind, verdict: Verdict, oldVersion: string | null, newVersion: string | null, oldSize: number | null, newSize: number | null }>, substantive: { totalCount: number, nodes: Array<{ package: string, path: string, oldPath: string | null, change: FileChangeKind, substantive: boolean }> }, noise: Array<{ class: string, description: string, files: number }> }
       }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type MakeSummaryMutationVariables = Exact<{
  old: string | number;
  new: string | number;
}>;


export type MakeSummaryMutation = { makeDiffs:
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'MakeDiffsPayload', comparison: { __typename: 'Comparison', summary:
          | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
          | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
          | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
          | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
          | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
          | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
          | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null, job: { jobId: string } | null }
          | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
          | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
          | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
          | { __typename: 'Summary', verdict: Verdict, undecided: Array<string>, omittedFindings: number, findings: { totalCount: number, nodes: Array<{ rule: string, severity: Severity, package: string, path: string, old: string, new: string, message: string, expected: { reason: string } | null, severityChange: { from: Severity, reason: string } | null }>, pageInfo: { endCursor: string | null } }, bad: { totalCount: number }, verify: { totalCount: number }, info: { totalCount: number }, expectedFindings: { totalCount: number }, code: { totalCount: number }, otherBuildId: { totalCount: number }, packages: Array<{ package: string, change: PackageChangeKind, verdict: Verdict, oldVersion: string | null, newVersion: string | null, oldSize: number | null, newSize: number | null }>, substantive: { totalCount: number, nodes: Array<{ package: string, path: string, oldPath: string | null, change: FileChangeKind, substantive: boolean }> }, noise: Array<{ class: string, description: string, files: number }> }
         }, errors: Array<
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
        | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'WorkerLostError', message: string, retryable: boolean, retryAfterMs: number | null }
      > }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type SummaryOfFragment = { summary:
    | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null, runId: string }
    | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, exitCode: number | null, signal: string | null, stderr: string }
    | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitBytes: number }
    | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null, command: DiffCommand, limitMs: number, job: { jobId: string } | null }
    | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null, job: { jobId: string } | null }
    | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null, filename: string, reason: string }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'Summary', verdict: Verdict, undecided: Array<string>, omittedFindings: number, findings: { totalCount: number, nodes: Array<{ rule: string, severity: Severity, package: string, path: string, old: string, new: string, message: string, expected: { reason: string } | null, severityChange: { from: Severity, reason: string } | null }>, pageInfo: { endCursor: string | null } }, bad: { totalCount: number }, verify: { totalCount: number }, info: { totalCount: number }, expectedFindings: { totalCount: number }, code: { totalCount: number }, otherBuildId: { totalCount: number }, packages: Array<{ package: string, change: PackageChangeKind, verdict: Verdict, oldVersion: string | null, newVersion: string | null, oldSize: number | null, newSize: number | null }>, substantive: { totalCount: number, nodes: Array<{ package: string, path: string, oldPath: string | null, change: FileChangeKind, substantive: boolean }> }, noise: Array<{ class: string, description: string, files: number }> }
   };

export type SummaryFactsFragment = { verdict: Verdict, undecided: Array<string>, omittedFindings: number, findings: { totalCount: number, nodes: Array<{ rule: string, severity: Severity, package: string, path: string, old: string, new: string, message: string, expected: { reason: string } | null, severityChange: { from: Severity, reason: string } | null }>, pageInfo: { endCursor: string | null } }, bad: { totalCount: number }, verify: { totalCount: number }, info: { totalCount: number }, expectedFindings: { totalCount: number }, code: { totalCount: number }, otherBuildId: { totalCount: number }, packages: Array<{ package: string, change: PackageChangeKind, verdict: Verdict, oldVersion: string | null, newVersion: string | null, oldSize: number | null, newSize: number | null }>, substantive: { totalCount: number, nodes: Array<{ package: string, path: string, oldPath: string | null, change: FileChangeKind, substantive: boolean }> }, noise: Array<{ class: string, description: string, files: number }> };

export type FindingPageFragment = { totalCount: number, nodes: Array<{ rule: string, severity: Severity, package: string, path: string, old: string, new: string, message: string, expected: { reason: string } | null, severityChange: { from: Severity, reason: string } | null }>, pageInfo: { endCursor: string | null } };

export type ChangedFileFragment = { package: string, path: string, oldPath: string | null, change: FileChangeKind, substantive: boolean };

export type SummaryFindingsQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  after?: string | null | undefined;
}>;


export type SummaryFindingsQuery = { comparison:
    | { summary:
        | { findings: { totalCount: number, nodes: Array<{ rule: string, severity: Severity, package: string, path: string, old: string, new: string, message: string, expected: { reason: string } | null, severityChange: { from: Severity, reason: string } | null }>, pageInfo: { endCursor: string | null } } }
        | Record<PropertyKey, never>
       }
    | Record<PropertyKey, never>
   };

export type NoiseFilesQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  class: string;
  after?: string | null | undefined;
}>;


export type NoiseFilesQuery = { comparison:
    | { summary:
        | { files: { totalCount: number, nodes: Array<{ package: string, path: string, oldPath: string | null, change: FileChangeKind, substantive: boolean }>, pageInfo: { endCursor: string | null } } }
        | Record<PropertyKey, never>
       }
    | Record<PropertyKey, never>
   };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ClusterPageFragmentDoc = new TypedDocumentString(`
    fragment ClusterPage on ClusterConnection {
  totalCount
  nodes {
    clusterId
    comparisonCount
    verdict
    findings {
      rule
      severity
      expected
      package
      path
    }
  }
  pageInfo {
    endCursor
  }
}
    `, {"fragmentName":"ClusterPage"}) as unknown as TypedDocumentString<ClusterPageFragment, unknown>;
export const BinaryFactsFragmentDoc = new TypedDocumentString(`
    fragment BinaryFacts on Binary {
  filename
  package
  version
  architecture
  kind
  size
}
    `, {"fragmentName":"BinaryFacts"}) as unknown as TypedDocumentString<BinaryFactsFragment, unknown>;
export const PackageChangesFragmentDoc = new TypedDocumentString(`
    fragment PackageChanges on BinaryChangeConnection {
  nodes {
    kind
    old {
      ...BinaryFacts
    }
    new {
      ...BinaryFacts
    }
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}
    fragment BinaryFacts on Binary {
  filename
  package
  version
  architecture
  kind
  size
}`, {"fragmentName":"PackageChanges"}) as unknown as TypedDocumentString<PackageChangesFragment, unknown>;
export const RunFactsFragmentDoc = new TypedDocumentString(`
    fragment RunFacts on Run {
  runId
  codebase
  campaign
  source
  version
  resultCode
  startTime
  finishTime
  revision
}
    `, {"fragmentName":"RunFacts"}) as unknown as TypedDocumentString<RunFactsFragment, unknown>;
export const FileFactsFragmentDoc = new TypedDocumentString(`
    fragment FileFacts on FileEntry {
  path
  mode
  owner
  group
  target
}
    `, {"fragmentName":"FileFacts"}) as unknown as TypedDocumentString<FileFactsFragment, unknown>;
export const CountsFragmentDoc = new TypedDocumentString(`
    fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}
    `, {"fragmentName":"Counts"}) as unknown as TypedDocumentString<CountsFragment, unknown>;
export const DownloadsFragmentDoc = new TypedDocumentString(`
    fragment Downloads on Diff {
  text {
    url
  }
  markdown {
    url
  }
  html {
    url
  }
  json {
    url
  }
}
    `, {"fragmentName":"Downloads"}) as unknown as TypedDocumentString<DownloadsFragment, unknown>;
export const ReportFactsFragmentDoc = new TypedDocumentString(`
    fragment ReportFacts on Report {
  id
  filtered
  stat {
    ...Counts
  }
  hidden {
    class
    hunks
    files
  }
  complete
  incompleteCount
  incompleteReasons {
    kind
    tool
    comment
    node {
      ordinal
      path
    }
  }
  ...Downloads
}
    fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}
fragment Downloads on Diff {
  text {
    url
  }
  markdown {
    url
  }
  html {
    url
  }
  json {
    url
  }
}`, {"fragmentName":"ReportFacts"}) as unknown as TypedDocumentString<ReportFactsFragment, unknown>;
export const ListedFileFragmentDoc = new TypedDocumentString(`
    fragment ListedFile on FileSummary {
  package
  path
  oldPath
  change
  noise
  substantive
  oldMode
  newMode
  oldSize
  newSize
}
    `, {"fragmentName":"ListedFile"}) as unknown as TypedDocumentString<ListedFileFragment, unknown>;
export const PictureFactsFragmentDoc = new TypedDocumentString(`
    fragment PictureFacts on Picture {
  url
  width
  height
  size
}
    `, {"fragmentName":"PictureFacts"}) as unknown as TypedDocumentString<PictureFactsFragment, unknown>;
export const JobNumberFragmentDoc = new TypedDocumentString(`
    fragment JobNumber on PrecacheJobConnection {
  nodes {
    jobId
  }
  pageInfo {
    hasNextPage
  }
}
    `, {"fragmentName":"JobNumber"}) as unknown as TypedDocumentString<JobNumberFragment, unknown>;
export const BatchFactsFragmentDoc = new TypedDocumentString(`
    fragment BatchFacts on PrecacheBatch {
  batchId
  createdAt
  filled
  count
  queued
  running
  done
  skipped
  failed
  cancelled
}
    `, {"fragmentName":"BatchFacts"}) as unknown as TypedDocumentString<BatchFactsFragment, unknown>;
export const ToolFailureFragmentDoc = new TypedDocumentString(`
    fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
    `, {"fragmentName":"ToolFailure"}) as unknown as TypedDocumentString<ToolFailureFragment, unknown>;
export const FailureFragmentDoc = new TypedDocumentString(`
    fragment Failure on Error {
  message
  retryable
  retryAfterMs
}
    `, {"fragmentName":"Failure"}) as unknown as TypedDocumentString<FailureFragment, unknown>;
export const JobFactsFragmentDoc = new TypedDocumentString(`
    fragment JobFacts on PrecacheJob {
  jobId
  status
  trigger
  progress
  step
  attempts
  failure
  createdAt
  startedAt
  finishedAt
  oldRunId
  newRunId
  error {
    __typename
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
    fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"fragmentName":"JobFacts"}) as unknown as TypedDocumentString<JobFactsFragment, unknown>;
export const ListedJobFragmentDoc = new TypedDocumentString(`
    fragment ListedJob on PrecacheJob {
  ...JobFacts
  old {
    version
  }
  new {
    source
    codebase
    version
    campaign
  }
}
    fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment JobFacts on PrecacheJob {
  jobId
  status
  trigger
  progress
  step
  attempts
  failure
  createdAt
  startedAt
  finishedAt
  oldRunId
  newRunId
  error {
    __typename
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"fragmentName":"ListedJob"}) as unknown as TypedDocumentString<ListedJobFragment, unknown>;
export const HunkFactsFragmentDoc = new TypedDocumentString(`
    fragment HunkFacts on Hunk {
  position
  header
  oldStart
  oldLines
  newStart
  newLines
  added
  removed
  cut
  whiteSpaceOnly
}
    `, {"fragmentName":"HunkFacts"}) as unknown as TypedDocumentString<HunkFactsFragment, unknown>;
export const LineFactsFragmentDoc = new TypedDocumentString(`
    fragment LineFacts on DiffLine {
  position
  kind
  oldNumber
  newNumber
  text
  textCut
  elidedLines
  segments {
    changed
    text
  }
}
    `, {"fragmentName":"LineFacts"}) as unknown as TypedDocumentString<LineFactsFragment, unknown>;
export const RowsFragmentDoc = new TypedDocumentString(`
    fragment Rows on DiffRowConnection {
  nodes {
    kind
    old {
      ...LineFacts
      noNewline
    }
    new {
      ...LineFacts
      noNewline
    }
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}
    fragment LineFacts on DiffLine {
  position
  kind
  oldNumber
  newNumber
  text
  textCut
  elidedLines
  segments {
    changed
    text
  }
}`, {"fragmentName":"Rows"}) as unknown as TypedDocumentString<RowsFragment, unknown>;
export const NodeFactsFragmentDoc = new TypedDocumentString(`
    fragment NodeFacts on DiffNode {
  id
  ordinal
  depth
  source1
  source2
  comments
  stat {
    ...Counts
  }
  ownStat {
    ...Counts
  }
}
    fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}`, {"fragmentName":"NodeFacts"}) as unknown as TypedDocumentString<NodeFactsFragment, unknown>;
export const TreeLevelFragmentDoc = new TypedDocumentString(`
    fragment TreeLevel on DiffNodeConnection {
  totalCount
  nodes {
    ...NodeFacts
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}
    fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}
fragment NodeFacts on DiffNode {
  id
  ordinal
  depth
  source1
  source2
  comments
  stat {
    ...Counts
  }
  ownStat {
    ...Counts
  }
}`, {"fragmentName":"TreeLevel"}) as unknown as TypedDocumentString<TreeLevelFragment, unknown>;
export const RunRowFragmentDoc = new TypedDocumentString(`
    fragment RunRow on Run {
  runId
  codebase
  campaign
  source
  version
  resultCode
  successful
  startTime
  finishTime
  baseline {
    runId
    version
  }
}
    `, {"fragmentName":"RunRow"}) as unknown as TypedDocumentString<RunRowFragment, unknown>;
export const WaitingFragmentDoc = new TypedDocumentString(`
    fragment Waiting on DiffNotReadyError {
  job {
    status
  }
}
    `, {"fragmentName":"Waiting"}) as unknown as TypedDocumentString<WaitingFragment, unknown>;
export const FindingPageFragmentDoc = new TypedDocumentString(`
    fragment FindingPage on FindingConnection {
  totalCount
  nodes {
    rule
    severity
    package
    path
    old
    new
    message
    expected {
      reason
    }
    severityChange {
      from
      reason
    }
  }
  pageInfo {
    endCursor
  }
}
    `, {"fragmentName":"FindingPage"}) as unknown as TypedDocumentString<FindingPageFragment, unknown>;
export const ChangedFileFragmentDoc = new TypedDocumentString(`
    fragment ChangedFile on FileSummary {
  package
  path
  oldPath
  change
  substantive
}
    `, {"fragmentName":"ChangedFile"}) as unknown as TypedDocumentString<ChangedFileFragment, unknown>;
export const SummaryFactsFragmentDoc = new TypedDocumentString(`
    fragment SummaryFacts on Summary {
  verdict
  undecided
  omittedFindings
  findings(first: 100) {
    ...FindingPage
  }
  bad: findings(first: 1, severity: [BAD], expected: false) {
    totalCount
  }
  verify: findings(first: 1, severity: [VERIFY], expected: false) {
    totalCount
  }
  info: findings(first: 1, severity: [INFO], expected: false) {
    totalCount
  }
  expectedFindings: findings(first: 1, expected: true) {
    totalCount
  }
  code: findings(first: 1, rule: ["ELF_CODE_CHANGED"]) {
    totalCount
  }
  otherBuildId: files(first: 1, noise: "BUILD_ID", substantive: false) {
    totalCount
  }
  packages {
    package
    change
    verdict
    oldVersion
    newVersion
    oldSize
    newSize
  }
  substantive: files(first: 50, substantive: true) {
    totalCount
    nodes {
      ...ChangedFile
    }
  }
  noise {
    class
    description
    files
  }
}
    fragment FindingPage on FindingConnection {
  totalCount
  nodes {
    rule
    severity
    package
    path
    old
    new
    message
    expected {
      reason
    }
    severityChange {
      from
      reason
    }
  }
  pageInfo {
    endCursor
  }
}
fragment ChangedFile on FileSummary {
  package
  path
  oldPath
  change
  substantive
}`, {"fragmentName":"SummaryFacts"}) as unknown as TypedDocumentString<SummaryFactsFragment, unknown>;
export const NotReadyFragmentDoc = new TypedDocumentString(`
    fragment NotReady on DiffNotReadyError {
  job {
    jobId
  }
}
    `, {"fragmentName":"NotReady"}) as unknown as TypedDocumentString<NotReadyFragment, unknown>;
export const SummaryOfFragmentDoc = new TypedDocumentString(`
    fragment SummaryOf on Comparison {
  summary {
    __typename
    ...SummaryFacts
    ...NotReady
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
    fragment NotReady on DiffNotReadyError {
  job {
    jobId
  }
}
fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}
fragment SummaryFacts on Summary {
  verdict
  undecided
  omittedFindings
  findings(first: 100) {
    ...FindingPage
  }
  bad: findings(first: 1, severity: [BAD], expected: false) {
    totalCount
  }
  verify: findings(first: 1, severity: [VERIFY], expected: false) {
    totalCount
  }
  info: findings(first: 1, severity: [INFO], expected: false) {
    totalCount
  }
  expectedFindings: findings(first: 1, expected: true) {
    totalCount
  }
  code: findings(first: 1, rule: ["ELF_CODE_CHANGED"]) {
    totalCount
  }
  otherBuildId: files(first: 1, noise: "BUILD_ID", substantive: false) {
    totalCount
  }
  packages {
    package
    change
    verdict
    oldVersion
    newVersion
    oldSize
    newSize
  }
  substantive: files(first: 50, substantive: true) {
    totalCount
    nodes {
      ...ChangedFile
    }
  }
  noise {
    class
    description
    files
  }
}
fragment FindingPage on FindingConnection {
  totalCount
  nodes {
    rule
    severity
    package
    path
    old
    new
    message
    expected {
      reason
    }
    severityChange {
      from
      reason
    }
  }
  pageInfo {
    endCursor
  }
}
fragment ChangedFile on FileSummary {
  package
  path
  oldPath
  change
  substantive
}`, {"fragmentName":"SummaryOf"}) as unknown as TypedDocumentString<SummaryOfFragment, unknown>;
export const CampaignListDocument = new TypedDocumentString(`
    query CampaignList($first: Int!, $after: String) {
  campaigns(first: $first, after: $after) {
    nodes {
      name
      comparisonCount
      failureCount
      newestRunTime
      verdicts {
        verdict
        comparisons
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:69563e83bde7a4a8f442afc47d7119b340911e4ea1828d7f218a7712b05b652d"}) as unknown as TypedDocumentString<CampaignListQuery, CampaignListQueryVariables>;
export const CampaignOverviewDocument = new TypedDocumentString(`
    query CampaignOverview($name: String!) {
  campaign(name: $name) {
    __typename
    ... on Campaign {
      name
      comparisonCount
      failureCount
      undecidedComparisons
      incompleteComparisons
      outdatedComparisons
      expected {
        rules
        sources
        packages
        paths
        reason
      }
      newestRunTime
      lagSeconds
      oldSize
      newSize
      verdicts {
        verdict
        comparisons
      }
      failures {
        error
        comparisons
      }
      rules(orderBy: MOST_COMMON) {
        rule
        severity
        expected
        comparisons
        findings
      }
      noise {
        class
        description
        comparisons
        files
      }
      packages {
        change
        comparisons
        packages
      }
      clusters(first: 10) {
        ...ClusterPage
      }
      look: comparisons(filter: {severity: [BAD, VERIFY], expected: false}, first: 8) {
        totalCount
        nodes {
          oldRunId
          newRunId
          codebase
          verdict
          bad
          verify
        }
      }
    }
    ...Failure
  }
}
    fragment ClusterPage on ClusterConnection {
  totalCount
  nodes {
    clusterId
    comparisonCount
    verdict
    findings {
      rule
      severity
      expected
      package
      path
    }
  }
  pageInfo {
    endCursor
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:2904ddce194d7532d775107a0f66fd14e4507f2765cc2f0a3bcde23a1895b150"}) as unknown as TypedDocumentString<CampaignOverviewQuery, CampaignOverviewQueryVariables>;
export const CampaignClustersDocument = new TypedDocumentString(`
    query CampaignClusters($name: String!, $after: String) {
  campaign(name: $name) {
    ... on Campaign {
      clusters(first: 10, after: $after) {
        ...ClusterPage
      }
    }
  }
}
    fragment ClusterPage on ClusterConnection {
  totalCount
  nodes {
    clusterId
    comparisonCount
    verdict
    findings {
      rule
      severity
      expected
      package
      path
    }
  }
  pageInfo {
    endCursor
  }
}`, {"hash":"sha256:0d644d40f3c29ae7c368c9c028c418497b3df26bd74cbc170df738dc5ffb5b69"}) as unknown as TypedDocumentString<CampaignClustersQuery, CampaignClustersQueryVariables>;
export const ComparisonPageDocument = new TypedDocumentString(`
    query ComparisonPage($old: ID!, $new: ID!) {
  comparison(old: $old, new: $new) {
    __typename
    ... on Comparison {
      old {
        ...RunFacts
      }
      new {
        ...RunFacts
      }
      binaryChanges {
        __typename
        ... on BinaryChangeList {
          changes(first: 100) {
            ...PackageChanges
          }
        }
        ... on Error {
          ...Failure
        }
      }
    }
    ... on RunNotSuccessfulError {
      runId
      resultCode
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment PackageChanges on BinaryChangeConnection {
  nodes {
    kind
    old {
      ...BinaryFacts
    }
    new {
      ...BinaryFacts
    }
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}
fragment RunFacts on Run {
  runId
  codebase
  campaign
  source
  version
  resultCode
  startTime
  finishTime
  revision
}
fragment BinaryFacts on Binary {
  filename
  package
  version
  architecture
  kind
  size
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:dc2ae6268a1883c9a3fd5dcbfc06b96f80d40adb18b6a97c17cf62802fd47b4a"}) as unknown as TypedDocumentString<ComparisonPageQuery, ComparisonPageQueryVariables>;
export const MorePackagesDocument = new TypedDocumentString(`
    query MorePackages($old: ID!, $new: ID!, $after: String!) {
  comparison(old: $old, new: $new) {
    ... on Comparison {
      binaryChanges {
        ... on BinaryChangeList {
          changes(first: 100, after: $after) {
            ...PackageChanges
          }
        }
      }
    }
  }
}
    fragment PackageChanges on BinaryChangeConnection {
  nodes {
    kind
    old {
      ...BinaryFacts
    }
    new {
      ...BinaryFacts
    }
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}
fragment BinaryFacts on Binary {
  filename
  package
  version
  architecture
  kind
  size
}`, {"hash":"sha256:85a22eb380db0e3f8cf0f140e977bfc89525500755c0737176b3afab5dd09b0e"}) as unknown as TypedDocumentString<MorePackagesQuery, MorePackagesQueryVariables>;
export const DebdiffPageDocument = new TypedDocumentString(`
    query DebdiffPage($old: ID!, $new: ID!, $hide: [NoiseClass!]!) {
  comparison(old: $old, new: $new) {
    __typename
    ... on Comparison {
      debdiff(hide: $hide) {
        __typename
        ... on Debdiff {
          isEmpty
          ...Downloads
          sections {
            __typename
            title
            ... on DebdiffControlFields {
              package
              fields {
                name
                lines {
                  kind
                  text
                }
              }
            }
            ... on DebdiffFileList {
              change
              package
              movedTo
              totalCount
              entries(first: 200) {
                nodes {
                  ...FileFacts
                }
              }
            }
            ... on DebdiffNote {
              lines
            }
            ... on DebdiffPackageList {
              packages
            }
          }
        }
        ...NotReady
        ...ToolFailure
        ... on Error {
          ...Failure
        }
      }
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment FileFacts on FileEntry {
  path
  mode
  owner
  group
  target
}
fragment Downloads on Diff {
  text {
    url
  }
  markdown {
    url
  }
  html {
    url
  }
  json {
    url
  }
}
fragment NotReady on DiffNotReadyError {
  job {
    jobId
  }
}
fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:aad5a9bcfdaa61c62cd5ab17f75c7da71eab1ed020575fa4e0d88db957ef4e78"}) as unknown as TypedDocumentString<DebdiffPageQuery, DebdiffPageQueryVariables>;
export const DebdiffFilesDocument = new TypedDocumentString(`
    query DebdiffFiles($old: ID!, $new: ID!, $hide: [NoiseClass!]!, $from: Int!) {
  comparison(old: $old, new: $new) {
    ... on Comparison {
      debdiff(hide: $hide) {
        ... on Debdiff {
          sections {
            ... on DebdiffFileList {
              entries(first: 200, from: $from) {
                nodes {
                  ...FileFacts
                }
              }
            }
          }
        }
      }
    }
  }
}
    fragment FileFacts on FileEntry {
  path
  mode
  owner
  group
  target
}`, {"hash":"sha256:3b994ca3dfb57c70499d8c3a9d0e3b204725eebd426d2faa3136e8aa248c08c6"}) as unknown as TypedDocumentString<DebdiffFilesQuery, DebdiffFilesQueryVariables>;
export const DiffoscopePageDocument = new TypedDocumentString(`
    query DiffoscopePage($old: ID!, $new: ID!, $hide: [NoiseClass!]!) {
  comparison(old: $old, new: $new) {
    __typename
    ... on Comparison {
      diffoscope(hide: $hide) {
        __typename
        ... on Diffoscope {
          ...ReportFacts
          retry {
            state
          }
        }
        ...NotReady
        ...ToolFailure
        ... on Error {
          ...Failure
        }
      }
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment ReportFacts on Report {
  id
  filtered
  stat {
    ...Counts
  }
  hidden {
    class
    hunks
    files
  }
  complete
  incompleteCount
  incompleteReasons {
    kind
    tool
    comment
    node {
      ordinal
      path
    }
  }
  ...Downloads
}
fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}
fragment Downloads on Diff {
  text {
    url
  }
  markdown {
    url
  }
  html {
    url
  }
  json {
    url
  }
}
fragment NotReady on DiffNotReadyError {
  job {
    jobId
  }
}
fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:eb7111393fbb8b7b6de89fa96223dce699f7d58d5800863078acab6020de10ac"}) as unknown as TypedDocumentString<DiffoscopePageQuery, DiffoscopePageQueryVariables>;
export const FilesPageDocument = new TypedDocumentString(`
    query FilesPage($old: ID!, $new: ID!, $substantive: Boolean, $after: String) {
  comparison(old: $old, new: $new) {
    __typename
    ... on Comparison {
      summary {
        __typename
        ... on Summary {
          files(first: 100, after: $after, substantive: $substantive) {
            totalCount
            nodes {
              ...ListedFile
            }
            pageInfo {
              hasNextPage
              endCursor
            }
          }
          noise {
            class
            description
            files
          }
        }
        ...NotReady
        ...ToolFailure
        ... on Error {
          ...Failure
        }
      }
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment NotReady on DiffNotReadyError {
  job {
    jobId
  }
}
fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment ListedFile on FileSummary {
  package
  path
  oldPath
  change
  noise
  substantive
  oldMode
  newMode
  oldSize
  newSize
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:3d8605e5658fed1d7a1b925b92b9733d3f9b22d31c266bc2dea3eab47ff23068"}) as unknown as TypedDocumentString<FilesPageQuery, FilesPageQueryVariables>;
export const FilePageDocument = new TypedDocumentString(`
    query FilePage($old: ID!, $new: ID!, $package: String!, $path: String!, $oldPath: String, $oldPackage: String, $hide: [NoiseClass!]!) {
  comparison(old: $old, new: $new) {
    __typename
    ... on Comparison {
      file(
        package: $package
        path: $path
        oldPath: $oldPath
        oldPackage: $oldPackage
        hide: $hide
      ) {
        __typename
        ... on FileReport {
          ...ReportFacts
          oldPicture {
            ...PictureFacts
          }
          newPicture {
            ...PictureFacts
          }
        }
        ...NotReady
        ...ToolFailure
        ... on Error {
          ...Failure
        }
      }
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment ReportFacts on Report {
  id
  filtered
  stat {
    ...Counts
  }
  hidden {
    class
    hunks
    files
  }
  complete
  incompleteCount
  incompleteReasons {
    kind
    tool
    comment
    node {
      ordinal
      path
    }
  }
  ...Downloads
}
fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}
fragment Downloads on Diff {
  text {
    url
  }
  markdown {
    url
  }
  html {
    url
  }
  json {
    url
  }
}
fragment NotReady on DiffNotReadyError {
  job {
    jobId
  }
}
fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment PictureFacts on Picture {
  url
  width
  height
  size
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:d324dbe303013b748112f0c3aa2daa611f790a72205fdac92aa1dc1222419ed1"}) as unknown as TypedDocumentString<FilePageQuery, FilePageQueryVariables>;
export const MakeFileDocument = new TypedDocumentString(`
    mutation MakeFile($old: ID!, $new: ID!, $file: FileAddressInput!) {
  makeDiffs(
    input: {comparison: {runs: {old: $old, new: $new}}, make: {file: $file}}
  ) {
    __typename
    ... on MakeDiffsPayload {
      job {
        jobId
      }
      report {
        __typename
        ... on Error {
          ...Failure
        }
      }
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:8c5b924f1e837e281f2ccc7da7f2eb5926483f3bf43ffd620d5cf369b60c6db0"}) as unknown as TypedDocumentString<MakeFileMutation, MakeFileMutationVariables>;
export const MakeDiffsDocument = new TypedDocumentString(`
    mutation MakeDiffs($old: ID!, $new: ID!) {
  makeDiffs(input: {comparison: {runs: {old: $old, new: $new}}}) {
    __typename
    ... on MakeDiffsPayload {
      job {
        jobId
      }
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:3812edda893cacd9102dce1b9f69575dcc4808a69107a7382d6f0d686059f020"}) as unknown as TypedDocumentString<MakeDiffsMutation, MakeDiffsMutationVariables>;
export const CancelJobDocument = new TypedDocumentString(`
    mutation CancelJob($jobId: ID!) {
  cancelPrecacheJob(input: {jobId: $jobId}) {
    __typename
    ... on PrecacheJob {
      jobId
      status
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:e4aeb65aea54ee6d0fe444423b507be3359501be9c508871dc92bd1bf81f6e2a"}) as unknown as TypedDocumentString<CancelJobMutation, CancelJobMutationVariables>;
export const JobProgressDocument = new TypedDocumentString(`
    subscription JobProgress($jobId: ID!) {
  precacheJob(jobId: $jobId) {
    __typename
    ... on PrecacheJob {
      ...JobFacts
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment JobFacts on PrecacheJob {
  jobId
  status
  trigger
  progress
  step
  attempts
  failure
  createdAt
  startedAt
  finishedAt
  oldRunId
  newRunId
  error {
    __typename
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:78a619941597a588e2e67031e3a1c2776c0622ca0e56f7eb72391ff2ac55bbb6"}) as unknown as TypedDocumentString<JobProgressSubscription, JobProgressSubscriptionVariables>;
export const QueueChangesDocument = new TypedDocumentString(`
    subscription QueueChanges {
  precacheJobs {
    __typename
    ... on PrecacheJob {
      ...JobFacts
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment JobFacts on PrecacheJob {
  jobId
  status
  trigger
  progress
  step
  attempts
  failure
  createdAt
  startedAt
  finishedAt
  oldRunId
  newRunId
  error {
    __typename
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:7fa3b4964c25fb63e92238a3a113343f10191649422ca00a63d94fe72e096e82"}) as unknown as TypedDocumentString<QueueChangesSubscription, QueueChangesSubscriptionVariables>;
export const RetryJobDocument = new TypedDocumentString(`
    mutation RetryJob($jobId: ID!) {
  retryPrecacheJob(input: {jobId: $jobId}) {
    __typename
    ... on PrecacheJob {
      jobId
      status
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:c8c46d00f048c56f20f3e40de612dbe79fc06e5d9ca72501b26b92b66446b8d7"}) as unknown as TypedDocumentString<RetryJobMutation, RetryJobMutationVariables>;
export const CancelBatchDocument = new TypedDocumentString(`
    mutation CancelBatch($batchId: ID!) {
  cancelPrecacheBatch(input: {batchId: $batchId}) {
    __typename
    ... on PrecacheBatch {
      ...BatchFacts
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment BatchFacts on PrecacheBatch {
  batchId
  createdAt
  filled
  count
  queued
  running
  done
  skipped
  failed
  cancelled
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:67b2db162bb562b1e925962a49554025419e7ad8fe21b87415bec18268c2d1a1"}) as unknown as TypedDocumentString<CancelBatchMutation, CancelBatchMutationVariables>;
export const QueueBatchesDocument = new TypedDocumentString(`
    query QueueBatches {
  precacheBatches(first: 20) {
    nodes {
      ...BatchFacts
    }
  }
}
    fragment BatchFacts on PrecacheBatch {
  batchId
  createdAt
  filled
  count
  queued
  running
  done
  skipped
  failed
  cancelled
}`, {"hash":"sha256:464fd895cbb72cf911a302f1d5757b5564d1947254d7bde22c51564cbec39189"}) as unknown as TypedDocumentString<QueueBatchesQuery, QueueBatchesQueryVariables>;
export const BatchJobsDocument = new TypedDocumentString(`
    query BatchJobs($batchId: ID!, $after: String) {
  precacheBatch(batchId: $batchId) {
    __typename
    ... on PrecacheBatch {
      count
      jobs(first: 50, after: $after) {
        nodes {
          ...ListedJob
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment ListedJob on PrecacheJob {
  ...JobFacts
  old {
    version
  }
  new {
    source
    codebase
    version
    campaign
  }
}
fragment JobFacts on PrecacheJob {
  jobId
  status
  trigger
  progress
  step
  attempts
  failure
  createdAt
  startedAt
  finishedAt
  oldRunId
  newRunId
  error {
    __typename
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:c72070a91a0ac80b1d32bdeab4e8803b5d3999ef068d3b8fe8b2e069ed6868b1"}) as unknown as TypedDocumentString<BatchJobsQuery, BatchJobsQueryVariables>;
export const QueuePageDocument = new TypedDocumentString(`
    query QueuePage($first: Int!, $after: String, $status: [PrecacheJobStatus!]) {
  precacheCounts {
    __typename
    ... on PrecacheCounts {
      queued
      running
    }
    ... on Error {
      ...Failure
    }
  }
  failed: precacheJobs(first: 100, status: [FAILED]) {
    ...JobNumber
  }
  done: precacheJobs(first: 100, status: [DONE, CANCELLED]) {
    ...JobNumber
  }
  precacheJobs(first: $first, after: $after, status: $status) {
    nodes {
      ...ListedJob
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment JobNumber on PrecacheJobConnection {
  nodes {
    jobId
  }
  pageInfo {
    hasNextPage
  }
}
fragment ListedJob on PrecacheJob {
  ...JobFacts
  old {
    version
  }
  new {
    source
    codebase
    version
    campaign
  }
}
fragment JobFacts on PrecacheJob {
  jobId
  status
  trigger
  progress
  step
  attempts
  failure
  createdAt
  startedAt
  finishedAt
  oldRunId
  newRunId
  error {
    __typename
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}`, {"hash":"sha256:a2a1c9828121872164054751c127e1649dd3a5488a9221a2021bf000965ed818"}) as unknown as TypedDocumentString<QueuePageQuery, QueuePageQueryVariables>;
export const NodePageDocument = new TypedDocumentString(`
    query NodePage($report: ID!, $from: Int!, $first: Int!) {
  node(id: $report) {
    ... on Report {
      nodes(first: $first, from: $from) {
        nodes {
          ...NodeFacts
        }
      }
    }
  }
}
    fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}
fragment NodeFacts on DiffNode {
  id
  ordinal
  depth
  source1
  source2
  comments
  stat {
    ...Counts
  }
  ownStat {
    ...Counts
  }
}`, {"hash":"sha256:b50d5a2881996f891455c877eedc523443fc9731650f78d0004c071502ad0215"}) as unknown as TypedDocumentString<NodePageQuery, NodePageQueryVariables>;
export const LinesOfHunksDocument = new TypedDocumentString(`
    query LinesOfHunks($node: ID!, $from: Int!, $first: Int!, $lines: Int!) {
  node(id: $node) {
    ... on DiffNode {
      hunks(first: $first, from: $from) {
        nodes {
          ...HunkFacts
          lines(first: $lines) {
            totalCount
            nodes {
              ...LineFacts
            }
          }
        }
      }
    }
  }
}
    fragment HunkFacts on Hunk {
  position
  header
  oldStart
  oldLines
  newStart
  newLines
  added
  removed
  cut
  whiteSpaceOnly
}
fragment LineFacts on DiffLine {
  position
  kind
  oldNumber
  newNumber
  text
  textCut
  elidedLines
  segments {
    changed
    text
  }
}`, {"hash":"sha256:68a3f710f0721b2c07b0b367cc41821ff34f7410fedec3f79b37c0227a3e0883"}) as unknown as TypedDocumentString<LinesOfHunksQuery, LinesOfHunksQueryVariables>;
export const RowsOfHunksDocument = new TypedDocumentString(`
    query RowsOfHunks($node: ID!, $from: Int!, $first: Int!, $rows: Int!) {
  node(id: $node) {
    ... on DiffNode {
      hunks(first: $first, from: $from) {
        nodes {
          ...HunkFacts
          lines(first: 1) {
            totalCount
          }
          rows(first: $rows) {
            ...Rows
          }
        }
      }
    }
  }
}
    fragment HunkFacts on Hunk {
  position
  header
  oldStart
  oldLines
  newStart
  newLines
  added
  removed
  cut
  whiteSpaceOnly
}
fragment LineFacts on DiffLine {
  position
  kind
  oldNumber
  newNumber
  text
  textCut
  elidedLines
  segments {
    changed
    text
  }
}
fragment Rows on DiffRowConnection {
  nodes {
    kind
    old {
      ...LineFacts
      noNewline
    }
    new {
      ...LineFacts
      noNewline
    }
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}`, {"hash":"sha256:ae9835e0afc8737d4cc5aef8ce8680d1a0d6e0775608ed1737a4a512e3a13458"}) as unknown as TypedDocumentString<RowsOfHunksQuery, RowsOfHunksQueryVariables>;
export const MoreLinesDocument = new TypedDocumentString(`
    query MoreLines($node: ID!, $hunk: Int!, $from: Int!, $first: Int!) {
  node(id: $node) {
    ... on DiffNode {
      hunk(position: $hunk) {
        lines(first: $first, from: $from) {
          nodes {
            ...LineFacts
          }
        }
      }
    }
  }
}
    fragment LineFacts on DiffLine {
  position
  kind
  oldNumber
  newNumber
  text
  textCut
  elidedLines
  segments {
    changed
    text
  }
}`, {"hash":"sha256:044344ceaefb0c31a358b4d0322268612f179ba48fb9c6ef6f1c09275c77db21"}) as unknown as TypedDocumentString<MoreLinesQuery, MoreLinesQueryVariables>;
export const MoreRowsDocument = new TypedDocumentString(`
    query MoreRows($node: ID!, $hunk: Int!, $after: String, $first: Int!) {
  node(id: $node) {
    ... on DiffNode {
      hunk(position: $hunk) {
        rows(first: $first, after: $after) {
          ...Rows
        }
      }
    }
  }
}
    fragment LineFacts on DiffLine {
  position
  kind
  oldNumber
  newNumber
  text
  textCut
  elidedLines
  segments {
    changed
    text
  }
}
fragment Rows on DiffRowConnection {
  nodes {
    kind
    old {
      ...LineFacts
      noNewline
    }
    new {
      ...LineFacts
      noNewline
    }
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}`, {"hash":"sha256:d07f7270909e81832bb66cc9bd60871d33c47df58fe49dde54f45f91bee133cc"}) as unknown as TypedDocumentString<MoreRowsQuery, MoreRowsQueryVariables>;
export const TreeTopDocument = new TypedDocumentString(`
    query TreeTop($report: ID!, $after: String) {
  node(id: $report) {
    ... on Report {
      root {
        children(first: 100, after: $after) {
          ...TreeLevel
        }
      }
    }
  }
}
    fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}
fragment NodeFacts on DiffNode {
  id
  ordinal
  depth
  source1
  source2
  comments
  stat {
    ...Counts
  }
  ownStat {
    ...Counts
  }
}
fragment TreeLevel on DiffNodeConnection {
  totalCount
  nodes {
    ...NodeFacts
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}`, {"hash":"sha256:1b9031c18fd20ab5b92c6371db0a19ed998cb84875423c77ec11a136ffba96d5"}) as unknown as TypedDocumentString<TreeTopQuery, TreeTopQueryVariables>;
export const TreeBelowDocument = new TypedDocumentString(`
    query TreeBelow($node: ID!, $after: String) {
  node(id: $node) {
    ... on DiffNode {
      children(first: 100, after: $after) {
        ...TreeLevel
      }
    }
  }
}
    fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}
fragment NodeFacts on DiffNode {
  id
  ordinal
  depth
  source1
  source2
  comments
  stat {
    ...Counts
  }
  ownStat {
    ...Counts
  }
}
fragment TreeLevel on DiffNodeConnection {
  totalCount
  nodes {
    ...NodeFacts
  }
  pageInfo {
    hasNextPage
    endCursor
  }
}`, {"hash":"sha256:95c2ee60eb9c285abb59f308973d0e8eb92d5d57b4e87710dd4ca364dc55d3a4"}) as unknown as TypedDocumentString<TreeBelowQuery, TreeBelowQueryVariables>;
export const FindPathDocument = new TypedDocumentString(`
    query FindPath($report: ID!, $glob: String!) {
  node(id: $report) {
    ... on Report {
      nodes(first: 100, pathGlob: $glob) {
        nodes {
          ordinal
          path
          stat {
            ...Counts
          }
        }
        pageInfo {
          hasNextPage
        }
      }
    }
  }
}
    fragment Counts on DiffStat {
  nodes
  hunks
  added
  removed
}`, {"hash":"sha256:a653b27058c6f6f9e12c4d1a45a32b6a65949635c794d3299f4725a6122fb1bf"}) as unknown as TypedDocumentString<FindPathQuery, FindPathQueryVariables>;
export const PathOfDocument = new TypedDocumentString(`
    query PathOf($report: ID!, $from: Int!) {
  node(id: $report) {
    ... on Report {
      nodes(first: 1, from: $from) {
        nodes {
          ordinal
          path
        }
      }
    }
  }
}
    `, {"hash":"sha256:626d868f0d4e32063a63a040363a9362ef3c855b1bde278a4bcd7c21e554fe15"}) as unknown as TypedDocumentString<PathOfQuery, PathOfQueryVariables>;
export const NodeAtDocument = new TypedDocumentString(`
    query NodeAt($report: ID!, $path: [String!]!) {
  node(id: $report) {
    ... on Report {
      node(path: $path) {
        ordinal
      }
    }
  }
}
    `, {"hash":"sha256:d3cb2f4790fb21b46dc60c5514ebdf92d8c6a2c799783356d50ff6cd10d96593"}) as unknown as TypedDocumentString<NodeAtQuery, NodeAtQueryVariables>;
export const FindTextDocument = new TypedDocumentString(`
    query FindText($report: ID!, $text: String!, $first: Int!, $after: String) {
  node(id: $report) {
    ... on Report {
      search(text: $text, ignoreCase: true, first: $first, after: $after) {
        nodes {
          node {
            ordinal
            path
          }
          hunkPosition
          linePosition
          kind
          text
        }
        pageInfo {
          hasNextPage
          endCursor
        }
        cutLines
      }
    }
  }
}
    `, {"hash":"sha256:7787a108755d879e7306f59b9b5e41999c289820c3369f6679f3db50330f799d"}) as unknown as TypedDocumentString<FindTextQuery, FindTextQueryVariables>;
export const RunListDocument = new TypedDocumentString(`
    query RunList($first: Int!, $after: String, $filter: RunFilterInput) {
  runs(first: $first, after: $after, filter: $filter) {
    nodes {
      ...RunRow
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment RunRow on Run {
  runId
  codebase
  campaign
  source
  version
  resultCode
  successful
  startTime
  finishTime
  baseline {
    runId
    version
  }
}`, {"hash":"sha256:b68a59c760adf2ec5823ca6882c72fcbbf446dcadcc07745b9727fb1db202b89"}) as unknown as TypedDocumentString<RunListQuery, RunListQueryVariables>;
export const RunStatesDocument = new TypedDocumentString(`
    query RunStates($pairs: [RunPairInput!]!) {
  comparisons(pairs: $pairs) {
    __typename
    ... on Comparison {
      new {
        runId
      }
      summary {
        __typename
        ... on Summary {
          verdict
          bad: findings(first: 1, severity: [BAD], expected: false) {
            totalCount
            nodes {
              rule
              message
            }
          }
          verify: findings(first: 1, severity: [VERIFY], expected: false) {
            totalCount
          }
          code: findings(first: 1, rule: ["ELF_CODE_CHANGED"]) {
            totalCount
          }
          packages {
            package
            change
          }
        }
        ...Waiting
      }
      diffoscope {
        __typename
        ... on Diffoscope {
          stat {
            added
            removed
          }
        }
        ...Waiting
      }
    }
  }
}
    fragment Waiting on DiffNotReadyError {
  job {
    status
  }
}`, {"hash":"sha256:8074d143a2d73fbd8aeee405e50cd544a0fe5a9cdf5ba761b0be587eac770ad0"}) as unknown as TypedDocumentString<RunStatesQuery, RunStatesQueryVariables>;
export const RunValuesDocument = new TypedDocumentString(`
    query RunValues {
  runCampaigns(first: 100) {
    nodes {
      value
      runs
    }
  }
  runResultCodes(first: 100) {
    nodes {
      value
      runs
    }
  }
}
    `, {"hash":"sha256:1d551321199d0c3da4c9f869fa0f9d95e4f071ddc9a4999afd98455e20a92a44"}) as unknown as TypedDocumentString<RunValuesQuery, RunValuesQueryVariables>;
export const SummaryPageDocument = new TypedDocumentString(`
    query SummaryPage($old: ID!, $new: ID!) {
  comparison(old: $old, new: $new) {
    __typename
    ...SummaryOf
    ... on Error {
      ...Failure
    }
  }
}
    fragment NotReady on DiffNotReadyError {
  job {
    jobId
  }
}
fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}
fragment SummaryOf on Comparison {
  summary {
    __typename
    ...SummaryFacts
    ...NotReady
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
fragment SummaryFacts on Summary {
  verdict
  undecided
  omittedFindings
  findings(first: 100) {
    ...FindingPage
  }
  bad: findings(first: 1, severity: [BAD], expected: false) {
    totalCount
  }
  verify: findings(first: 1, severity: [VERIFY], expected: false) {
    totalCount
  }
  info: findings(first: 1, severity: [INFO], expected: false) {
    totalCount
  }
  expectedFindings: findings(first: 1, expected: true) {
    totalCount
  }
  code: findings(first: 1, rule: ["ELF_CODE_CHANGED"]) {
    totalCount
  }
  otherBuildId: files(first: 1, noise: "BUILD_ID", substantive: false) {
    totalCount
  }
  packages {
    package
    change
    verdict
    oldVersion
    newVersion
    oldSize
    newSize
  }
  substantive: files(first: 50, substantive: true) {
    totalCount
    nodes {
      ...ChangedFile
    }
  }
  noise {
    class
    description
    files
  }
}
fragment FindingPage on FindingConnection {
  totalCount
  nodes {
    rule
    severity
    package
    path
    old
    new
    message
    expected {
      reason
    }
    severityChange {
      from
      reason
    }
  }
  pageInfo {
    endCursor
  }
}
fragment ChangedFile on FileSummary {
  package
  path
  oldPath
  change
  substantive
}`, {"hash":"sha256:1ae0054ac37e0a3203c454f1d1a20f68a5e92a537ce378e5459c2190a492ab21"}) as unknown as TypedDocumentString<SummaryPageQuery, SummaryPageQueryVariables>;
export const MakeSummaryDocument = new TypedDocumentString(`
    mutation MakeSummary($old: ID!, $new: ID!) {
  makeDiffs(
    input: {comparison: {runs: {old: $old, new: $new}}, make: {tools: [SUMMARY]}, wait: true}
  ) {
    __typename
    ... on MakeDiffsPayload {
      comparison {
        __typename
        ...SummaryOf
      }
      errors {
        __typename
        ...ToolFailure
        ... on Error {
          ...Failure
        }
      }
    }
    ... on Error {
      ...Failure
    }
  }
}
    fragment NotReady on DiffNotReadyError {
  job {
    jobId
  }
}
fragment ToolFailure on Error {
  ... on DiffCommandError {
    command
    exitCode
    signal
    stderr
  }
  ... on DiffCommandTimeoutError {
    command
    limitMs
    job {
      jobId
    }
  }
  ... on DiffCommandMemoryError {
    command
    limitBytes
  }
  ... on InvalidPackageError {
    filename
    reason
  }
  ... on ArtifactsMissingError {
    runId
  }
}
fragment Failure on Error {
  message
  retryable
  retryAfterMs
}
fragment SummaryOf on Comparison {
  summary {
    __typename
    ...SummaryFacts
    ...NotReady
    ...ToolFailure
    ... on Error {
      ...Failure
    }
  }
}
fragment SummaryFacts on Summary {
  verdict
  undecided
  omittedFindings
  findings(first: 100) {
    ...FindingPage
  }
  bad: findings(first: 1, severity: [BAD], expected: false) {
    totalCount
  }
  verify: findings(first: 1, severity: [VERIFY], expected: false) {
    totalCount
  }
  info: findings(first: 1, severity: [INFO], expected: false) {
    totalCount
  }
  expectedFindings: findings(first: 1, expected: true) {
    totalCount
  }
  code: findings(first: 1, rule: ["ELF_CODE_CHANGED"]) {
    totalCount
  }
  otherBuildId: files(first: 1, noise: "BUILD_ID", substantive: false) {
    totalCount
  }
  packages {
    package
    change
    verdict
    oldVersion
    newVersion
    oldSize
    newSize
  }
  substantive: files(first: 50, substantive: true) {
    totalCount
    nodes {
      ...ChangedFile
    }
  }
  noise {
    class
    description
    files
  }
}
fragment FindingPage on FindingConnection {
  totalCount
  nodes {
    rule
    severity
    package
    path
    old
    new
    message
    expected {
      reason
    }
    severityChange {
      from
      reason
    }
  }
  pageInfo {
    endCursor
  }
}
fragment ChangedFile on FileSummary {
  package
  path
  oldPath
  change
  substantive
}`, {"hash":"sha256:86448615bf85d408c2aa5333cc4e6b951cdf3e16ff3967473ec06f3ae0e9b783"}) as unknown as TypedDocumentString<MakeSummaryMutation, MakeSummaryMutationVariables>;
export const SummaryFindingsDocument = new TypedDocumentString(`
    query SummaryFindings($old: ID!, $new: ID!, $after: String) {
  comparison(old: $old, new: $new) {
    ... on Comparison {
      summary {
        ... on Summary {
          findings(first: 100, after: $after) {
            ...FindingPage
          }
        }
      }
    }
  }
}
    fragment FindingPage on FindingConnection {
  totalCount
  nodes {
    rule
    severity
    package
    path
    old
    new
    message
    expected {
      reason
    }
    severityChange {
      from
      reason
    }
  }
  pageInfo {
    endCursor
  }
}`, {"hash":"sha256:268b06456db39235834fce67a2fb7987f0ca322841f9f5f0cf569912c063c2c5"}) as unknown as TypedDocumentString<SummaryFindingsQuery, SummaryFindingsQueryVariables>;
export const NoiseFilesDocument = new TypedDocumentString(`
    query NoiseFiles($old: ID!, $new: ID!, $class: String!, $after: String) {
  comparison(old: $old, new: $new) {
    ... on Comparison {
      summary {
        ... on Summary {
          files(first: 100, after: $after, noise: $class) {
            totalCount
            nodes {
              ...ChangedFile
            }
            pageInfo {
              endCursor
            }
          }
        }
      }
    }
  }
}
    fragment ChangedFile on FileSummary {
  package
  path
  oldPath
  change
  substantive
}`, {"hash":"sha256:b276e3d391e3816e59fcfa399ee1192217b1d96e6b07ab609cb6715968d1b917"}) as unknown as TypedDocumentString<NoiseFilesQuery, NoiseFilesQueryVariables>;