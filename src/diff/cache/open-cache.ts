/** Creates a cache with its two tiers, and the bucket behind it. */
import { join } from 'node:path'
import { type InstanceDir, ownDir } from '../tools/instance-dir.ts'
import { AccessTimes } from './access-times.ts'
import { type CacheTier, DiffCache, type DiffCacheOptions } from './diff-cache.ts'
import { type CacheFormat, EntryStore, type EntryStoreOptions } from './entry-store.ts'
import { type Bounds, Evictor, type EvictorOptions } from './evictor.ts'
import { SharedEntries, type SharedEntriesOptions } from './shared/shared-entries.ts'

export interface OpenCacheOptions extends Pick<EvictorOptions, 'onEvicted' | 'onFailed'> {
  readonly root: string
  readonly bounds: Bounds
  readonly format?: CacheFormat
  /** For diffs being written: private to this process, on the file system of the cache. */
  readonly incomingDir: InstanceDir
  /** Private to this process. Holds the fallback for the time when the cache's disk cannot be written. */
  readonly tempDir: InstanceDir
  /** The bucket that other machines use, too, and what happens to it. */
  readonly shared?: Omit<SharedEntriesOptions, 'store' | 'incomingDir'> | null
  readonly onDiskError?: DiffCacheOptions['onDiskError']
  readonly onRecovered?: DiffCacheOptions['onRecovered']
}

/**
 * Entries in the fallback live only while clients may still read them; there is room for a few large reports.
 */
const FALLBACK_BOUNDS: Bounds = { maxBytes: 2e9, minFreeBytes: 0, maxUnusedMs: 600_000 }

/** Writes nothing yet; `DiffCache.start` starts eviction. */
export function openCache(options: OpenCacheOptions): DiffCache {
  const { root, bounds, format, incomingDir, tempDir, shared } = options
  const { onEvicted, onFailed, onDiskError, onRecovered } = options
  const fallbackRoot = join(tempDir.path, 'uncached')
  const main = openTier(
    { root, bounds, ...(onEvicted && { onEvicted }), ...(onFailed && { onFailed }) },
    incomingDir,
    { fallbackRoot, location: shared?.location ?? null, ...(format && { format }) },
  )
  return new DiffCache({
    main,
    shared: shared ? new SharedEntries({ ...shared, incomingDir, store: main.store }) : null,
    fallback: openTier(
      { root: fallbackRoot, bounds: FALLBACK_BOUNDS },
      ownDir(join(fallbackRoot, 'incoming')),
    ),
    ...(onDiskError && { onDiskError }),
    ...(onRecovered && { onRecovered }),
  })
}

function openTier(
  evictorOptions: Omit<EvictorOptions, 'accessTimes'>,
  incomingDir: InstanceDir,
  storeOptions: EntryStoreOptions = {},
): CacheTier {
  const accessTimes = new AccessTimes()
  return {
    store: new EntryStore(evictorOptions.root, storeOptions),
    incomingDir,
    evictor: new Evictor({ ...evictorOptions, accessTimes }),
    accessTimes,
  }
}
