/** Reads campaigns from the state, for GraphQL and REST. */
import type { RulesEntry } from '../diff/rules-file/parse-rules-file.ts'
import type { RulesFile } from '../diff/rules-file/rules-file.ts'
import { CampaignNotFoundError, UsageError } from '../errors.ts'
import {
  type CampaignOverview,
  type Cluster,
  type ClusterCursor,
  countClusters,
  findCampaigns,
  type KeysetPage,
  type KindCount,
  listCampaigns,
  listClusters,
  namedCounts,
  type RuleCount,
  rulesOfCampaigns,
} from '../state/campaign-queries.ts'
import type { ComparisonFilter } from '../state/comparison-filter.ts'
import {
  type ComparisonCursor,
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

/** Some items of a list, in its order, and whether others come before and after them. */
export interface ListPart<T> {
  readonly items: readonly T[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

/** The first items after a cursor and before another; with `isBackward`, the last ones. */
export interface PartRequest {
  readonly count: number
  readonly after?: string | null | undefined
  readonly before?: string | null | undefined
  readonly isBackward?: boolean
}

export interface ComparisonsRequest extends PartRequest {
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
  async list(request: PartRequest, client: string): Promise<ListPart<CampaignOverview>> {
    const page = keysetPage(request, (name) => storable(name))
    return listPart(await this.#state.query('list', client, (db) => listCampaigns(db, page)), request)
  }

  /** @throws CampaignNotFoundError */
  async find(name: string, client: string): Promise<CampaignOverview> {
    const [found] = await this.findAll([name], client)
    if (!found) throw new CampaignNotFoundError(name)
    return found
  }

  /** In the order of the names; null for those that the state does not know. */
  findAll(names: readonly string[], client: string): Promise<(CampaignOverview | null)[]> {
    return this.#state.query('list', client, (db) => findCampaigns(db, names.map(storable)))
  }

  /** All sums of each campaign that are not about rules or verdicts. */
  counts(campaigns: Campaigns, client: string): Promise<KindCount[][]> {
    const kinds = ['failure', 'noise', 'package', 'size', 'undecided', 'omitted'] as const
    return this.#state.query('list', client, (db) => namedCounts(db, idsOf(campaigns), kinds))
  }

  rules(campaigns: Campaigns, order: RuleOrder, client: string): Promise<RuleCount[][]> {
    return this.#state.query('list', client, (db) => rulesOfCampaigns(db, idsOf(campaigns), order))
  }

  async clusters(campaigns: Campaigns, request: PartRequest, client: string): Promise<ListPart<Cluster>[]> {
    const page = keysetPage(request, parseClusterCursor)
    const found = await this.#state.query('list', client, (db) => listClusters(db, idsOf(campaigns), page))
    return found.map((items) => listPart(items, request))
  }

  countClusters(campaigns: Campaigns, client: string): Promise<number[]> {
    return this.#state.query('list', client, (db) => countClusters(db, idsOf(campaigns)))
  }

  async comparisons(
    campaigns: Campaigns,
    { filter, distinctRuns, ...request }: ComparisonsRequest,
    client: string,
  ): Promise<ListPart<MatchingComparison>[]> {
    const options = { ...keysetPage(request, parseCursor), ...(distinctRuns && { distinctRuns }) }
    const found = await this.#state.query('list', client, (db) =>
      listComparisons(db, idsOf(campaigns), filter, options),
    )
    return found.map((items) => listPart(items, request))
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

/** One item more than is wanted shows whether there are more. @throws UsageError for an invalid cursor */
function keysetPage<Cursor>(
  { count, after, before, isBackward = false }: PartRequest,
  parse: (cursor: string, argument: string) => Cursor,
): KeysetPage<Cursor> {
  return {
    limit: count + 1,
    isBackward,
    after: after == null ? undefined : parse(after, 'after'),
    before: before == null ? undefined : parse(before, 'before'),
  }
}

/** @param items what `keysetPage` asked for */
function listPart<T>(items: readonly T[], { count, after, before, isBackward }: PartRequest): ListPart<T> {
  const hasMore = items.length > count
  const isEmpty = items.length === 0
  return isBackward
    ? { items: items.slice(-count), hasNext: before != null && !isEmpty, hasPrevious: hasMore }
    : { items: items.slice(0, count), hasNext: hasMore, hasPrevious: after != null && !isEmpty }
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

function parseClusterCursor(text: string, argument: string): ClusterCursor {
  const [, comparisons, signature] = /^(\d{1,9})\.(-?\d{1,19})$/.exec(text) ?? []
  if (comparisons === undefined || signature === undefined || !isSignature(signature))
    throw invalidCursor(argument)
  return { comparisons: Number(comparisons), signature }
}

function parseCursor(text: string, argument: string): ComparisonCursor {
  const [, finishedMs, id] = /^(-?\d{1,15})\.(\d{1,15})$/.exec(text) ?? []
  if (finishedMs === undefined || id === undefined) throw invalidCursor(argument)
  return { finishedMs: Number(finishedMs), id: Number(id) }
}

/** Whether a text is a signed 64-bit number. */
export function isSignature(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
}

function invalidCursor(argument: string): UsageError {
  return new UsageError(`"${argument}" is not a cursor of this list; take one from pageInfo or an edge`)
}
