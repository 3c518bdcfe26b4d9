import { LRUCache } from 'lru-cache'
import type { Binary } from '../model.ts'
import { untilAborted } from '../until-aborted.ts'
import type { ArtifactStore } from './store.ts'

/** How long a listing of a directory is used again, and one of a bucket, which takes a request over the network. */
const LOCAL_MS = 1_000
const REMOTE_MS = 10_000
/** Listings of the largest runs take some hundred kilobytes. */
const MAX_LISTINGS = 1_000

/**
 * The store with a short memory for listings, which answer for each diff whether its packages were replaced.
 * Simultaneous callers share one listing. Failures are not remembered.
 */
export function withRecentListings(store: ArtifactStore): ArtifactStore {
  const ttl = store.check ? REMOTE_MS : LOCAL_MS
  const listings = new LRUCache<string, Promise<Binary[]>>({ max: MAX_LISTINGS, ttl })

  function listed(runId: string): Promise<Binary[]> {
    const known = listings.get(runId)
    if (known) return known
    // Without a signal, because a caller that leaves must not end the listing for the others.
    const listing = store.list(runId)
    listings.set(runId, listing)
    listing.catch(() => {
      if (listings.peek(runId) === listing) listings.delete(runId)
    })
    return listing
  }

  return {
    location: store.location,
    async list(runId, signal) {
      signal?.throwIfAborted()
      return untilAborted(listed(runId), signal)
    },
    passedOver: (runId, signal) => store.passedOver(runId, signal),
    sha256: (binary, signal) => store.sha256(binary, signal),
    fetch: (...request) => store.fetch(...request),
    ...(store.check && { check: (signal) => store.check?.(signal) ?? Promise.resolve() }),
    close: () => store.close(),
  }
}
