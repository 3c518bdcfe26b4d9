/** Puts the parts of a cache together. */
import { join } from 'node:path'
import { type InstanceDir, ownDir } from '../tools/instance-dir.ts'
import { AccessTimes } from './access-times.ts'
import { type CacheTier, DiffCache, type DiffCacheOptions } from './diff-cache.ts'
import { EntryStore } from './entry-store.ts'
import { type Bounds, Evictor, type EvictorOptions } from './evictor.ts'

export interface OpenCacheOptions extends Pick<EvictorOptions, 'onEvicted' | 'onFailed'> {
  readonly root: string
  readonly bounds: Bounds
  /** Private to this process, on the file system of the cache; holds diffs being written. */
  readonly incomingDir: InstanceDir
  /** Private to this process; takes what the disk of the cache does not. */
  readonly tempDir: InstanceDir
  readonly onTrouble?: DiffCacheOptions['onTrouble']
  readonly onRecovered?: DiffCacheOptions['onRecovered']
}

/** Of what the disk of the cache did not take: as long as somebody may still read it, and no more than a few large reports. */
const SPARE_BOUNDS: Bounds = { maxBytes: 2e9, minFreeBytes: 0, maxUnusedMs: 600_000 }

/** Nothing is written yet; `start` begins to keep it within its bounds. */
export function openCache(options: OpenCacheOptions): DiffCache {
  const { root, bounds, incomingDir, tempDir, onEvicted, onFailed } = options
  const spareRoot = join(tempDir.path, 'uncached')
  const shelf = (
    keeperOptions: Omit<EvictorOptions, 'marks'>,
    incoming: InstanceDir,
    spare: string | null,
  ): CacheTier => {
    const marks = new AccessTimes()
    return {
      store: new EntryStore(keeperOptions.root, spare),
      incomingDir: incoming,
      keeper: new Evictor({ ...keeperOptions, marks }),
      marks,
    }
  }
  return new DiffCache({
    main: shelf(
      { root, bounds, ...(onEvicted && { onEvicted }), ...(onFailed && { onFailed }) },
      incomingDir,
      spareRoot,
    ),
    spare: shelf({ root: spareRoot, bounds: SPARE_BOUNDS }, ownDir(join(spareRoot, 'incoming')), null),
    ...(options.onTrouble && { onTrouble: options.onTrouble }),
    ...(options.onRecovered && { onRecovered: options.onRecovered }),
  })
}
