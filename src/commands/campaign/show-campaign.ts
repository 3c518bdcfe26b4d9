/** `differ campaign`: asks a running service what the runs of a campaign do. */
import type { ServiceClient, Typed } from '../client/service-client.ts'
import { printable } from '../printable.ts'

export interface CampaignRequest {
  readonly name: string
  /** A `CampaignComparisonFilter`. */
  readonly filter: Readonly<Record<string, unknown>>
  readonly limit: number
  readonly json: boolean
}

const PAGE_SIZE = 100

const OVERVIEW = `query ($name: String!, $first: Int!) {
  campaign(name: $name) {
    __typename
    ... on Error { message retryable }
    ... on Campaign {
      comparisonCount failureCount undecidedComparisons outdatedComparisons lagSeconds
      verdicts { verdict comparisons }
      failures { error comparisons }
      rules { rule severity expected comparisons findings }
      clusters(first: $first) {
        nodes { clusterId comparisonCount verdict findings { rule severity expected path } }
        pageInfo { hasNextPage }
      }
    }
  }
}`

const COMPARISONS = `query ($name: String!, $filter: CampaignComparisonFilter, $first: Int!, $after: String) {
  campaign(name: $name) {
    __typename
    ... on Error { message retryable }
    ... on Campaign {
      comparisons(filter: $filter, first: $first, after: $after) {
        nodes { oldRunId newRunId codebase verdict failure bad verify info expected clusterId }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
}`

interface Overview extends Typed {
  readonly comparisonCount: number
  readonly failureCount: number
  readonly undecidedComparisons: number
  readonly outdatedComparisons: number
  readonly lagSeconds: number
  readonly verdicts: readonly { readonly verdict: string; readonly comparisons: number }[]
  readonly failures: readonly { readonly error: string; readonly comparisons: number }[]
  readonly rules: readonly RuleLine[]
  readonly clusters: {
    readonly nodes: readonly ClusterLine[]
    readonly pageInfo: { readonly hasNextPage: boolean }
  }
}

interface RuleLine {
  readonly rule: string
  readonly severity: string
  readonly expected: boolean
  readonly comparisons: number
  readonly findings: number
}

interface ClusterLine {
  readonly clusterId: string
  readonly comparisonCount: number
  readonly verdict: string
  readonly findings: readonly { readonly rule: string; readonly path: string }[]
}

interface Listed extends Typed {
  readonly comparisons: {
    readonly nodes: readonly ComparisonLine[]
    readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
  }
}

interface ComparisonLine {
  readonly oldRunId: string
  readonly newRunId: string
  readonly codebase: string
  readonly verdict: string | null
  readonly failure: string | null
  readonly bad: number
  readonly verify: number
  readonly info: number
  readonly expected: number
  readonly clusterId: string | null
}

/** Prints the campaign. @throws UsageError with the message of the service's error */
export async function showCampaign(client: ServiceClient, request: CampaignRequest): Promise<void> {
  const { filter, json } = request
  if (json) return printLines(client, request)
  if (Object.keys(filter).length > 0) return printRuns(client, request)
  return printOverview(client, request)
}

async function printOverview(client: ServiceClient, { name, limit }: CampaignRequest): Promise<void> {
  const first = Math.min(limit, PAGE_SIZE)
  const campaign = await client.request<Overview>(OVERVIEW, { name, first })
  console.log(`${printable(name)}: ${campaign.comparisonCount} comparisons with a verdict\n`)
  const { failures, verdicts, rules, clusters, undecidedComparisons } = campaign
  printTable(
    ['COMPARISONS', 'VERDICT'],
    [
      ...verdicts.map((one) => [one.comparisons, one.verdict]),
      ...failures.map((one) => [one.comparisons, `not made: ${one.error}`]),
    ],
  )
  if (undecidedComparisons > 0)
    console.log(`\nIn ${undecidedComparisons} comparisons something could not be compared.`)
  if (campaign.outdatedComparisons > 0)
    console.log(
      `\n${campaign.outdatedComparisons} comparisons were judged before the rules changed; they are made anew in the background.`,
    )
  if (campaign.lagSeconds >= 1) console.log(`\nThe numbers are ${Math.ceil(campaign.lagSeconds)} s behind.`)
  console.log('\nRules, the rarest first:\n')
  printTable(
    ['COMPARISONS', 'FINDINGS', 'SEVERITY', 'RULE'],
    rules
      .slice(0, limit)
      .map((one) => [
        one.comparisons,
        one.findings,
        one.severity,
        one.rule + (one.expected ? ' (expected)' : ''),
      ]),
  )
  if (rules.length > limit) console.log(`… and ${rules.length - limit} more rules`)
  console.log('\nRuns that do the same:\n')
  printTable(
    ['COMPARISONS', 'VERDICT', 'CLUSTER', 'FINDINGS OF ONE'],
    clusters.nodes.map((one) => [one.comparisonCount, one.verdict, one.clusterId, describe(one)]),
  )
  if (clusters.pageInfo.hasNextPage) console.log('… and smaller groups')
}

function describe({ findings }: ClusterLine): string {
  const texts = findings.slice(0, 3).map(({ rule, path }) => (path === '' ? rule : `${rule} ${path}`))
  return [...texts, ...(findings.length > 3 ? ['…'] : [])].join(', ') || 'none'
}

async function printRuns(client: ServiceClient, request: CampaignRequest): Promise<void> {
  const rows: (string | number)[][] = []
  let hasMore = false
  for await (const one of comparisons(client, request)) {
    hasMore = rows.length === request.limit
    if (hasMore) break
    rows.push([
      ...[one.verdict ?? `not made: ${one.failure}`, one.bad, one.verify, one.info, one.expected],
      ...[one.codebase, one.oldRunId, one.newRunId],
    ])
  }
  printTable(['VERDICT', 'BAD', 'VERIFY', 'INFO', 'EXPECTED', 'CODEBASE', 'OLD', 'NEW'], rows)
  if (hasMore) console.log('… and more; see --limit and --json')
}

async function printLines(client: ServiceClient, request: CampaignRequest): Promise<void> {
  for await (const one of comparisons(client, request)) console.log(JSON.stringify(one))
}

/** All comparisons that match, page by page. */
async function* comparisons(
  client: ServiceClient,
  { name, filter }: CampaignRequest,
): AsyncGenerator<ComparisonLine, void, void> {
  for (let after: string | null = null; ; ) {
    const page: Listed = await client.request(COMPARISONS, { name, filter, first: PAGE_SIZE, after })
    yield* page.comparisons.nodes
    after = page.comparisons.pageInfo.endCursor
    if (!page.comparisons.pageInfo.hasNextPage) return
  }
}

/** Aligns numbers to the right and texts to the left. The last column is not padded. */
function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  if (rows.length === 0) {
    console.log('None.')
    return
  }
  const lines = [head, ...rows].map((row) => row.map((one) => printable(String(one))))
  const widths = head.map((_, column) =>
    lines.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  )
  const isNumber = head.map((_, column) => rows.every((row) => typeof row[column] === 'number'))
  for (const row of lines) {
    const cells = row.map((text, column) =>
      isNumber[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0),
    )
    console.log(cells.join('  ').trimEnd())
  }
}
