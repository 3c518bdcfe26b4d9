import type DataLoader from 'dataloader'
import type { ArtifactStore } from '../artifacts/store.ts'
import type { Database } from '../db/database.ts'
import type { RecentRuns } from '../db/recent-runs.ts'
import type { StoredDiff } from '../diff/stored-diff.ts'
import type { PrecacheJob, PrecacheQueue } from '../jobs/queue.ts'
import type { Binary, DiffKind, Run, RunPair } from '../model.ts'
import type { DiffService } from '../services/diff-service.ts'
import type { PrecacheService } from '../services/precache-service.ts'
import type { OpenReports } from './open-reports.ts'
import type { SubscriptionCounter } from './subscription-counter.ts'

/** What resolvers work with, for the life of the service. */
export interface Services {
  readonly database: Database
  readonly recentRuns: RecentRuns
  readonly artifacts: ArtifactStore
  readonly diffService: DiffService
  readonly queue: PrecacheQueue
  readonly precacheService: PrecacheService
  readonly subscriptions: SubscriptionCounter
  /** Where this service is reached, without a slash at the end: `http://localhost:9920`. */
  readonly baseUrl: string
  /** Its path: nothing, or like `/differ`. */
  readonly basePath: string
}

/** What resolvers work with for one operation. */
export interface Context {
  readonly services: Services
  readonly loaders: Loaders
  readonly reports: OpenReports
  /** Who asks, for limits: an address. */
  readonly client: string
  /** Whether work may be started: the token was shown, or there is none. */
  readonly authorized: boolean
  /** Aborts when the client has gone away; that of a subscription when it is over, for whatever reason. */
  readonly signal: AbortSignal
  /** Over GET nothing may be started. */
  readonly readOnly: boolean
  readonly limits: OperationLimits
}

/** What one operation may ask for. */
export interface OperationLimits {
  readonly depth: number
  /** Fields in the document, fragments put in wherever they are used. */
  readonly fields: number
  /** Fields in the answer at most, dear ones counted several times. */
  readonly cost: number
}

export interface Loaders {
  /** Null for an unknown id. */
  readonly run: DataLoader<string, Run | null>
  /** The run that a run is to be compared with. */
  readonly baseline: DataLoader<Run, Run | null>
  /** A run's packages; fails as `ArtifactStore.list`. */
  readonly binaries: DataLoader<string, readonly Binary[]>
  /** Null where it is not cached. */
  readonly cachedDiff: DataLoader<DiffKey, StoredDiff | null>
  /** The job of a pair's diffs, an ended one too; null where there is none. */
  readonly job: DataLoader<RunPair, PrecacheJob | null>
}

export interface DiffKey {
  readonly kind: DiffKind
  readonly pair: RunPair
}
