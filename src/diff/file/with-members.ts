/** Opens the packages of an address and finds its two members, for the jobs that read them. */
import type { FileAddress } from '../../model.ts'
import { PackageContentsStore } from '../package/contents-store.ts'
import type { KnownPackages } from '../package/known-packages.ts'
import { findMembers, type MemberPair } from './find-members.ts'
import { type OpenOptions, OpenPackages, type PackagesOfRuns } from './open-packages.ts'

/** Plain data, so that it can be sent to a thread. */
export interface MembersJob extends PackagesOfRuns, OpenOptions {
  readonly address: FileAddress
  /** Where contents of packages are kept: the root of the cache. */
  readonly cacheRoot: string
  /** Of the bucket behind it; null if there is none. */
  readonly cacheLocation: string | null
}

/**
 * Calls `work` with the members, which stay open until it ends.
 * @param known what this process remembers
 * @returns what `work` returns, and how many bytes were added to the cache
 * @throws PackageNotFoundError, FileNotFoundError; as `PackageContentsStore.open`; errors of the system;
 *   `signal.reason`; what `work` throws
 */
export async function withMembers<T extends object>(
  job: MembersJob,
  signal: AbortSignal,
  known: KnownPackages | undefined,
  work: (pair: MemberPair) => Promise<T>,
): Promise<T & { readonly writtenBytes: number }> {
  const store = new PackageContentsStore(job.cacheRoot, job.cacheLocation, known)
  const packages = new OpenPackages(store, job, signal)
  try {
    const { old, new: newer } = await packages.pair(job.address, job)
    const result = await work(findMembers(old, newer, job.address))
    return { ...result, writtenBytes: store.usage.writtenBytes }
  } finally {
    await packages.close()
  }
}
