/** What GraphiQL shows first: examples/operations, which work on the sample runs. Written by `npm run codegen`. */
export const EXAMPLE_TABS: { query: string; variables?: string }[] = [
  {
    query:
      '# What a change does to the packages. Each thing that can fail is a union: what was asked for, or an error that says why not.\n# Variables: {"old": "teatime-unchanged", "new": "teatime-lintian-fixes", "mode": "WAIT"}\nquery Comparison($old: String!, $new: String!, $mode: DiffMode! = CACHED_ONLY) {\n  comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison {\n      old { runId version campaign }\n      new { runId version campaign }\n      binaryChanges {\n        ... on BinaryChangeList { nodes { kind old { filename size } new { filename size } } }\n        ... on Error { message retryable }\n      }\n      debdiff(mode: $mode, filterBoring: true) {\n        __typename\n        ... on Debdiff {\n          isEmpty\n          sections {\n            __typename\n            title\n            ... on DebdiffControlFields { package fields { name old new } }\n            ... on DebdiffFileList { change totalCount files { path mode owner group } }\n          }\n          text { url }\n        }\n        ... on DiffNotReadyError { job { jobId status progress } }\n        ... on Error { message retryable }\n      }\n      diffoscope(mode: $mode) {\n        __typename\n        ... on Diffoscope {\n          complete\n          stat { nodes hunks added removed }\n          html { url }\n        }\n        ... on DiffNotReadyError { job { jobId status progress } }\n        ... on Error { message retryable }\n      }\n    }\n    ... on Error { message retryable }\n  }\n}\n',
    variables: '{\n  "old": "teatime-unchanged",\n  "new": "teatime-lintian-fixes",\n  "mode": "WAIT"\n}',
  },
  {
    query:
      '# Whoever asks only for the happy type gets an empty object where it failed; whoever wants to know asks for `Error`, and for the fields of each kind.\n# Variables: {"old": "teatime-unchanged", "new": "no-such-run"}\nquery Errors($old: String!, $new: String!) {\n  happy: comparison(old: $old, new: $new) {\n    ... on Comparison { id }\n  }\n  careful: comparison(old: $old, new: $new) {\n    __typename\n    ... on Comparison { id }\n    ... on RunNotFoundError { runId }\n    ... on RunNotSuccessfulError { runId resultCode }\n    ... on Error { message retryable }\n  }\n  several: comparisons(pairs: [{ old: $old, new: $old }, { old: $old, new: $new }]) {\n    __typename\n    ... on Comparison { new { runId } }\n    ... on Error { message }\n  }\n}\n',
    variables: '{\n  "old": "teatime-unchanged",\n  "new": "no-such-run"\n}',
  },
  {
    query:
      '# What differs in one thing of the tree, side by side: a few hunks at a time, of a long one its first rows. `path` are the names from the package down; `node(id:)` takes the id of a node instead.\n# Variables: {"old": "teatime-unchanged", "new": "teatime-lintian-fixes", "path": ["teatime_1.4-2~jan+lint1_all.deb", "control.tar.gz", "control.tar", "./control"]}\nquery Hunks($old: String!, $new: String!, $path: [String!]!, $after: String) {\n  comparison(old: $old, new: $new) {\n    ... on Comparison {\n      diffoscope {\n        ... on Diffoscope {\n          node(path: $path) {\n            id\n            hunks(first: 5, after: $after) {\n              totalCount\n              nodes {\n                header\n                added\n                removed\n                rows(first: 100) {\n                  nodes {\n                    kind\n                    old { oldNumber text segments { changed text } }\n                    new { newNumber text segments { changed text } }\n                  }\n                  pageInfo { hasNextPage endCursor }\n                }\n              }\n              pageInfo { hasNextPage endCursor }\n            }\n          }\n        }\n        ... on Error { message retryable }\n      }\n    }\n    ... on Error { message retryable }\n  }\n}\n',
    variables:
      '{\n  "old": "teatime-unchanged",\n  "new": "teatime-lintian-fixes",\n  "path": [\n    "teatime_1.4-2~jan+lint1_all.deb",\n    "control.tar.gz",\n    "control.tar",\n    "./control"\n  ]\n}',
  },
  {
    query:
      '# Makes both diffs of a pair in the background. Asking twice is one job. Where the service has a token, send it: {"authorization": "Bearer TOKEN"}.\n# Variables: {"old": "teatime-unchanged", "new": "teatime-lintian-fixes"}\nmutation Precache($old: String!, $new: String!) {\n  precache(old: $old, new: $new) {\n    __typename\n    ... on PrecacheJob { jobId status progress }\n    ... on Error { message retryable }\n  }\n}\n',
    variables: '{\n  "old": "teatime-unchanged",\n  "new": "teatime-lintian-fixes"\n}',
  },
  {
    query:
      '# Each change of a job, the state of this moment first; the end of the subscription is the end of the job. `jobId` is what "Precache" answers.\nsubscription Progress($jobId: String!) {\n  precacheJob(id: $jobId) {\n    __typename\n    ... on PrecacheJob {\n      jobId\n      status\n      progress\n      step\n      attempts\n      cached\n      error { __typename ... on Error { message retryable } }\n    }\n    ... on Error { message retryable }\n  }\n}\n',
  },
  {
    query:
      '# The newest runs, page by page, each with the run that it is to be compared with and whether that diff is there already. It costs a handful of SQL statements, however many runs.\n# Variables: {"first": 20}\nquery Runs($first: Int! = 20, $after: String, $filter: RunFilterInput) {\n  runs(first: $first, after: $after, filter: $filter) {\n    ... on RunConnection {\n      totalCount\n      nodes {\n        runId\n        codebase\n        campaign\n        source\n        version\n        successful\n        finishTime\n        comparisonWithBaseline {\n          old { runId version }\n          diffoscope {\n            __typename\n            ... on Diffoscope { stat { nodes added removed } }\n            ... on DiffNotReadyError { job { status progress } }\n          }\n        }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n    ... on Error { message retryable }\n  }\n}\n',
    variables: '{\n  "first": 20\n}',
  },
  {
    query:
      '# The tree of a report as one list, page by page: what is nested comes right behind its parent. Ask for a report that is cached (the tab "Comparison" makes one).\n# Variables: {"old": "teatime-unchanged", "new": "teatime-lintian-fixes", "first": 20}\nquery Tree($old: String!, $new: String!, $first: Int! = 50, $after: String, $maxDepth: Int, $pathGlob: String) {\n  comparison(old: $old, new: $new) {\n    ... on Comparison {\n      diffoscope(filterBoring: true) {\n        ... on Diffoscope {\n          stat { nodes hunks added removed }\n          hidden { nodes hunks added removed }\n          nodes(first: $first, after: $after, maxDepth: $maxDepth, pathGlob: $pathGlob) {\n            totalCount\n            nodes { id depth source1 source2 comments stat { nodes added removed } ownStat { hunks added removed } }\n            pageInfo { hasNextPage endCursor }\n          }\n        }\n        ... on Error { message retryable }\n      }\n    }\n    ... on Error { message retryable }\n  }\n}\n',
    variables: '{\n  "old": "teatime-unchanged",\n  "new": "teatime-lintian-fixes",\n  "first": 20\n}',
  },
]
