import type { Severity, Verdict } from '../diff/summary/types.ts'
import { CampaignNotFoundError, QueryLimitError, StateNotConfiguredError, UsageError } from '../errors.ts'
import type { RunPair } from '../model.ts'
import { loadRunPair } from '../run-pair.ts'
import {
  clusterCursor,
  comparisonCursor,
  isSignature,
  type ListPart,
  type PartRequest,
  type RuleOrder,
} from '../services/campaign-service.ts'
import type { ReadyComparison } from '../services/ready-comparisons.ts'
import type { CampaignOverview, Cluster, KindCount, RuleCount } from '../state/campaign-queries.ts'
import type { ComparisonFilter } from '../state/comparison-filter.ts'
import type { MatchingComparison } from '../state/matching-comparisons.ts'
import type { Context } from './context.ts'
import type { ListPage, SliceRequest } from './list-page.ts'
import { countSubscription, type Watched, withErrorAsEvent } from './watched.ts'

/** Values of one condition of a filter. */
const MAX_VALUES = 100

type Optional<T> = T | null | undefined

/** A filter as clients send it: null means that a condition is not given. */
export interface ComparisonFilterArguments {
  readonly verdict?: Optional<readonly Verdict[]>
  readonly failed?: Optional<boolean>
  readonly rule?: Optional<readonly string[]>
  readonly severity?: Optional<readonly Severity[]>
  readonly package?: Optional<string>
  readonly path?: Optional<string>
  readonly expected?: Optional<boolean>
  readonly cluster?: Optional<string>
}

/** @throws as `CampaignService.list` */
export async function pageOfCampaigns(
  slice: SliceRequest,
  { services: { campaigns }, client }: Context,
): Promise<ListPage<CampaignOverview>> {
  return pageOf(await campaigns.list(partOf(slice), client), ({ name }) => name)
}

/** @throws CampaignNotFoundError; as `CampaignService.findAll` */
export async function loadCampaign(name: string, { resources }: Context): Promise<CampaignOverview> {
  const found = await resources.loaders.campaigns.named.load(name)
  if (!found) throw new CampaignNotFoundError(name)
  return found
}

/** Null for a campaign that is not known, and without a state. @throws DatabaseUnavailableError, OverloadedError */
export async function loadCampaignById(name: string, context: Context): Promise<CampaignOverview | null> {
  try {
    return await context.resources.loaders.campaigns.named.load(name)
  } catch (error) {
    if (error instanceof StateNotConfiguredError) return null
    throw error
  }
}

/** The sums of a campaign, read once for all its fields. */
export function countsOf(campaign: CampaignOverview, context: Context): Promise<readonly KindCount[]> {
  return context.resources.loaders.campaigns.counts.load({ campaign, args: null })
}

export function rulesOf(
  campaign: CampaignOverview,
  order: RuleOrder,
  { resources }: Context,
): Promise<readonly RuleCount[]> {
  return resources.loaders.campaigns.rules.load({ campaign, args: order })
}

/** Successful runs of the campaign, compared or not. @throws DatabaseUnavailableError */
export function countRunsOf(campaign: CampaignOverview, { resources }: Context): Promise<number> {
  return resources.loaders.campaigns.runCount.load({ campaign, args: null })
}

/** @throws as `CampaignService.clusters` */
export async function pageOfClusters(
  campaign: CampaignOverview,
  slice: SliceRequest,
  { resources }: Context,
): Promise<ListPage<Cluster>> {
  const { clusters, clusterCount } = resources.loaders.campaigns
  return {
    ...pageOf(await clusters.load({ campaign, args: partOf(slice) }), clusterCursor),
    totalCount: () => clusterCount.load({ campaign, args: null }),
  }
}

/** @throws UsageError and QueryLimitError for an invalid filter; as `CampaignService.comparisons` */
export async function pageOfComparisons(
  campaign: CampaignOverview,
  args: Optional<ComparisonFilterArguments>,
  slice: SliceRequest,
  { resources }: Context,
): Promise<ListPage<MatchingComparison>> {
  const { comparisons, comparisonCount } = resources.loaders.campaigns
  const filter = comparisonFilter(args ?? {})
  const part = await comparisons.load({ campaign, args: { ...partOf(slice), filter } })
  return {
    ...pageOf(part, comparisonCursor),
    totalCount: () => comparisonCount.load({ campaign, args: filter }),
  }
}

/**
 * Watches comparisons that become ready: see `ReadyComparisons.watch`.
 * @throws StateNotConfiguredError, OverloadedError
 */
export async function watchReady(
  {
    campaign,
    minimumSeverity,
  }: { readonly campaign?: Optional<string>; readonly minimumSeverity?: Optional<Severity> },
  context: Context,
): Promise<AsyncIterable<Watched<ReadyComparison>>> {
  countSubscription(context)
  const filter = { campaign: campaign ?? undefined, minimumSeverity: minimumSeverity ?? undefined }
  return withErrorAsEvent(context.services.ready.watch(filter, context.signal))
}

/** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
export function loadPairOf(
  { oldId, newId }: { readonly oldId: string; readonly newId: string },
  { resources }: Context,
): Promise<RunPair> {
  return loadRunPair(oldId, newId, (ids) => Promise.all(ids.map((id) => resources.loaders.run.load(id))))
}

/** @throws UsageError, QueryLimitError */
export function comparisonFilter(args: ComparisonFilterArguments): ComparisonFilter {
  const { verdict, failed, rule, severity, package: name, path, expected, cluster } = args
  if (failed != null && verdict != null)
    throw new UsageError(
      '"verdict" and the condition for summaries that failed exclude each other: leave one out',
    )
  if (cluster != null && !isSignature(cluster))
    throw new UsageError('"cluster" is not a cluster of a campaign; take one from Cluster.clusterId')
  for (const [field, values] of Object.entries({ verdict, rule, severity }))
    if (values && values.length > MAX_VALUES)
      throw new QueryLimitError(
        'FILTER_TOO_LARGE',
        MAX_VALUES,
        `"${field}" has ${values.length} values; at most ${MAX_VALUES} are allowed`,
      )
  return {
    ...(verdict != null && { verdict }),
    ...(failed != null && { verdict: failed ? [null] : ALL_VERDICTS }),
    ...(rule != null && { rule }),
    ...(severity != null && { severity }),
    ...(name != null && { package: name }),
    ...(path != null && { path }),
    ...(expected != null && { expected }),
    ...(cluster != null && { signature: cluster }),
  }
}

const ALL_VERDICTS: readonly Verdict[] = ['IDENTICAL', 'NOISE_ONLY', 'SUBSTANTIVE', 'UNDECIDED', 'EXPECTED']

function partOf({ count, after, before, isBackward }: SliceRequest): PartRequest {
  return { count, after, before, isBackward }
}

function pageOf<T>({ items, hasNext, hasPrevious }: ListPart<T>, cursorOf: (item: T) => string): ListPage<T> {
  return {
    edges: items.map((node) => ({ node, cursor: cursorOf(node) })),
    hasNextPage: hasNext,
    hasPreviousPage: hasPrevious,
    totalCount: null,
  }
}
