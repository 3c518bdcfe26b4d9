/** Reads campaigns from the state, for GraphQL and REST. */
import type { RulesEntry } from '../diff/rules-file/parse-rules-file.ts'
import type { RulesFile } from '../diff/rules-file/rules-file.ts'
import { CampaignNotFoundError, UsageError } from '../errors.ts'
import {
  type CampaignOverview,
  type Cluster,
  type ClusterCursor,
  countClusters,
  findCampaign,
  type KindCount,
  listCampaigns,
  listClusters,
  namedCounts,
  type RuleCount,
  rulesOfCampaigns,
} from '../state/campaign-queries.ts'
import {
  type ComparisonCursor,
  type ComparisonFilter,
  countComparisons,
  listComparisons,
  type MatchingComparison,
} from '../state/matching-comparisons.ts'
import {
  countSummarisedRuns,
  listSummarisedRuns,
  type SummarisedRun,
  type SummarisedRunFilter,
  type SummarisedRunPage,
} from '../state/matching-runs.ts'
import { countOutdated, isOutdated, type RulesInForce } from '../state/rules-in-force.ts'
import type { State } from '../state/state.ts'
import { storable } from '../state/storable.ts'

export type RuleOrder = 'MOST_COMMON' | 'RAREST'

/** The first items of a list, and whether more follow. */
export interface FirstItems<T> {
  readonly items: readonly T[]
  readonly hasNext: boolean
}

export interface FirstRequest {
  readonly first: number
  readonly after?: string | null | undefined
}

export interface ComparisonsRequest extends FirstRequest {
  readonly filter: ComparisonFilter
  /** Whether a run with several matching comparisons is listed once. */
  readonly distinctRuns?: boolean
}

export interface CampaignServiceOptions {
  readonly state: State
  /** What this process has not written yet. */
  readonly lag: { readonly lagSeconds: number }
  readonly rules: RulesInForce
  /** Null if none is configured. */
  readonly rulesFile: Pick<RulesFile, 'expectationsOf'> | null
}

/**
 * Every method that reads throws StateNotConfiguredError without a state, DatabaseUnavailableError if it does not answer,
 * OverloadedError if the client has too many queries waiting, and UsageError for an invalid cursor. `client` is the
 * address of the client.
 */
export class CampaignService {
  readonly #options: CampaignServiceOptions
  readonly #state: State

  constructor(options: CampaignServiceOptions) {
    this.#options = options
    this.#state = options.state
  }

  /** How long the oldest summary of this process has waited to be seen in campaigns. */
  get lagSeconds(): number {
    return this.#options.lag.lagSeconds
  }

  /** How many comparisons other rules have judged than those in force. They are made anew in the background. */
  outdatedIn({ rules }: CampaignOverview): number {
    return countOutdated(rules, this.#options.rules)
  }

  /** Whether other rules have judged a comparison than those in force. */
  isOutdated(comparison: Pick<MatchingComparison, 'verdict' | 'rulesVersion' | 'rulesFile'>): boolean {
    return isOutdated(comparison, this.#options.rules)
  }

  /** What the rules file expects of a campaign, in the order of the file. */
  expectationsOf(campaign: string): readonly RulesEntry[] {
    return this.#options.rulesFile?.expectationsOf(campaign) ?? []
  }

  /** Campaigns by name; a cursor is the name. */
  async list({ first, after }: FirstRequest, client: string): Promise<FirstItems<CampaignOverview>> {
    const name = after == null ? undefined : storable(after)
    const page = { limit: first + 1, after: name }
    return firstItems(await this.#state.query('list', client, (db) => listCampaigns(db, page)), first)
  }

  /** @throws CampaignNotFoundError */
  async find(name: string, client: string): Promise<CampaignOverview> {
    const found = await this.#state.query('list', client, (db) => findCampaign(db, storable(name)))
    if (!found) throw new CampaignNotFoundError(name)
    return found
  }

  /** All sums of each campaign that are not about rules or verdicts. */
  counts(campaigns: Campaigns, client: string): Promise<KindCount[][]> {
    const kinds = ['failure', 'noise', 'package', 'size', 'undecided', 'omitted'] as const
    return this.#state.query('list', client, (db) => namedCounts(db, idsOf(campaigns), kinds))
  }

  rules(campaigns: Campaigns, order: RuleOrder, client: string): Promise<RuleCount[][]> {
    return this.#state.query('list', client, (db) => rulesOfCampaigns(db, idsOf(campaigns), order))
  }

  async clusters(
    campaigns: Campaigns,
    { first, after }: FirstRequest,
    client: string,
  ): Promise<FirstItems<Cluster>[]> {
    const page = { limit: first + 1, after: after == null ? undefined : parseClusterCursor(after) }
    const found = await this.#state.query('list', client, (db) => listClusters(db, idsOf(campaigns), page))
    return found.map((items) => firstItems(items, first))
  }

  countClusters(campaigns: Campaigns, client: string): Promise<number[]> {
    return this.#state.query('list', client, (db) => countClusters(db, idsOf(campaigns)))
  }

  async comparisons(
    campaigns: Campaigns,
    { first, after, filter, distinctRuns }: ComparisonsRequest,
    client: string,
  ): Promise<FirstItems<MatchingComparison>[]> {
    const options = {
      limit: first + 1,
      after: after == null ? undefined : parseCursor(after),
      ...(distinctRuns && { distinctRuns }),
    }
    const found = await this.#state.query('list', client, (db) =>
      listComparisons(db, idsOf(campaigns), filter, options),
    )
    return found.map((items) => firstItems(items, first))
  }

  countComparisons(campaigns: Campaigns, filter: ComparisonFilter, client: string): Promise<number[]> {
    return this.#state.query('list', client, (db) => countComparisons(db, idsOf(campaigns), filter))
  }

  /** Runs of any campaign by what their summaries say. */
  runs(filter: SummarisedRunFilter, page: SummarisedRunPage, client: string): Promise<SummarisedRun[]> {
    return this.#state.query('list', client, (db) => listSummarisedRuns(db, storableFilter(filter), page))
  }

  countRuns(filter: SummarisedRunFilter, client: string): Promise<number> {
    return this.#state.query('list', client, (db) => countSummarisedRuns(db, storableFilter(filter)))
  }
}

/** What a method reads of several campaigns takes one statement, and is in their order. */
type Campaigns = readonly Pick<CampaignOverview, 'id'>[]

function idsOf(campaigns: Campaigns): number[] {
  return campaigns.map(({ id }) => id)
}

/** @param items one more than is wanted, which shows that there are more */
function firstItems<T>(items: readonly T[], first: number): FirstItems<T> {
  return { items: items.slice(0, first), hasNext: items.length > first }
}

function storableFilter({ campaign, codebase, ...filter }: SummarisedRunFilter): SummarisedRunFilter {
  return {
    ...filter,
    ...(campaign && { campaign: campaign.map(storable) }),
    ...(codebase && { codebase: codebase.map(storable) }),
  }
}

export function clusterCursor({ comparisons, signature }: ClusterCursor): string {
  return `${comparisons}.${signature}`
}

export function comparisonCursor({ cursor: { finishedMs, id } }: MatchingComparison): string {
  return `${finishedMs}.${id}`
}

function parseClusterCursor(text: string): ClusterCursor {
  const [, comparisons, signature] = /^(\d{1,9})\.(-?\d{1,19})$/.exec(text) ?? []
  if (comparisons === undefined || signature === undefined || !isSignature(signature)) throw invalidCursor()
  return { comparisons: Number(comparisons), signature }
}

function parseCursor(text: string): ComparisonCursor {
  const [, finishedMs, id] = /^(-?\d{1,15})\.(\d{1,15})$/.exec(text) ?? []
  if (finishedMs === undefined || id === undefined) throw invalidCursor()
  return { finishedMs: Number(finishedMs), id: Number(id) }
}

/** Whether a text is a signed 64-bit number. */
export function isSignature(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
}

function invalidCursor(): UsageError {
  return new UsageError('"after" is not a cursor of this list; take one from pageInfo.endCursor')
}
