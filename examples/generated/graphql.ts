/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

/** What a hit is in. */
export type SearchPlace =
  /** A remark by diffoscope. */
  | 'COMMENT'
  /** A line of a hunk. */
  | 'LINE'
  /** The name of a node on the new side. */
  | 'NEW_NAME'
  /** The name of a node on the old side, or on both sides if it is the same. */
  | 'OLD_NAME';

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

export type ComparisonQueryVariables = Exact<{
  old: string | number;
  new: string | number;
}>;


export type ComparisonQuery = { comparison:
    | { __typename: 'Comparison', old: { runId: string, version: string | null, campaign: string }, new: { runId: string, version: string | null, campaign: string }, binaryChanges:
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { changes: { nodes: Array<{ kind: BinaryChangeKind, old: { filename: string, size: number } | null, new: { filename: string, size: number } | null }> } }
      , debdiff:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean }
        | { __typename: 'Debdiff', isEmpty: boolean, sections: Array<
            | { __typename: 'DebdiffControlFields', package: string, title: string | null, fields: Array<{ name: string, old: string | null, new: string | null }> }
            | { __typename: 'DebdiffFileList', change: FileListChange, totalCount: number, title: string | null, entries: { nodes: Array<{ path: string, mode: string, owner: string, group: string }> } }
            | { __typename: 'DebdiffNote', title: string | null }
            | { __typename: 'DebdiffPackageList', title: string | null }
          >, text: { url: string } }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, job: { jobId: string, status: PrecacheJobStatus, progress: number } | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean }
        | { __typename: 'OverloadedError', message: string, retryable: boolean }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean }
      , diffoscope:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, job: { jobId: string, status: PrecacheJobStatus, progress: number } | null }
        | { __typename: 'Diffoscope', complete: boolean, stat: { nodes: number, hunks: number, added: number, removed: number }, hidden: Array<{ class: string, hunks: number, files: number }>, html: { url: string } }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean }
        | { __typename: 'OverloadedError', message: string, retryable: boolean }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean }
       }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean }
   };

export type ErrorsQueryVariables = Exact<{
  old: string | number;
  new: string | number;
}>;


export type ErrorsQuery = { happy:
    | { id: string }
    | Record<PropertyKey, never>
  , careful:
    | { __typename: 'Comparison', id: string }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean }
    | { __typename: 'RunNotFoundError', runId: string, message: string, retryable: boolean }
    | { __typename: 'RunNotSuccessfulError', runId: string, resultCode: string | null, message: string, retryable: boolean }
  , several: Array<
    | { __typename: 'Comparison', new: { runId: string } }
    | { __typename: 'DatabaseUnavailableError', message: string }
    | { __typename: 'RunNotFoundError', message: string }
    | { __typename: 'RunNotSuccessfulError', message: string }
  > };

export type HunksQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  path: Array<string> | string;
  after?: string | null | undefined;
}>;


export type HunksQuery = { comparison:
    | { diffoscope:
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { node: { id: string, hunks: { totalCount: number, nodes: Array<{ header: string | null, added: number, removed: number, rows: { nodes: Array<{ kind: DiffRowKind, old: { oldNumber: number | null, text: string, segments: Array<{ changed: boolean, text: string }> | null } | null, new: { newNumber: number | null, text: string, segments: Array<{ changed: boolean, text: string }> | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
       }
    | { message: string, retryable: boolean }
    | { message: string, retryable: boolean }
    | { message: string, retryable: boolean }
   };

export type MakeDiffsMutationVariables = Exact<{
  old: string | number;
  new: string | number;
  wait?: boolean | null | undefined;
}>;


export type MakeDiffsMutation = { makeDiffs:
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean }
    | { __typename: 'MakeDiffsPayload', comparison: { id: string, summary:
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { message: string, retryable: boolean }
          | { verdict: Verdict }
         }, job: { jobId: string, status: PrecacheJobStatus, progress: number } | null, errors: Array<
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean }
        | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean }
        | { __typename: 'OverloadedError', message: string, retryable: boolean }
        | { __typename: 'RunNotFoundError', message: string, retryable: boolean }
        | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean }
        | { __typename: 'WorkerLostError', message: string, retryable: boolean }
      > }
    | { __typename: 'OverloadedError', message: string, retryable: boolean }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean }
   };

export type ProgressSubscriptionVariables = Exact<{
  jobId: string | number;
}>;


export type ProgressSubscription = { precacheJob:
    | { __typename: 'JobNotFoundError', message: string, retryable: boolean }
    | { __typename: 'OverloadedError', message: string, retryable: boolean }
    | { __typename: 'PrecacheJob', jobId: string, status: PrecacheJobStatus, progress: number, step: string | null, attempts: number, cached: boolean, error:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean }
        | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean }
        | { __typename: 'OverloadedError', message: string, retryable: boolean }
        | { __typename: 'RunNotFoundError', message: string, retryable: boolean }
        | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean }
        | { __typename: 'WorkerLostError', message: string, retryable: boolean }
       | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean }
   };

export type RunsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: RunFilterInput | null | undefined;
}>;


export type RunsQuery = { runs: { totalCount: number | null, nodes: Array<{ runId: string, codebase: string, campaign: string, source: string | null, version: string | null, successful: boolean, finishTime: string | null, comparisonWithBaseline: { old: { runId: string, version: string | null }, diffoscope:
          | { __typename: 'ArtifactRetrievalError' }
          | { __typename: 'ArtifactRetrievalTimeoutError' }
          | { __typename: 'ArtifactsMissingError' }
          | { __typename: 'DiffCommandError' }
          | { __typename: 'DiffCommandMemoryError' }
          | { __typename: 'DiffCommandTimeoutError' }
          | { __typename: 'DiffNotReadyError', job: { status: PrecacheJobStatus, progress: number } | null }
          | { __typename: 'Diffoscope', stat: { nodes: number, added: number, removed: number } }
          | { __typename: 'InvalidPackageError' }
          | { __typename: 'OverloadedError' }
          | { __typename: 'QueueUnavailableError' }
         } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SearchQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  text: string;
  regex?: boolean | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SearchQuery = { comparison:
    | { diffoscope:
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { search: { totalCount: number | null, cutLines: number, nodes: Array<{ place: SearchPlace, kind: DiffLineKind | null, oldNumber: number | null, newNumber: number | null, text: string, textStart: number, node: { path: Array<string> }, matches: Array<{ start: number, end: number }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
       }
    | { message: string, retryable: boolean }
    | { message: string, retryable: boolean }
    | { message: string, retryable: boolean }
   };

export type TreeQueryVariables = Exact<{
  old: string | number;
  new: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
  maxDepth?: number | null | undefined;
  pathGlob?: string | null | undefined;
}>;


export type TreeQuery = { comparison:
    | { diffoscope:
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { stat: { nodes: number, hunks: number, added: number, removed: number }, hidden: Array<{ class: string, hunks: number, files: number }>, nodes: { totalCount: number | null, nodes: Array<{ id: string, depth: number, source1: string, source2: string, comments: Array<string>, stat: { nodes: number, added: number, removed: number }, ownStat: { hunks: number, added: number, removed: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
        | { message: string, retryable: boolean }
       }
    | { message: string, retryable: boolean }
    | { message: string, retryable: boolean }
    | { message: string, retryable: boolean }
   };


export const ComparisonDocument = {"__meta__":{"hash":"sha256:7712223b024ee3f4f1afeae7dd78ba3ee6de1a1f4708a13a5a73f4356e634f31"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Comparison"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"old"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"new"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"comparison"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"Argument","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"new"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Comparison"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"old"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"campaign"}}]}},{"kind":"Field","name":{"kind":"Name","value":"new"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"campaign"}}]}},{"kind":"Field","name":{"kind":"Name","value":"binaryChanges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"BinaryChangeList"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"old"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"filename"}},{"kind":"Field","name":{"kind":"Name","value":"size"}}]}},{"kind":"Field","name":{"kind":"Name","value":"new"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"filename"}},{"kind":"Field","name":{"kind":"Name","value":"size"}}]}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"debdiff"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"hide"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ALL"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Debdiff"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"isEmpty"}},{"kind":"Field","name":{"kind":"Name","value":"sections"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"title"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"DebdiffControlFields"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"package"}},{"kind":"Field","name":{"kind":"Name","value":"fields"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"old"}},{"kind":"Field","name":{"kind":"Name","value":"new"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"DebdiffFileList"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"change"}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"entries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}},{"kind":"Field","name":{"kind":"Name","value":"mode"}},{"kind":"Field","name":{"kind":"Name","value":"owner"}},{"kind":"Field","name":{"kind":"Name","value":"group"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"text"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"DiffNotReadyError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"jobId"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"diffoscope"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"hide"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ALL"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Diffoscope"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"complete"}},{"kind":"Field","name":{"kind":"Name","value":"stat"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"}},{"kind":"Field","name":{"kind":"Name","value":"hunks"}},{"kind":"Field","name":{"kind":"Name","value":"added"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"hidden"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"hunks"}},{"kind":"Field","name":{"kind":"Name","value":"files"}}]}},{"kind":"Field","name":{"kind":"Name","value":"html"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"url"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"DiffNotReadyError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"jobId"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}}]} as unknown as DocumentNode<ComparisonQuery, ComparisonQueryVariables>;
export const ErrorsDocument = {"__meta__":{"hash":"sha256:ea8e03ee8eded58e203bef992300241fad9c1ed69831bea017314ddaf02b0f0c"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Errors"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"old"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"new"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"happy"},"name":{"kind":"Name","value":"comparison"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"Argument","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"new"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Comparison"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"careful"},"name":{"kind":"Name","value":"comparison"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"Argument","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"new"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Comparison"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunNotFoundError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RunNotSuccessfulError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"resultCode"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"several"},"name":{"kind":"Name","value":"comparisons"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"pairs"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"new"}}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Comparison"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"new"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<ErrorsQuery, ErrorsQueryVariables>;
export const HunksDocument = {"__meta__":{"hash":"sha256:f510f6c86d33e68e285592d2f176a1d8bbf767372bd32b6993ac8c2323cc15e9"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Hunks"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"old"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"new"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"path"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"comparison"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"Argument","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"new"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Comparison"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"diffoscope"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Diffoscope"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"path"},"value":{"kind":"Variable","name":{"kind":"Name","value":"path"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"hunks"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"5"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"header"}},{"kind":"Field","name":{"kind":"Name","value":"added"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}},{"kind":"Field","name":{"kind":"Name","value":"rows"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"old"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"oldNumber"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"segments"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changed"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"new"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"newNumber"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"segments"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changed"}},{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}}]} as unknown as DocumentNode<HunksQuery, HunksQueryVariables>;
export const MakeDiffsDocument = {"__meta__":{"hash":"sha256:15531bf731b2b16234492dd7854c2d58194e341cbe41b9f93d7f6a31f1b4601a"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"MakeDiffs"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"old"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"new"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"wait"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"makeDiffs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"comparison"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"runs"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"new"}}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"wait"},"value":{"kind":"Variable","name":{"kind":"Name","value":"wait"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MakeDiffsPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"comparison"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"summary"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Summary"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verdict"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"jobId"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}}]} as unknown as DocumentNode<MakeDiffsMutation, MakeDiffsMutationVariables>;
export const ProgressDocument = {"__meta__":{"hash":"sha256:fc115aedc4643d6f147d5d1b4001a26db174c99e24df1379cfe68a3121f389ce"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Progress"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"jobId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"precacheJob"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"jobId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"jobId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PrecacheJob"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"jobId"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"attempts"}},{"kind":"Field","name":{"kind":"Name","value":"cached"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}}]} as unknown as DocumentNode<ProgressSubscription, ProgressSubscriptionVariables>;
export const RunsDocument = {"__meta__":{"hash":"sha256:3edcbd7a73e0cbd09ce7d4070e3e41e478c34199b83b1a431b3c79be15280aca"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Runs"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RunFilterInput"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"codebase"}},{"kind":"Field","name":{"kind":"Name","value":"campaign"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"successful"}},{"kind":"Field","name":{"kind":"Name","value":"finishTime"}},{"kind":"Field","name":{"kind":"Name","value":"comparisonWithBaseline"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"old"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"runId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}}]}},{"kind":"Field","name":{"kind":"Name","value":"diffoscope"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Diffoscope"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"stat"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"}},{"kind":"Field","name":{"kind":"Name","value":"added"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"DiffNotReadyError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"job"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"progress"}}]}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<RunsQuery, RunsQueryVariables>;
export const SearchDocument = {"__meta__":{"hash":"sha256:017e52c89b67599e9c45f7b34d7dcaff208aaad3174e5c2b987e9bc9ac2c8bc2"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Search"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"old"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"new"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"text"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"regex"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}},"defaultValue":{"kind":"BooleanValue","value":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"comparison"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"Argument","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"new"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Comparison"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"diffoscope"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Diffoscope"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"search"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"text"},"value":{"kind":"Variable","name":{"kind":"Name","value":"text"}}},{"kind":"Argument","name":{"kind":"Name","value":"regex"},"value":{"kind":"Variable","name":{"kind":"Name","value":"regex"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"path"}}]}},{"kind":"Field","name":{"kind":"Name","value":"place"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"oldNumber"}},{"kind":"Field","name":{"kind":"Name","value":"newNumber"}},{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"textStart"}},{"kind":"Field","name":{"kind":"Name","value":"matches"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"cutLines"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}}]} as unknown as DocumentNode<SearchQuery, SearchQueryVariables>;
export const TreeDocument = {"__meta__":{"hash":"sha256:c607a83a80eef85d8cafb76cb7adafd9bf9f2fb2e143ad8eb9960b7abdbf118f"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Tree"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"old"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"new"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"50"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"maxDepth"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"pathGlob"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"comparison"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"old"},"value":{"kind":"Variable","name":{"kind":"Name","value":"old"}}},{"kind":"Argument","name":{"kind":"Name","value":"new"},"value":{"kind":"Variable","name":{"kind":"Name","value":"new"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Comparison"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"diffoscope"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"hide"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ALL"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Diffoscope"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"stat"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"}},{"kind":"Field","name":{"kind":"Name","value":"hunks"}},{"kind":"Field","name":{"kind":"Name","value":"added"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"hidden"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"class"}},{"kind":"Field","name":{"kind":"Name","value":"hunks"}},{"kind":"Field","name":{"kind":"Name","value":"files"}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"maxDepth"},"value":{"kind":"Variable","name":{"kind":"Name","value":"maxDepth"}}},{"kind":"Argument","name":{"kind":"Name","value":"pathGlob"},"value":{"kind":"Variable","name":{"kind":"Name","value":"pathGlob"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"depth"}},{"kind":"Field","name":{"kind":"Name","value":"source1"}},{"kind":"Field","name":{"kind":"Name","value":"source2"}},{"kind":"Field","name":{"kind":"Name","value":"comments"}},{"kind":"Field","name":{"kind":"Name","value":"stat"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"}},{"kind":"Field","name":{"kind":"Name","value":"added"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"ownStat"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hunks"}},{"kind":"Field","name":{"kind":"Name","value":"added"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}}]} as unknown as DocumentNode<TreeQuery, TreeQueryVariables>;