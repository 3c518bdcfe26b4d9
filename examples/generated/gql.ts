/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

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
    "query Comparison($old: String!, $new: String!) {\n  comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison {\n      old {\n        version\n        campaign\n      }\n      new {\n        version\n        campaign\n      }\n      binaryChanges {\n        ... on BinaryChangeList {\n          nodes {\n            kind\n            old {\n              filename\n              size\n            }\n            new {\n              filename\n              size\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n      debdiff(mode: WAIT, filterBoring: true) {\n        __typename\n        ... on Debdiff {\n          isEmpty\n          sections {\n            __typename\n            title\n            ... on DebdiffControlFields {\n              fields {\n                name\n                old\n                new\n              }\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n      diffoscope(mode: WAIT) {\n        __typename\n        ... on Diffoscope {\n          complete\n          stat {\n            nodes\n            hunks\n            added\n            removed\n          }\n          html {\n            url\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}": typeof types.ComparisonDocument,
    "query Runs($campaign: String, $after: String) {\n  runs(filter: {campaign: $campaign}, first: 20, after: $after) {\n    ... on RunConnection {\n      nodes {\n        runId\n        source\n        version\n        successful\n        finishTime\n        baseline {\n          runId\n          version\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}": typeof types.RunsDocument,
};
const documents: Documents = {
    "query Comparison($old: String!, $new: String!) {\n  comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison {\n      old {\n        version\n        campaign\n      }\n      new {\n        version\n        campaign\n      }\n      binaryChanges {\n        ... on BinaryChangeList {\n          nodes {\n            kind\n            old {\n              filename\n              size\n            }\n            new {\n              filename\n              size\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n      debdiff(mode: WAIT, filterBoring: true) {\n        __typename\n        ... on Debdiff {\n          isEmpty\n          sections {\n            __typename\n            title\n            ... on DebdiffControlFields {\n              fields {\n                name\n                old\n                new\n              }\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n      diffoscope(mode: WAIT) {\n        __typename\n        ... on Diffoscope {\n          complete\n          stat {\n            nodes\n            hunks\n            added\n            removed\n          }\n          html {\n            url\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}": types.ComparisonDocument,
    "query Runs($campaign: String, $after: String) {\n  runs(filter: {campaign: $campaign}, first: 20, after: $after) {\n    ... on RunConnection {\n      nodes {\n        runId\n        source\n        version\n        successful\n        finishTime\n        baseline {\n          runId\n          version\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}": types.RunsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Comparison($old: String!, $new: String!) {\n  comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison {\n      old {\n        version\n        campaign\n      }\n      new {\n        version\n        campaign\n      }\n      binaryChanges {\n        ... on BinaryChangeList {\n          nodes {\n            kind\n            old {\n              filename\n              size\n            }\n            new {\n              filename\n              size\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n      debdiff(mode: WAIT, filterBoring: true) {\n        __typename\n        ... on Debdiff {\n          isEmpty\n          sections {\n            __typename\n            title\n            ... on DebdiffControlFields {\n              fields {\n                name\n                old\n                new\n              }\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n      diffoscope(mode: WAIT) {\n        __typename\n        ... on Diffoscope {\n          complete\n          stat {\n            nodes\n            hunks\n            added\n            removed\n          }\n          html {\n            url\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}"): (typeof documents)["query Comparison($old: String!, $new: String!) {\n  comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison {\n      old {\n        version\n        campaign\n      }\n      new {\n        version\n        campaign\n      }\n      binaryChanges {\n        ... on BinaryChangeList {\n          nodes {\n            kind\n            old {\n              filename\n              size\n            }\n            new {\n              filename\n              size\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n      debdiff(mode: WAIT, filterBoring: true) {\n        __typename\n        ... on Debdiff {\n          isEmpty\n          sections {\n            __typename\n            title\n            ... on DebdiffControlFields {\n              fields {\n                name\n                old\n                new\n              }\n            }\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n      diffoscope(mode: WAIT) {\n        __typename\n        ... on Diffoscope {\n          complete\n          stat {\n            nodes\n            hunks\n            added\n            removed\n          }\n          html {\n            url\n          }\n        }\n        ... on Error {\n          message\n          retryable\n        }\n      }\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Runs($campaign: String, $after: String) {\n  runs(filter: {campaign: $campaign}, first: 20, after: $after) {\n    ... on RunConnection {\n      nodes {\n        runId\n        source\n        version\n        successful\n        finishTime\n        baseline {\n          runId\n          version\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}"): (typeof documents)["query Runs($campaign: String, $after: String) {\n  runs(filter: {campaign: $campaign}, first: 20, after: $after) {\n    ... on RunConnection {\n      nodes {\n        runId\n        source\n        version\n        successful\n        finishTime\n        baseline {\n          runId\n          version\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n    ... on Error {\n      message\n      retryable\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;