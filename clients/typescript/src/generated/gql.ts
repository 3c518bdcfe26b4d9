/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "subscription Job($jobId: ID!) {\n  precacheJob(jobId: $jobId) {\n    __typename\n    ... on PrecacheJob {\n      id\n      jobId\n      status\n      progress\n      step\n      failure\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}": typeof types.JobDocument,
    "mutation MakeDiffs($input: MakeDiffsInput!) {\n  makeDiffs(input: $input) {\n    __typename\n    ... on MakeDiffsPayload {\n      comparison {\n        id\n        summary {\n          __typename\n          ... on Summary {\n            verdict\n          }\n        }\n      }\n      job {\n        id\n        jobId\n        status\n      }\n      errors {\n        __typename\n        ... on Error {\n          message\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n      retryAfterMs\n    }\n  }\n}": typeof types.MakeDiffsDocument,
    "query Runs($first: Int, $after: String, $filter: RunFilterInput) {\n  runs(first: $first, after: $after, filter: $filter) {\n    nodes {\n      id\n      runId\n      codebase\n      campaign\n      source\n      version\n      resultCode\n      finishTime\n      baseline {\n        id\n        runId\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": typeof types.RunsDocument,
    "query Summary($old: ID!, $new: ID!) {\n  comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison {\n      id\n      summary {\n        __typename\n        ... on Summary {\n          verdict\n          findings(first: 20) {\n            totalCount\n            nodes {\n              rule\n              severity\n              package\n              path\n              message\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n          retryAfterMs\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n      retryAfterMs\n    }\n  }\n}": typeof types.SummaryDocument,
};
const documents: Documents = {
    "subscription Job($jobId: ID!) {\n  precacheJob(jobId: $jobId) {\n    __typename\n    ... on PrecacheJob {\n      id\n      jobId\n      status\n      progress\n      step\n      failure\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}": types.JobDocument,
    "mutation MakeDiffs($input: MakeDiffsInput!) {\n  makeDiffs(input: $input) {\n    __typename\n    ... on MakeDiffsPayload {\n      comparison {\n        id\n        summary {\n          __typename\n          ... on Summary {\n            verdict\n          }\n        }\n      }\n      job {\n        id\n        jobId\n        status\n      }\n      errors {\n        __typename\n        ... on Error {\n          message\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n      retryAfterMs\n    }\n  }\n}": types.MakeDiffsDocument,
    "query Runs($first: Int, $after: String, $filter: RunFilterInput) {\n  runs(first: $first, after: $after, filter: $filter) {\n    nodes {\n      id\n      runId\n      codebase\n      campaign\n      source\n      version\n      resultCode\n      finishTime\n      baseline {\n        id\n        runId\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": types.RunsDocument,
    "query Summary($old: ID!, $new: ID!) {\n  comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison {\n      id\n      summary {\n        __typename\n        ... on Summary {\n          verdict\n          findings(first: 20) {\n            totalCount\n            nodes {\n              rule\n              severity\n              package\n              path\n              message\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n          retryAfterMs\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n      retryAfterMs\n    }\n  }\n}": types.SummaryDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription Job($jobId: ID!) {\n  precacheJob(jobId: $jobId) {\n    __typename\n    ... on PrecacheJob {\n      id\n      jobId\n      status\n      progress\n      step\n      failure\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}"): typeof import('./graphql.ts').JobDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation MakeDiffs($input: MakeDiffsInput!) {\n  makeDiffs(input: $input) {\n    __typename\n    ... on MakeDiffsPayload {\n      comparison {\n        id\n        summary {\n          __typename\n          ... on Summary {\n            verdict\n          }\n        }\n      }\n      job {\n        id\n        jobId\n        status\n      }\n      errors {\n        __typename\n        ... on Error {\n          message\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n      retryAfterMs\n    }\n  }\n}"): typeof import('./graphql.ts').MakeDiffsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Runs($first: Int, $after: String, $filter: RunFilterInput) {\n  runs(first: $first, after: $after, filter: $filter) {\n    nodes {\n      id\n      runId\n      codebase\n      campaign\n      source\n      version\n      resultCode\n      finishTime\n      baseline {\n        id\n        runId\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"): typeof import('./graphql.ts').RunsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Summary($old: ID!, $new: ID!) {\n  comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison {\n      id\n      summary {\n        __typename\n        ... on Summary {\n          verdict\n          findings(first: 20) {\n            totalCount\n            nodes {\n              rule\n              severity\n              package\n              path\n              message\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n          retryAfterMs\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n      retryAfterMs\n    }\n  }\n}"): typeof import('./graphql.ts').SummaryDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
