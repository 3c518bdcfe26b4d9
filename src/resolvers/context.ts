import type DataLoader from 'dataloader'
import type { ArtifactStore } from '../artifacts/store.ts'
import type { Database } from '../db/database.ts'
import type { RecentRuns } from '../db/recent-runs.ts'
import type { StoredResult } from '../diff/stored/stored-diffs.ts'
import type { PrecacheJob, PrecacheQueue } from '../jobs/queue.ts'
import type { Binary, DiffKind, ResultKind, Run, RunPair } from '../model.ts'
import type { ByteAccount } from '../requests/byte-budget.ts'
import type { CampaignService } from '../services/campaign-service.ts'
import type { DiffService } from '../services/diff-service.ts'
import type { PrecacheService } from '../services/precache-service.ts'
import type { ReadyComparisons } from '../services/ready-comparisons.ts'
import type { CampaignLoaders } from './campaign-loaders.ts'
import type { OpenReports } from './open-reports.ts'
import type { SubscriptionCounter } from './subscription-counter.ts'

/** The parts of the service that resolvers use. They live as long as the service. */
export interface Services {
  readonly database: Database
  readonly recentRuns: RecentRuns
  readonly artifacts: ArtifactStore
  readonly diffService: DiffService
  readonly queue: PrecacheQueue
  readonly precacheService: PrecacheService
  readonly campaigns: CampaignService
  readonly ready: ReadyComparisons
  readonly subscriptions: SubscriptionCounter
  readonly facts: ServiceFacts
  /** URL of this service for clients, without a trailing slash: `http://localhost:9920`. */
  readonly baseUrl: string
  /** Path part of `baseUrl`: empty, or like `/differ`. */
  readonly basePath: string
}

/** What clients can know about the service. */
export interface ServiceFacts {
  /** The tools with their versions, null if a tool printed none. */
  readonly tools: (signal: AbortSignal) => Promise<readonly { kind: DiffKind; version: string | null }[]>
  readonly tokenRequired: boolean
  readonly queue: 'IN_PROCESS' | 'REDIS'
  /** See the setting `runUrl`. */
  readonly runUrl: string | null
  readonly limits: ComplexityLimits & { readonly bytes: number; readonly timeoutMs: number }
}

/** What is known about a request before its operation begins. */
export interface RequestContext {
  readonly services: Services
  /** Address of the client, for limits per client. */
  readonly client: string
  /** Whether the client may start work: it sent the token, or the service has none. */
  readonly authorized: boolean
  /** The origin of the page of another site that sent the request; null if no such page did. */
  readonly foreignOrigin: string | null
  /** Aborts when the client disconnects; during an operation, when that operation ends for any reason. */
  readonly signal: AbortSignal
  /** True for GET, which must not start work. */
  readonly readOnly: boolean
  readonly limits: ComplexityLimits
  /** Counts what the operation reads and returns. */
  readonly bytes: ByteAccount
}

/** What resolvers get for one operation. */
export interface Context extends RequestContext {
  readonly resources: Resources
}

/**
 * What an operation has loaded and opened. A query has one set of loaders and reports. Each field of a
 * mutation and each event of a subscription gets a new one, so it does not see what was true before.
 */
export interface Resources {
  readonly loaders: Loaders
  readonly reports: OpenReports
  /** Replaces the loaders and reports by new ones. Reports that are already open stay open. */
  renew(): void
  /** Closes all reports that the operation has opened so far. */
  close(): Promise<void>
}

/** How complex one operation may be. */
export interface ComplexityLimits {
  readonly depth: number
  /** Fields in the document; the fields of a fragment count wherever it is used. */
  readonly fields: number
  /** Fields in the response; expensive fields count as several. */
  readonly cost: number
}

export interface Loaders {
  /** Loads a run by its id; null for an unknown id. */
  readonly run: DataLoader<string, Run | null>
  /** Loads the baseline of a run; null if it has none. */
  readonly baseline: DataLoader<Run, Run | null>
  /** Lists the packages of a run. Throws the errors of `ArtifactStore.list`. */
  readonly binaries: DataLoader<string, readonly Binary[]>
  /** Looks a diff up in the cache; null if it is not cached. */
  readonly cachedDiff: DataLoader<DiffKey, StoredResult | null>
  readonly campaigns: CampaignLoaders
  /** Finds the running or ended job of a pair; null if there is none. */
  readonly job: DataLoader<RunPair, PrecacheJob | null>
}

export interface DiffKey {
  readonly kind: ResultKind
  readonly pair: RunPair
}
