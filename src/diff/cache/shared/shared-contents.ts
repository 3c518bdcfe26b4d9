/** Contents of packages in the bucket, for the threads that read packages. */
import { bucketAt } from '../../../bucket/open-bucket.ts'
import { download, isOfBucket, keyOfContents, openObject, UnusableObjectError } from './shared-object.ts'
import { UploadQueue } from './upload-queue.ts'

const LOOKUP_TIMEOUT_MS = 2_000

/**
 * Writes what the bucket has of a package to a new file.
 * @param name of the file in `contents/`
 * @returns false if it has nothing; null if it does not answer
 * @throws errors of the system
 */
export async function fetchContents(location: string, name: string, path: string): Promise<boolean | null> {
  try {
    const bucket = await bucketAt(location)
    const object = await openObject(bucket, keyOfContents(name), LOOKUP_TIMEOUT_MS)
    return object !== null && (await download(bucket, object, 0, path))
  } catch (error) {
    if (error instanceof UnusableObjectError) return false
    if (isOfBucket(error)) return null
    throw error
  }
}

/** Leaves the upload to the service or worker. */
export async function queueContents(root: string, name: string): Promise<void> {
  // What cannot be queued is read again by other machines.
  await new UploadQueue(root).add({ kind: 'contents', name }, name).catch(() => {})
}
