/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which comparison: exactly one of these. */
export type ComparisonKey =
  {   /** The comparison with this global id. */
  id: string | number; ofRun?: never; runs?: never; }
  |  { id?: never;   /** The comparison of the run with this `Run.runId` with its baseline. */
  ofRun: string | number; runs?: never; }
  |  { id?: never; ofRun?: never;   /** The comparison of these two runs. */
  runs: RunPairInput; };

/** A diff tool. */
export type DiffCommand =
  /** `debdiff` from devscripts compares file lists and control fields. */
  | 'DEBDIFF'
  /** `diffoscope` compares the contents of files. */
  | 'DIFFOSCOPE'
  /** The summary, for which Differ reads the packages with `dpkg-deb`. */
  | 'SUMMARY';

/** What to make: exactly one of these. */
export type DiffSelectionInput =
  {   /** The report of this file. */
  file: FileAddressInput; tools?: never; }
  |  { file?: never;   /** The diffs of these tools, and the summary, which their fields need. */
  tools: Array<DiffCommand>; };

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

/** Which diffs to make, and whether the response waits for them. */
export type MakeDiffsInput = {
  /** The comparison. */
  comparison: ComparisonKey;
  /** What to make. Omit it for the summary and both diffs. */
  make?: DiffSelectionInput | null | undefined;
  /** True: the diffs are made now, under the limits of requests, and the response waits for them. False: a background job makes them, under higher limits. */
  wait?: boolean;
};

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

/** Two runs to compare. */
export type RunPairInput = {
  /** The `Run.runId` of the run with the change. */
  new: string | number;
  /** The `Run.runId` of the run without the change. */
  old: string | number;
};

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

export type JobSubscriptionVariables = Exact<{
  jobId: string | number;
}>;


export type JobSubscription = { precacheJob:
    | { __typename: 'JobNotFoundError', message: string, retryable: boolean }
    | { __typename: 'OverloadedError', message: string, retryable: boolean }
    | { __typename: 'PrecacheJob', id: string, jobId: string, status: PrecacheJobStatus, progress: number, step: string | null, failure: string | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean }
   };

export type MakeDiffsMutationVariables = Exact<{
  input: MakeDiffsInput;
}>;


export type MakeDiffsMutation = { makeDiffs:
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'MakeDiffsPayload', comparison: { id: string, summary:
          | { __typename: 'ArtifactRetrievalError' }
          | { __typename: 'ArtifactRetrievalTimeoutError' }
          | { __typename: 'ArtifactsMissingError' }
          | { __typename: 'DiffCommandError' }
          | { __typename: 'DiffCommandMemoryError' }
          | { __typename: 'DiffCommandTimeoutError' }
          | { __typename: 'DiffNotReadyError' }
          | { __typename: 'InvalidPackageError' }
          | { __typename: 'OverloadedError' }
          | { __typename: 'QueueUnavailableError' }
          | { __typename: 'Summary', verdict: Verdict }
         }, job: { id: string, jobId: string, status: PrecacheJobStatus } | null, errors: Array<
        | { __typename: 'ArtifactRetrievalError', message: string }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string }
        | { __typename: 'ArtifactsMissingError', message: string }
        | { __typename: 'DatabaseUnavailableError', message: string }
        | { __typename: 'DiffCommandError', message: string }
        | { __typename: 'DiffCommandMemoryError', message: string }
        | { __typename: 'DiffCommandTimeoutError', message: string }
        | { __typename: 'InvalidPackageError', message: string }
        | { __typename: 'OverloadedError', message: string }
        | { __typename: 'RunNotFoundError', message: string }
        | { __typename: 'RunNotSuccessfulError', message: string }
        | { __typename: 'WorkerLostError', message: string }
      > }
    | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
   };

export type RunsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: RunFilterInput | null | undefined;
}>;


export type RunsQuery = { runs: { nodes: Array<{ id: string, runId: string, codebase: string, campaign: string, source: string | null, version: string | null, resultCode: string | null, finishTime: string | null, baseline: { id: string, runId: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SummaryQueryVariables = Exact<{
  old: string | number;
  new: string | number;
}>;


export type SummaryQuery = { comparison:
    | { __typename: 'Comparison', id: string, summary:
        | { __typename: 'ArtifactRetrievalError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactRetrievalTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'ArtifactsMissingError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandMemoryError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffCommandTimeoutError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'DiffNotReadyError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'InvalidPackageError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'OverloadedError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'QueueUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
        | { __typename: 'Summary', verdict: Verdict, findings: { totalCount: number, nodes: Array<{ rule: string, severity: Severity, package: string, path: string, message: string }> } }
       }
    | { __typename: 'DatabaseUnavailableError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotFoundError', message: string, retryable: boolean, retryAfterMs: number | null }
    | { __typename: 'RunNotSuccessfulError', message: string, retryable: boolean, retryAfterMs: number | null }
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

export const JobDocument = new TypedDocumentString(`
    subscription Job($jobId: ID!) {
  precacheJob(jobId: $jobId) {
    __typename
    ... on PrecacheJob {
      id
      jobId
      status
      progress
      step
      failure
    }
    ... on Error {
      message
      retryable
    }
  }
}
    `, {"hash":"sha256:389f969d4a27a07404a270021f8a0a185a6730727d288f267a45923614306e84"}) as unknown as TypedDocumentString<JobSubscription, JobSubscriptionVariables>;
export const MakeDiffsDocument = new TypedDocumentString(`
    mutation MakeDiffs($input: MakeDiffsInput!) {
  makeDiffs(input: $input) {
    __typename
    ... on MakeDiffsPayload {
      comparison {
        id
        summary {
          __typename
          ... on Summary {
            verdict
          }
        }
      }
      job {
        id
        jobId
        status
      }
      errors {
        __typename
        ... on Error {
          message
        }
      }
    }
    ... on Error {
      message
      retryable
      retryAfterMs
    }
  }
}
    `, {"hash":"sha256:7a87ab12e31428a816a10456490c7929b2c001cbc680f7bdc702af74ddb20785"}) as unknown as TypedDocumentString<MakeDiffsMutation, MakeDiffsMutationVariables>;
export const RunsDocument = new TypedDocumentString(`
    query Runs($first: Int, $after: String, $filter: RunFilterInput) {
  runs(first: $first, after: $after, filter: $filter) {
    nodes {
      id
      runId
      codebase
      campaign
      source
      version
      resultCode
      finishTime
      baseline {
        id
        runId
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:c0d5732a7529972ffd33c2f09f55a937510820c319c7e60f198ed2aada161ab8"}) as unknown as TypedDocumentString<RunsQuery, RunsQueryVariables>;
export const SummaryDocument = new TypedDocumentString(`
    query Summary($old: ID!, $new: ID!) {
  comparison(old: $old, new: $new) {
    __typename
    ... on Comparison {
      id
      summary {
        __typename
        ... on Summary {
          verdict
          findings(first: 20) {
            totalCount
            nodes {
              rule
              severity
              package
              path
              message
            }
          }
        }
        ... on Error {
          message
          retryable
          retryAfterMs
        }
      }
    }
    ... on Error {
      message
      retryable
      retryAfterMs
    }
  }
}
    `, {"hash":"sha256:cf576fd1b19327b7b85b6ca7d306abfb97d8215c175a4dbb2545f0f103d0ebd1"}) as unknown as TypedDocumentString<SummaryQuery, SummaryQueryVariables>;