/** Loaders for fields of campaigns: for a list of campaigns, each field takes one statement. */
import DataLoader from 'dataloader'
import type { Database } from '../db/database.ts'
import { countRunsOfCampaigns } from '../db/runs.ts'
import type { CampaignService, ListPart, PartRequest, RuleOrder } from '../services/campaign-service.ts'
import type { CampaignOverview, Cluster, KindCount, RuleCount } from '../state/campaign-queries.ts'
import type { ComparisonFilter } from '../state/comparison-filter.ts'
import type { MatchingComparison } from '../state/matching-comparisons.ts'

/** A field of a campaign, with its arguments. */
interface FieldOf<Args> {
  readonly campaign: CampaignOverview
  readonly args: Args
}

type FieldLoader<Args, Value> = DataLoader<FieldOf<Args>, Value, string>

export interface CampaignLoaders {
  /** By name; null for a campaign that the state does not know. */
  readonly named: DataLoader<string, CampaignOverview | null>
  readonly runCount: FieldLoader<null, number>
  readonly counts: FieldLoader<null, readonly KindCount[]>
  readonly rules: FieldLoader<RuleOrder, readonly RuleCount[]>
  readonly clusters: FieldLoader<PartRequest, ListPart<Cluster>>
  readonly clusterCount: FieldLoader<null, number>
  readonly comparisons: FieldLoader<
    PartRequest & { readonly filter: ComparisonFilter },
    ListPart<MatchingComparison>
  >
  readonly comparisonCount: FieldLoader<ComparisonFilter, number>
}

/** @param client address of the client, for limits per client */
export function createCampaignLoaders(
  { campaigns, database }: { readonly campaigns: CampaignService; readonly database: Database },
  client: string,
): CampaignLoaders {
  return {
    named: new DataLoader((names) => campaigns.findAll(names, client)),
    runCount: loaderOf((all) =>
      countRunsOfCampaigns(
        database.for('list', client),
        all.map(({ name }) => name),
      ),
    ),
    counts: loaderOf((all) => campaigns.counts(all, client)),
    rules: loaderOf((all, order) => campaigns.rules(all, order, client)),
    clusters: loaderOf((all, page) => campaigns.clusters(all, page, client)),
    clusterCount: loaderOf((all) => campaigns.countClusters(all, client)),
    comparisons: loaderOf((all, page) => campaigns.comparisons(all, page, client)),
    comparisonCount: loaderOf((all, filter) => campaigns.countComparisons(all, filter, client)),
  }
}

/** Loads the same field of several campaigns together, if its arguments are the same. */
function loaderOf<Args, Value>(
  load: (campaigns: readonly CampaignOverview[], args: Args) => Promise<readonly Value[]>,
): FieldLoader<Args, Value> {
  return new DataLoader(
    async (fields: readonly FieldOf<Args>[]) => {
      const values = new Map<FieldOf<Args>, Value | Error>()
      const groups = new Map<string, FieldOf<Args>[]>()
      for (const field of fields) {
        const key = JSON.stringify(field.args)
        groups.set(key, [...(groups.get(key) ?? []), field])
      }
      await Promise.all(
        [...groups.values()].map(async (group) => {
          const found = await load(
            group.map(({ campaign }) => campaign),
            (group[0] as FieldOf<Args>).args,
          ).catch((error: Error) => error)
          for (const [index, field] of group.entries())
            values.set(field, found instanceof Error ? found : (found[index] as Value))
        }),
      )
      return fields.map((field) => values.get(field) as Value | Error)
    },
    { cacheKeyFn: ({ campaign, args }) => JSON.stringify([campaign.id, args]) },
  )
}
